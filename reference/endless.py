"""Loops that cannot end once they have begun, as far as the text shows. It runs where submissions are read."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reference.nodes import children, own_nodes, stored_into, within

ENDLESS = "endless: "
"""How the kinds of place begin where a `while` cannot end once it has begun; the names that its test has follow."""
_OF_NUMBERS = (
    ast.Compare, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant,
    ast.operator, ast.unaryop, ast.boolop, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.NotEq,
)  # fmt: skip
_LEAVES = (ast.Return, ast.Raise, ast.Assert, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)


def endless(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The lines of loops that cannot end once they have begun, each with the names that its test has.

    >>> list(endless({"endless: i H": [7], "endless: ": [12], "no return": [3]}))
    [(7, ('i', 'H')), (12, ())]
    """
    for kind, lines in places.items():
        if kind.startswith(ENDLESS):
            yield from ((line, tuple(kind.removeprefix(ENDLESS).split())) for line in lines)


def endless_loops(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, where a `while` begins whose test compares what nothing in the loop sets, and which nothing leaves."""
    found: dict[str, list[int]] = {}
    for loop in own_nodes(function):
        tested = [*within([loop.test])] if isinstance(loop, ast.While) else []
        if not tested or not isinstance(loop, ast.While) or not _is_of_numbers(loop.test, tested):
            continue
        named = sorted((node.lineno, node.col_offset, node.id) for node in tested if isinstance(node, ast.Name))
        names = dict.fromkeys(name for *_, name in named)
        inside = [*within(loop.body)]
        if not (names.keys() & stored_into(inside)) and not _is_left(loop, inside):
            found.setdefault(ENDLESS + " ".join(names), []).append(loop.lineno)
    return found


def _is_of_numbers(test: ast.expr, nodes: Sequence[ast.AST]) -> bool:
    """Whether the test of a loop compares numbers and nothing else, or always holds."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    return isinstance(test, ast.Compare | ast.BoolOp) and all(
        isinstance(node, _OF_NUMBERS) or _is_of_shape(node) for node in nodes
    )


def _is_of_shape(node: ast.AST) -> bool:
    """Whether it is a part of `x.shape[2]`."""
    shape = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(shape, ast.Attribute) and shape.attr == "shape"


def _is_left(loop: ast.While, inside: Sequence[ast.AST]) -> bool:
    """Whether something in a loop leaves it, or is made to."""
    if any(isinstance(node, _LEAVES) for node in inside):
        return True
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            return True
        waiting += node.orelse if isinstance(node, ast.For | ast.While) else children(node)
    return False
