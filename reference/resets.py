"""Counters of rows or columns that are not set back, so that they go on where the row or the image before ended.

It runs where submissions are read.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

from reference.nodes import own_nodes, parts_of

_COUNTS_ON = "counts on: "
"""How the kinds of place begin; the name follows. The lines are those of the loop and of what counts in it."""
_OF_IMAGES, _OF_WINDOWS = 4, 3
"""An index of so many parts is one of images, and one with slices of so many is one of windows of an image: the last
two are rows and columns."""


def counting_on(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Names of such counters: the line of the loop in which they are not set back, and of what counts in it.

    >>> list(counting_on({"counts on: j": [7, 12], "no return": [3]}))
    [('j', (7, 12))]
    """
    for kind, lines in places.items():
        if kind.startswith(_COUNTS_ON):
            loop, *more = lines
            yield kind.removeprefix(_COUNTS_ON), (loop, more[-1] if more else loop)


def not_set_back(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the lines of a loop and of the `j += 1` in one in it, where only lines before both set `j`.

    Not what counts all places, of which rows and columns are made by a division.
    """
    nodes, found = own_nodes(function), dict[str, list[int]]()
    loops = sorted((node for node in nodes if isinstance(node, ast.For | ast.While)), key=lambda loop: loop.lineno)
    inside = {id(loop): {id(part) for part in parts_of(loop)} for loop in loops}
    stored = [part for part in nodes if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    counted = {
        part.id
        for loop in loops
        if isinstance(loop, ast.For)
        for part in parts_of(loop.target)
        if isinstance(part, ast.Name)
    }
    divided = {
        part.id
        for node in nodes
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Mod | ast.Div)
        for part in parts_of(node.left)
        if isinstance(part, ast.Name)
    }
    indices = {name for node in nodes if isinstance(node, ast.Subscript) for name in _of_places(node)}
    for node in nodes:
        if not (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name)):
            continue
        name = node.target.id
        around = [loop for loop in loops if id(node) in inside[id(loop)]]
        others = [one for one in stored if one.id == name and one is not node.target]
        if len(around) < 2 or not others or name in divided | counted or name not in indices:
            continue
        if not any(id(one) in inside[id(around[-2])] for one in others):
            found[_COUNTS_ON + name] = [around[-2].lineno, node.lineno]
    return found


def _of_places(node: ast.Subscript) -> Iterator[str]:
    """The names in the last two parts of an index of images: by themselves, or where a slice begins."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    are_cut = all(isinstance(part, ast.Slice) and part.lower is not None for part in parts[-2:])
    is_whole = any(isinstance(part, ast.Slice) and (part.lower, part.upper) == (None, None) for part in parts[-2:])
    is_of_both = not is_whole and (len(parts) == _OF_IMAGES or (len(parts) == _OF_WINDOWS and are_cut))
    for part in parts[-2:] if is_of_both else ():
        begin = part.lower if isinstance(part, ast.Slice) else part
        yield from (begin.id,) if isinstance(begin, ast.Name) else ()
