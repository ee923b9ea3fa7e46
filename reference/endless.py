"""Loops that cannot end once they have begun, as far as the text shows. It runs where submissions are read.

Nothing is said of a loop that could end in a way that is not seen here: its test may compare numbers alone, by names
of this function's own that are never bound to anything else, and nothing in the loop may set them or leave it.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reference.nodes import assigned, children, own_nodes, parts_of, stored_into, within

ENDLESS = "endless: "
"""How the kinds of place begin where a `while` cannot end once it has begun; the names that its test has follow."""
_MOST_NODES, _MOST_LOOPS, _MOST_LETTERS = 20_000, 3, 60
"""In a function; of those, that are told; in the names of a test."""
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_COMPUTES = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.operator, ast.unaryop)
_OF_NUMBERS = ("int", "len", "min", "max", "float", "abs", "get")
"""What is called for a number; `get` of the parameter dict."""
_MAY_END = (
    ast.Return, ast.Raise, ast.Assert, ast.Yield, ast.YieldFrom, ast.Try, ast.With, ast.Match, ast.FunctionDef,
    ast.Lambda, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal,
)  # fmt: skip
"""What leaves a loop, or may set a name in a way that is not looked at."""


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
    nodes, found = own_nodes(function), dict[str, list[int]]()
    loops = [node for node in nodes if isinstance(node, ast.While)]
    if not loops or len(nodes) > _MOST_NODES or any(isinstance(node, ast.Try | ast.With) for node in nodes):
        return found  # an error may end it, and be caught
    numbers = _numbers(function, nodes)
    for loop in sorted(loops, key=lambda loop: loop.lineno):
        names = _tested(loop.test)
        if names is None or not names.keys() <= numbers or len(" ".join(names)) > _MOST_LETTERS:
            continue
        inside = [*within(loop.body)]
        if not (names.keys() & stored_into(inside)) and not _may_end(loop, inside):
            found.setdefault(ENDLESS + " ".join(names), []).append(loop.lineno)
            if sum(map(len, found.values())) == _MOST_LOOPS:
                break
    return found


def _numbers(function: ast.FunctionDef, nodes: Sequence[ast.AST]) -> set[str]:
    """Names that are this function's own, and are only ever bound to what is a number."""
    others = {name for node in parts_of(function) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    others |= {argument.arg for argument in function.args.args}
    to_numbers = {id(node.target) for node in nodes if isinstance(node, ast.For) and _calls(node.iter, ("range",))}
    to_numbers |= {id(node.target) for node in nodes if isinstance(node, ast.AugAssign)}  # what was one stays one
    for target, value in assigned(function):
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Attribute) and value.attr == "shape":
            to_numbers |= {id(part) for part in target.elts}
        elif _is_number(value):
            to_numbers.add(id(target))
    stored = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {node.id for node in stored} - others - {node.id for node in stored if id(node) not in to_numbers}


def _is_number(value: ast.expr) -> bool:
    """Whether it is a number as far as the text shows: a constant, a computation, a part of a shape, a parameter."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float)
    if isinstance(value, ast.Subscript):
        of_shape = isinstance(value.value, ast.Attribute) and value.value.attr == "shape"
        return of_shape or (isinstance(value.slice, ast.Constant) and isinstance(value.slice.value, str))
    return isinstance(value, ast.BinOp | ast.UnaryOp) or _calls(value, _OF_NUMBERS)


def _calls(value: ast.expr, names: Sequence[str]) -> bool:
    function = value.func if isinstance(value, ast.Call) else None
    return (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in names


def _tested(test: ast.expr) -> dict[str, None] | None:
    """The names that a loop's test compares, in their order; None where it may be about anything but numbers."""
    if isinstance(test, ast.Constant):
        return {} if test.value else None
    compares = test.values if isinstance(test, ast.BoolOp) else [test]
    names: list[tuple[int, int, str]] = []
    for one in compares:
        if not isinstance(one, ast.Compare) or not all(isinstance(operator, _ORDER) for operator in one.ops):
            return None
        nodes = [*within([one.left, *one.comparators])]
        if not all(isinstance(node, _COMPUTES) for node in nodes):
            return None
        names += [(node.lineno, node.col_offset, node.id) for node in nodes if isinstance(node, ast.Name)]
    return dict.fromkeys(name for *_, name in sorted(names))


def _may_end(loop: ast.While, inside: Sequence[ast.AST]) -> bool:
    """Whether something in a loop leaves it, or is made to."""
    if any(isinstance(node, _MAY_END) for node in inside):
        return True
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            return True
        waiting += node.orelse if isinstance(node, ast.For | ast.While) else children(node)
    return False
