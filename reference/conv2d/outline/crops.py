"""Places where the padding is cut off dx."""

import ast
from collections.abc import Callable, Iterator, Mapping, Set
from itertools import pairwise

from reference.nodes import parts_of, root_of

from .arrays import padded
from .axis_names import HEIGHT, WIDTH, named_for
from .names import Names, index_of, is_shape, names_in, slices, text_of

Lines = Iterator[int]


def cuts(names: Names) -> Iterator[tuple[ast.Subscript, int]]:
    """The slices that become dx, with their lines."""
    wanted = root_of(names.returned[0]) if len(names.returned) == 3 else ""
    added = [(node.target, node.value, node.lineno) for node in names.nodes(ast.AugAssign)]
    for target, value, line in (*names.pairs(), *added):
        if isinstance(value, ast.Subscript) and len(slices_in(value)) >= 2 and root_of(target) == wanted:
            yield value, line
    for part in names.returned[:1] if len(names.returned) in (1, 3) else ():  # a helper returns it alone
        if isinstance(part, ast.Subscript) and len(slices_in(part)) >= 2:
            yield part, part.lineno


def slices_in(cut: ast.Subscript) -> list[ast.Slice]:
    """The parts of its index that are slices."""
    return [part for part in index_of(cut) if isinstance(part, ast.Slice)]


def _cut(names: Names) -> Lines:
    """Where windows begin by the pad further on, in one that is padded; else the cut."""
    counters = {part.id for loop in names.loops for part in parts_of(loop.target) if isinstance(part, ast.Name)}
    placed = [(lower, line) for lower, _, _, line in slices(names) if lower is not None]
    placed += [(value, line) for target, value, line in names.pairs() if isinstance(target, ast.Name)]
    computed = {
        target.id for target, value, _ in names.pairs() if isinstance(target, ast.Name) and names_in(value) & counters
    }
    further_on = [line for value, line in placed if _adds_pad(names, value, counters | computed)]
    yield from further_on or (line for _, line in cuts(names))


def _adds_pad(names: Names, value: ast.expr, counting: Set[str]) -> bool:
    """`i * stride + pad`, or `top + pad` where a loop computes that."""
    sides = (value.left, value.right) if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) else ()
    pads = [getattr(side, "id", "") in names.pads for side in sides]
    return any(pads) and any(names_in(side) & counting for side, is_pad in zip(sides, pads, strict=True) if not is_pad)


def _cut_swapped(names: Names) -> Lines:
    """Where the sizes of the cut are taken of a shape in the wrong order; else the cut, if it shows that by itself.

    Sizes that come of somewhere else, such as the cache, may be swapped there.
    """
    found = list(cuts(names))
    used = {name for cut, _ in found for part in slices_in(cut) for name in names_in(part)}
    sources = [*_renamed(names, used), *_misnamed(names, used)]
    yield from sources
    for cut, line in found if not sources else ():
        ends = [part.upper for part in slices_in(cut) if part.upper is not None]
        if [names.axes_of(end) for end in ends[-2:]] == [{WIDTH}, {HEIGHT}]:
            yield line


def _cut_by_one_size(names: Names) -> Lines:
    """A cut that ends by a height for both axes, or by a width."""
    for cut, line in cuts(names):
        ends = [part.upper for part in slices_in(cut) if part.upper is not None][-2:]
        axes = [names.axes_of(end) for end in ends]
        is_same = len({*map(text_of, ends)}) < len(ends) and isinstance(ends[0], ast.BinOp)
        if axes in ([{HEIGHT}, {HEIGHT}], [{WIDTH}, {WIDTH}]) or is_same:
            yield line


def _renamed(names: Names, used: set[str]) -> Lines:
    """`W, H = x[0, 0].shape`, and two such names beside each other among more."""
    for target, value, line in names.pairs():
        if isinstance(target, ast.Tuple) and (is_shape(value) or _is_of_shape(value)):
            parts = [(named_for(part), getattr(part, "id", "")) for part in target.elts]
            for (one, row), (other, column) in pairwise(parts):
                if (one, other) == (WIDTH, HEIGHT) and {row, column} <= used:
                    yield line


def _sizes_of_padded(names: Names) -> Lines:
    """Where sizes are taken of the padded image; else of what is first in the cache, which may be that or its shape."""
    image = "".join(names.cached[:1])
    for arrays in ([*padded(names, image)], [image]) if image else ():
        wanted = {text for name in arrays for text in (name, f"{name}.shape", f"{name}.shape[2:]")}
        lines = [
            line for target, value, line in names.pairs() if isinstance(target, ast.Tuple) and text_of(value) in wanted
        ]
        yield from lines
        if lines:
            return


def _is_of_shape(value: ast.expr) -> bool:
    return isinstance(value, ast.Subscript) and is_shape(value.value)


def _misnamed(names: Names, used: set[str]) -> Lines:
    """`H = x.shape[3]`."""
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and target.id in used and _is_of_shape(value):
            axes, named = names.axes_of(value), named_for(target)
            if named is not None and axes and axes != {named}:
                yield line


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "cut": _cut,
    "cut swapped": _cut_swapped,
    "cut by one size": _cut_by_one_size,
    "sizes of padded": _sizes_of_padded,
}
