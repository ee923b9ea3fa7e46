"""What the text of a convolution says whose arrays have their axes in any order, such as (N, H, W, C).

Kinds of place that are known by where an axis stands are left out: which number of a shape is a height nobody says.
"""

import ast
from collections.abc import Iterator
from typing import Any

from reference.nodes import arguments_of
from reference.outlines import outlined

from .arrays import COPIES
from .axis_names import HEIGHT
from .kinds import FORWARD_PARAMETERS, KINDS
from .names import Names, called, index_of, is_shape, names_in
from .turned import MOVES

BY_AXES = frozenset({
    "wrong axis", "height for width", "width for height", "exchanged", "kernel times stride", "image size",
    "kernel times stride for dx", "kernel times stride for dw", "size of upstream", "filters for kernel",
    "flat index", "image for filter", "image for filter of dw", "weights moved", "dw moved", "squeezed",
    "axis left", "filters last", "filters first", "first only", "of image", "pad left out", "channels padded",
    "pixel for place", "windows reshaped", "columns reshaped", "weights reshaped", "dout reshaped", "taps left out",
    "compared across", "end let in", "all images", "into all images", "into all filters", "axes mixed",
    "width of height", "pad once", "steps within", "around a centre", "rows for columns", "both axes", "cut elsewhere",
    "padded again", "steps by kernel",
})  # fmt: skip
"""The kinds that are known by where an axis stands, or by how many an array has."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, FORWARD_PARAMETERS, places)


def is_worked_with(names: Names) -> bool:
    """Whether a function turns an array that it was given into another layout, and takes sizes or places from that."""
    given = {*names.inputs, *names.cached} - {""}
    turned = {
        target.id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Name) and _turned_array(value) in given
    }
    taken = (value for target, value, _ in names.pairs() if isinstance(target, ast.Tuple) and is_shape(value))
    return any(names_in(value) & turned for value in taken) or any(
        isinstance(node.value, ast.Name) and node.value.id in turned and len(index_of(node)) >= 3
        for node in names.nodes(ast.Subscript)
    )


def _turned_array(value: ast.expr) -> str:
    """The array of `np.moveaxis(x, 1, 3)`, `x.T`, `np.einsum("nchw->nhwc", x)` and the like, also of a copy of that."""
    while isinstance(value, ast.Call) and called(value) in COPIES and arguments_of(value):
        value = arguments_of(value)[0]
    moved = value.value if isinstance(value, ast.Attribute) and value.attr == "T" else None
    if isinstance(value, ast.Call) and called(value) in MOVES:
        moved = next(iter(arguments_of(value)), None)
    elif called(value) == "einsum" and isinstance(value, ast.Call) and len(value.args) == 2:
        moved = value.args[1]
    if isinstance(moved, ast.Call) and called(moved) == "pad":
        moved = next(iter(moved.args), None)
    return getattr(moved, "id", "")


def places(function: ast.FunctionDef) -> dict[str, Iterator[int]]:
    """By kind, the lines."""
    names = _Names(function)
    return {kind: find(names) for kind, find in KINDS.items() if kind not in BY_AXES}


class _Names(Names):
    """Every number of a shape of four is taken for a size of an image: that it is one is all that is asked here."""

    def _colour(self) -> None:
        for target, value, _ in self.pairs():
            if isinstance(target, ast.Tuple) and len(target.elts) == 4 and is_shape(value):
                for part in target.elts:
                    self._set(part, HEIGHT)
        super()._colour()
