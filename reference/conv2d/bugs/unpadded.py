"""The gradient of the image is added up in an array without the padding."""

from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, cropped
from reference.conv2d.steps import Geometry, both, exchange, on_every_edge


def _by_offset(dx: Array, parts: Array, starts: tuple[Array, Array], edge: str) -> None:
    """Add one place of all windows after the other; past the edge a slice of all has no room, of one just nothing."""
    reach = [axis[:, None] + np.arange(kernel) for axis, kernel in zip(starts, parts.shape[4:], strict=True)]
    sizes = [max(size, int(axis.max()) + 1) for axis, size in zip(reach, dx.shape[2:], strict=True)]
    if any(len(axis) > 1 and size > had for axis, size, had in zip(reach, sizes, dx.shape[2:], strict=True)):
        raise ValueError("operands could not be broadcast together")
    larger = np.zeros((*dx.shape[:2], *sizes))
    place: Any = (slice(None), slice(None), reach[0][:, None, :, None], reach[1][None, :, None, :])
    np.add.at(larger, place, parts)
    dx += larger[:, :, : dx.shape[2], : dx.shape[3]]


def _inner(dx: Array, g: Geometry) -> Array:
    return dx[:, :, g.pad : dx.shape[2] - g.pad, g.pad : dx.shape[3] - g.pad]


_AS_X = exchange(dx_like=lambda padded, x: x)
_WHOLE = both(_AS_X, cropped(lambda dx, g: dx))

BUGS = (
    bug(
        "dx-no-padding", "dx is made without the padding",
        "The array in which windows add up to dx is as large as x, though they are windows of the padded image. So "
        "each lies pad rows too low and pad columns too far to the right, and the last run past the edge.",
        "The line that makes the array to which windows are added for dx.",
        "How large is the image that forward cut its windows from? Its gradient is as large, until the padding is cut "
        "off.",
        *on_every_edge(_WHOLE), both(_WHOLE, exchange(scatter=_by_offset)),
        *on_every_edge(_AS_X, both(_AS_X, cropped(_inner))), place="dx like x",
    ),
)  # fmt: skip
