"""Names that loops count with, where they stand for something else: arguments, loops around them, loops that are over.

It runs where submissions are read.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reference.nodes import given_parts, own_nodes, parts_of, remembered, root_of

LOST = "lost: "
"""How the kinds of place begin where an argument is used as an array after a loop has taken its name, which follows.
The first of the lines is that of the loop."""
TWICE = "counted twice: "
"""How the kinds of place begin where a loop counts with the name of one around it, which follows. The lines are those
of the outer loop and of the inner one."""
BEHIND = "behind its loop: "
"""How the kinds of place begin where an index is that of a loop which is over; its name follows. The first of the lines
is that of the loop."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_COUNTING = ("range", "xrange", "arange")


def lost(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Names that loops took from arguments: the line of the loop, and those in which it is used as an array after it.

    >>> list(lost({"lost: b": [7, 9, 12], "no return": [3]}))
    [('b', 7, (9, 12))]
    """
    for kind, lines in places.items():
        if kind.startswith(LOST):
            loop, *uses = lines
            yield kind.removeprefix(LOST), loop, tuple(uses)


def lost_arguments(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the line of the loop and those of the uses.

    Arguments are also the parts of what was handed in, as the cache is.
    """
    names = {argument.arg for argument in function.args.args} | {part.id for part in given_parts(function)}
    nodes = own_nodes(function)
    loops = [node for node in nodes if isinstance(node, ast.For) and _counts(node.iter)]
    taken: dict[str, int] = {}
    for loop in sorted(loops, key=lambda loop: -loop.lineno):
        taken |= {part.id: loop.lineno for part in parts_of(loop.target) if isinstance(part, ast.Name)}
    uses = [
        (root_of(node), node.lineno)
        for node in nodes
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    found: dict[str, list[int]] = {}
    for name in sorted(names & taken.keys()):
        after = [line for used, line in uses if used == name and line > taken[name]]
        if after:
            found[LOST + name] = [taken[name], *after]
    return found


def twice(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Names that two loops count with, one inside the other, with the lines of both, which may be one.

    >>> list(twice({"counted twice: i": [7, 9], "no return": [3]}))
    [('i', (7, 9))]
    """
    counted = ((kind.removeprefix(TWICE), tuple(lines)) for kind, lines in places.items() if kind.startswith(TWICE))
    return ((name, (lines[0], lines[-1])) for name, lines in counted if lines)


def counted_twice(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the lines of an outer loop and of one in it that counts with the same name.

    Only where the outer one's count is read when the inner loop may have changed it, or nowhere but in that.
    """
    found: dict[str, list[int]] = {}
    for outer in own_nodes(function):
        if isinstance(outer, ast.For) and isinstance(outer.target, ast.Name) and _counts(outer.iter):
            for inner in (part for statement in outer.body for part in parts_of(statement)):
                target = inner.target if isinstance(inner, ast.For) and _counts(inner.iter) else None
                if isinstance(target, ast.Name) and target.id == outer.target.id:
                    assert isinstance(inner, ast.For)
                    if _is_untouched(outer, inner, target.id):
                        continue
                    found.setdefault(TWICE + target.id, [outer.lineno, inner.lineno])
    return found


def _is_untouched(outer: ast.For, inner: ast.For, name: str) -> bool:
    """Whether what is read of the outer count is read before the inner loop begins, each time; `_` may never be."""
    nodes = [node for statement in outer.body for node in parts_of(statement)]
    within = {*map(id, parts_of(inner))}
    around = [node for node in nodes if isinstance(node, ast.For | ast.While) and inner in parts_of(node)[1:]]
    again = {id(part) for loop in around for part in parts_of(loop)}
    reads = [node for node in _names(nodes) if node.id == name and isinstance(node.ctx, ast.Load)]
    if not reads and name.startswith("_"):
        return True
    reads = [node for node in reads if id(node) not in within]
    return bool(reads) and all(node.lineno < inner.lineno and id(node) not in again for node in reads)


def behind(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Names that are indices behind the loop that counts with them: the line of the loop, and those of the uses.

    >>> list(behind({"behind its loop: n": [7, 9, 12], "no return": [3]}))
    [('n', 7, (9, 12))]
    """
    for kind, lines in places.items():
        if kind.startswith(BEHIND):
            loop, *uses = lines
            yield kind.removeprefix(BEHIND), loop, tuple(uses)


@remembered
def used_behind(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the line of the loop that counts with a name, and those behind it where that is an index.

    Only names that nothing but loops sets.
    """
    nodes = own_nodes(function)
    counted: dict[str, list[ast.For]] = {}
    for loop in (node for node in nodes if isinstance(node, ast.For) and _counts(node.iter)):
        for part in _names(parts_of(loop.target)):
            counted.setdefault(part.id, []).append(loop)
    stored = Counter(name.id for name in _names(nodes) if isinstance(name.ctx, ast.Store))
    taken = {argument.arg for argument in function.args.args}
    counted = {name: loops for name, loops in counted.items() if stored[name] == len(loops) and name not in taken}
    inside = {
        id(part)
        for name, loops in counted.items()
        for loop in loops
        for statement in loop.body
        for part in _names(parts_of(statement))
        if part.id == name
    }
    for made in (node for node in nodes if isinstance(node, _COMPREHENSIONS)):
        bound = {part.id for one in made.generators for part in _names(parts_of(one.target))}
        inside |= {id(part) for part in _names(parts_of(made)) if part.id in bound}
    inside |= {id(part) for node in nodes if _only_looks(node) for part in _names(parts_of(node))}
    uses: dict[str, set[int]] = {}
    for index in (node for node in nodes if isinstance(node, ast.Subscript)):
        for part in _names(parts_of(index.slice)):
            if part.id in counted and id(part) not in inside:
                uses.setdefault(part.id, set()).add(part.lineno)
    found: dict[str, list[int]] = {}
    for name, lines in sorted(uses.items()):
        begins = [loop.lineno for loop in counted[name]]
        if after := sorted(line for line in lines if line > min(begins)):
            found[BEHIND + name] = [max(line for line in begins if line < after[0]), *after]
    return found


def _only_looks(node: ast.AST) -> bool:
    """Whether it is an `assert`, or a call of `print`."""
    return isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print")


def _names(parts: Iterable[ast.AST]) -> Iterator[ast.Name]:
    return (part for part in parts if isinstance(part, ast.Name))


def _counts(values: ast.expr) -> bool:
    """Whether numbers are gone through."""
    function = values.func if isinstance(values, ast.Call) else None
    return (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in _COUNTING
