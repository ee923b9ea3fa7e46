"""Where dout is stored with zeros between its numbers, for windows of what comes of that step by 1."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reference.nodes import parts_of, root_of

from .names import Names, called, index_of, names_in


@dataclass(frozen=True, slots=True)
class Spread:
    """A line that stores dout in a larger array."""

    line: int
    index: Sequence[ast.expr]
    """The parts for rows and for columns."""
    dense: frozenset[int]
    """By `id`, the ends of slices and the indices that need no stride: of this array, or as large as it is."""


def spread(names: Names) -> Iterator[Spread]:
    """Such lines of backward: `up[:, :, ::s, ::s] = dout`, or place by place."""
    upstream = names.inputs[0] if names.cached and names.inputs else ""
    for target, value, line in names.pairs():
        if isinstance(target, ast.Subscript) and upstream and root_of(value) == upstream:
            index = index_of(target)[-2:]
            if len(index_of(target)) > 2 and all(map(_is_cut, index)):
                yield Spread(line, index, frozenset(_dense(names, root_of(target))))


def _is_cut(part: ast.expr) -> bool:
    """Whether this is not all of an axis."""
    return not isinstance(part, ast.Slice) or any((part.lower, part.upper, part.step))


def _dense(names: Names, array: str) -> Iterator[int]:
    """The ends of slices and the indices that are of an array, of what is made of it, or as far on as it is large."""
    arrays = {array} | {
        root_of(target)
        for target, value, _ in names.pairs()
        if isinstance(value, ast.Call) and called(value) == "pad" and array in names_in(value)
    }
    made = [value for target, value, _ in names.pairs() if root_of(target) == array and isinstance(value, ast.Call)]
    sizes = {
        name for call in made for shape in names.shape_given(call) for part in shape[2:] for name in names_in(part)
    }
    for node in names.nodes(ast.Subscript):
        for part in index_of(node):
            upper = part.upper if isinstance(part, ast.Slice) else part
            is_of_it = root_of(node) in arrays and isinstance(node.ctx, ast.Load)
            is_as_large = (
                isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add) and sizes & names_in(upper.right)
            )
            if upper is not None and (is_of_it or (is_as_large and not _steps(names, upper))):
                yield from (id(one) for one in parts_of(upper))


def _steps(names: Names, part: ast.expr) -> bool:
    return names.mentions(part, "stride")
