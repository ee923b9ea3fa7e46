"""Where an array, or a part of one, is zero before anything is added to it. It runs where submissions are read."""

import ast
from collections.abc import Iterator, Mapping

from reference.nodes import own_nodes, parts_of, remembered

_ZEROS = ("zeros", "zeros_like")


@remembered
def cleared(function: ast.FunctionDef) -> frozenset[int]:
    """The assignments, by `id`, of zeros to a part that each loop around them counts: `dx[n] = 0` in a loop over n.

    Those clear what nothing was added to yet. Of a window, whose slice has bounds, that is not so.
    """
    around = _loops_around(function)
    return frozenset(
        id(node)
        for node in own_nodes(function)
        if isinstance(node, ast.Assign) and _is_zero(node.value) and isinstance(node.targets[0], ast.Subscript)
        if not any(isinstance(part, ast.Slice) and _is_cut(part) for part in parts_of(node.targets[0].slice))
        if _is_counted_by_all(node.targets[0], around.get(id(node), []))
    )


@remembered
def begun_for_each(function: ast.FunctionDef) -> frozenset[int]:
    """The assignments, by `id`, that make an array in loops, at the end of which it is stored: `dx[n] = part`."""
    around, found = _loops_around(function), set[int]()
    for node in own_nodes(function):
        loops = around.get(id(node), [])
        if loops and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            innermost = max(loops, key=lambda loop: loop.lineno)
            stores = [part for part in innermost.body if isinstance(part, ast.Assign | ast.AugAssign)]
            if any(_stores(part, node.targets[0].id, loops) for part in stores):
                found.add(id(node))
    return frozenset(found)


@remembered
def stored_in_their_turn(function: ast.FunctionDef) -> Mapping[int, list[ast.Assign]]:
    """By the line that makes an array in a loop, what stores it by `=` at the end of the same turn: `dw[f] = part`."""
    around, found = _loops_around(function), dict[int, list[ast.Assign]]()
    for node in own_nodes(function):
        if (loops := around.get(id(node))) and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            innermost = max(loops, key=lambda loop: loop.lineno)
            later = [part for part in innermost.body if isinstance(part, ast.Assign) and part.lineno > node.lineno]
            if stores := [part for part in later if node.targets[0].id in _names(part.value)]:
                found[node.lineno] = stores
    return found


def _stores(node: ast.Assign | ast.AugAssign, name: str, loops: list[ast.For]) -> bool:
    """Whether it stores what has this name at a place that each of these loops counts."""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    return isinstance(target, ast.Subscript) and name in _names(node.value) and _is_counted_by_all(target, loops)


def _loops_around(function: ast.FunctionDef) -> dict[int, list[ast.For]]:
    """By the `id` of an assignment, the loops that it stands in."""
    around: dict[int, list[ast.For]] = {}
    for loop in (node for node in own_nodes(function) if isinstance(node, ast.For)):
        for part in (part for statement in loop.body for part in parts_of(statement)):
            if isinstance(part, ast.Assign):
                around.setdefault(id(part), []).append(loop)
    return around


def _is_counted_by_all(target: ast.Subscript, loops: list[ast.For]) -> bool:
    return all({*_names(loop.target)} & {*_names(target.slice)} for loop in loops)


def _is_zero(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return called in _ZEROS
    return isinstance(value, ast.Constant) and value.value == 0


def _is_cut(part: ast.Slice) -> bool:
    return part.lower is not None or part.upper is not None


def _names(node: ast.AST) -> Iterator[str]:
    return (part.id for part in parts_of(node) if isinstance(part, ast.Name))
