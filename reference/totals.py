"""Totals that are begun once and stored many times, so that each holds those before it, too.

It runs where submissions are read.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from reference.nodes import own_nodes, parts_of, root_of

KEPT = "total kept: "
"""How the kinds of place begin where a total is stored that goes on growing; its name follows. The lines are those
where it begins and where it is stored."""


def kept(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Names of totals that go on growing: the lines where they begin and where they are stored.

    >>> list(kept({"total kept: s": [7, 12], "no return": [3]}))
    [('s', (7, 12))]
    """
    for kind, lines in places.items():
        if kind.startswith(KEPT):
            begins, stored = lines
            yield kind.removeprefix(KEPT), (begins, stored)


def kept_totals(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the line of `s = 0` and that of `out[...] = s` in a loop that adds to `s` and does not begin it anew."""
    nodes, found = own_nodes(function), dict[str, list[int]]()
    sums = {root_of(node.target): node for node in nodes if _is_sum(node)}
    set_at = [(part.id, node) for node in nodes if isinstance(node, ast.Assign) for part in _set_by(node)]
    for stored in nodes:
        if not isinstance(stored, ast.Assign) or not isinstance(stored.targets[0], ast.Subscript):
            continue
        inside = _innermost_loop(stored, nodes)
        for name in sorted(sums.keys() & {part.id for part in parts_of(stored.value) if isinstance(part, ast.Name)}):
            begins = [node for one, node in set_at if one == name]
            is_once = len(begins) == 1 and isinstance(begins[0].value, ast.Constant) and begins[0] not in inside
            if is_once and sums[name] in inside and begins[0].lineno < stored.lineno:
                found.setdefault(KEPT + name, [begins[0].lineno, stored.lineno])
    return found


def _set_by(node: ast.Assign) -> list[ast.Name]:
    parts = (part for target in node.targets for part in parts_of(target))
    return [part for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]


def _is_sum(node: ast.AST) -> TypeGuard[ast.AugAssign]:
    return isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add)


def _innermost_loop(statement: ast.stmt, nodes: Iterable[ast.AST]) -> tuple[ast.AST, ...]:
    """What is in the innermost loop that a statement is in."""
    loops = (node for node in nodes if isinstance(node, ast.For) and statement in parts_of(node))
    loop = max(loops, key=lambda loop: loop.lineno, default=None)
    return () if loop is None else parts_of(loop)
