"""Names that a function reads and sets nowhere, but a line outside of it. It runs where submissions are read."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Set

from reference.nodes import own_nodes

OUTSIDE = "from outside: "
"""How the kinds of place begin where such a name is read; the name follows. The line is the first one."""


def from_outside(places: Mapping[str, Iterable[int]], names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Those of some names that are read so, each with its line.

    >>> list(from_outside({"from outside: x": [7], "from outside: np": [3]}, ["w", "x"]))
    [('x', 7)]
    """
    return ((name, line) for name in names for line in places.get(OUTSIDE + name, ()))


def taken_from_outside(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the first line that reads the name; what is only called is left out."""
    own = [node for node in own_nodes(function) if isinstance(node, ast.Name)]
    given = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    known = given | _made(function) | {node.id for node in own if not isinstance(node.ctx, ast.Load)}
    called = {id(node.func) for node in own_nodes(function) if isinstance(node, ast.Call)}
    read: dict[str, list[int]] = {}
    for node in sorted((node for node in own if node.id not in known and id(node) not in called), key=_line):
        read.setdefault(OUTSIDE + node.id, [node.lineno])
    return read


def _line(node: ast.Name) -> int:
    return node.lineno


def _made(function: ast.FunctionDef) -> Set[str]:
    """What statements set that are no assignments: functions, imports, errors that are caught, patterns."""
    made = set()
    for node in own_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            made.add(node.name or "")
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
    return made
