"""Which lines of a function do nothing to one of the values that it returns, as far as names tell.

That is asked of backward, which returns several gradients: what is wrong in a line that only dx comes of is not why dw
is. All doubts speak for a line: order and branches are no matter, and an array may be changed by each of its views.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

from reference.nodes import arguments_of, one_by_one, own_nodes, parts_of, remembered, root_of

_VIEWS = ("reshape", "ravel", "view", "transpose", "swapaxes", "moveaxis", "rollaxis", "squeeze", "expand_dims")
_MODULES = ("np", "numpy")
Statement = ast.Assign | ast.AugAssign | ast.AnnAssign


def unreached(name: str, place: int) -> str:
    """The kind of place of lines that do nothing to a value that a function returns, by its place among these."""
    return f"not in {name}: {place}"


@remembered
def unreached_lines(function: ast.FunctionDef) -> Mapping[str, list[int]]:
    """By kind, the lines; for a function with one `return` of several names, in which no other function is made."""
    nodes = own_nodes(function)
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    names = returned[0].elts if len(returned) == 1 and isinstance(returned[0], ast.Tuple) else []
    if len(names) < 2 or any(isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef) for node in nodes):
        return {}
    sources: dict[str, set[str]] = {}
    for target, of in (flow for node in nodes for flow in (*_flows(node), *_given_views(node, nodes))):
        sources.setdefault(target, set()).update(of)
    return {unreached(function.name, i): _without(nodes, _behind(name, sources)) for i, name in enumerate(names)}


def _without(nodes: Iterable[ast.AST], reaching: set[str]) -> list[int]:
    """Lines of assignments to other names than these, and to none of these."""
    lines: dict[bool, set[int]] = {True: set(), False: set()}
    for node in nodes:
        if isinstance(node, Statement):
            stored = {name for target in _targets(node) for name in _stored(target)}
            lines[stored.isdisjoint(reaching)].update(range(node.lineno, 1 + (node.end_lineno or node.lineno)))
    return sorted(lines[True] - lines[False])


def _behind(value: ast.expr, sources: dict[str, set[str]]) -> set[str]:
    """The names that a value comes of."""
    waiting, found = _names(value), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= sources.get(name, set())
    return found


def _flows(node: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """Names with those that they may get something from."""
    if isinstance(node, Statement) and node.value is not None:
        for target, value in (pair for one in _targets(node) for pair in one_by_one(one, node.value)):
            stored = set(_stored(target))
            of = _names(value) | (set() if isinstance(target, ast.Tuple | ast.List) else _names(target))
            yield from ((name, of) for name in stored)
            if isinstance(node, ast.Assign):
                yield from ((array, stored) for array in _seen_in(value))
    elif isinstance(node, ast.For | ast.comprehension):
        yield from ((name, _names(node.iter)) for name in _stored(node.target))
    elif isinstance(node, ast.NamedExpr | ast.withitem):
        yield from ((name, _names(node)) for name in _names(node))
    elif isinstance(node, ast.Expr):
        yield from ((name, _names(node)) for name in _names(node))  # a call may change whatever it is given
    if isinstance(node, ast.For | ast.If | ast.While):
        decides = _names(node.iter if isinstance(node, ast.For) else node.test)
        inside = (part for one in (*node.body, *node.orelse) for part in parts_of(one))
        yield from ((name, decides) for one in inside if isinstance(one, Statement | ast.Expr) for name in _set_by(one))


def _given_views(node: ast.AST, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, set[str]]]:
    """What a function is given, where something is added in place to what it gives: that may be a part of it."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
        stored = {name for target in node.targets for name in _stored(target)}
        if any(isinstance(one, Statement) and _adds_to(one) & stored for one in nodes):
            yield from ((root_of(part), stored) for part in node.value.args if root_of(part))


def _adds_to(node: Statement) -> set[str]:
    """What something is added to, in place or by `a = a + ...`."""
    if isinstance(node, ast.AugAssign):
        return {root_of(node.target)}
    is_sum = isinstance(node.value, ast.BinOp)
    return {part.id for part in _targets(node) if is_sum and isinstance(part, ast.Name)} & _names(node.value or node)


def _set_by(node: ast.AST) -> set[str]:
    targets = _targets(node) if isinstance(node, Statement) else []
    return {name for target in targets for name in _stored(target)} if targets else _names(node)


def _targets(node: Statement) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _stored(target: ast.expr) -> Iterator[str]:
    """The names that are set, or into which something is stored."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _stored(part)
    elif isinstance(target, ast.Starred):
        yield from _stored(target.value)
    else:
        yield root_of(target)


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in parts_of(node) if isinstance(part, ast.Name)} - {*_MODULES}


def _seen_in(value: ast.expr) -> set[str]:
    """The arrays of which a value may be a view."""
    if isinstance(value, ast.Call):
        is_view = isinstance(value.func, ast.Attribute) and value.func.attr in _VIEWS
        return {root_of(array) for array in arguments_of(value)[:1]} - {""} if is_view else set()
    is_part = isinstance(value, ast.Name | ast.Subscript | ast.Attribute) and getattr(value, "attr", "") != "shape"
    return {root_of(value)} - {""} if is_part else set()
