"""The image is taken for the padded one: where windows lie, or where the gradient is added up."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, as_far_as, bug, cropped, zeros_beyond
from reference.conv2d.steps import Change, Geometry, both, exchange, on_every_edge, then


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


def _within_image(g: Geometry) -> tuple[int, int]:
    """How many windows lie within an image that has no padding."""
    return max(0, (g.H - g.HH) // g.stride + 1), max(0, (g.W - g.WW) // g.stride + 1)


def _begun_within_image(g: Geometry) -> tuple[int, int]:
    """How many of all windows begin where such an image still has rows and columns."""
    there = ((size + 2 * g.pad - kernel) // g.stride + 1 for size, kernel in ((g.H, g.HH), (g.W, g.WW)))
    rows, columns = (min(-(-size // g.stride), fits) for size, fits in zip((g.H, g.W), there, strict=True))
    return rows, columns


Count = Callable[[Geometry], tuple[int, int]]


def _only(count: Count, *, is_bias_beyond: bool) -> Change:
    """The places of so many windows are computed; the others have the bias alone, or nothing."""

    def finished(out: Array, products: Array, b: Array, g: Geometry) -> Array:
        whole: Array = zeros_beyond(products, *count(g)) + b[:, None, None]
        return whole if is_bias_beyond else zeros_beyond(out, *count(g))

    return then("bias", finished)


def _only_back(count: Count, *, db_of_all: bool) -> Change:
    return exchange(upstream=lambda dout, g: as_far_as(dout, *count(g)), db_of_all=db_of_all)


_COUNTS: tuple[Count, ...] = (_within_image, _begun_within_image)
_AS_X = exchange(dx_like=lambda padded, x: x)
_WHOLE = both(_AS_X, cropped(lambda dx, g: dx))

_WHERE = "The conditions on where a window ends, or the bounds of the loops."
_HINT = "How large is the image that the windows are cut from: H and W, or is there padding around?"

BUGS = (
    bug(
        "out-windows-within-image", "Windows that reach beyond the image without its padding are left out",
        "The output has the right size, but the windows stop where x ends. Those in the padding behind it are not "
        "computed, and their places stay as they were made.",
        _WHERE, _HINT, *(_only(count, is_bias_beyond=beyond) for count in _COUNTS for beyond in (False, True)),
        place="within the image",
    ),
    bug(
        "bwd-windows-within-image", "Windows that reach beyond the image without its padding are left out in backward",
        "The windows stop where x ends, so what dout holds for those in the padding behind it reaches no gradient.",
        _WHERE, _HINT, *(_only_back(count, db_of_all=all_of_it) for count in _COUNTS for all_of_it in (False, True)),
        spoils=("dx", "dw", "db"), place="within the image", in_text=True,
    ),
    bug(
        "dx-no-padding", "dx is made without the padding",
        "The array in which windows add up to dx is as large as x, though they are windows of the padded image. So "
        "each lies pad rows too low and pad columns too far to the right, and the last run past the edge.",
        "The line that makes the array to which windows are added for dx.",
        "How large is the image that forward cut its windows from? Its gradient is as large, until the padding is cut "
        "off.",
        *on_every_edge(_WHOLE), both(_WHOLE, exchange(scatter=_by_offset)),
        *on_every_edge(_AS_X, both(_AS_X, cropped(_inner))), both(_AS_X, exchange(scatter=_by_offset)),
        both(_AS_X, cropped(_inner), exchange(scatter=_by_offset)), place="dx like x",
    ),
)  # fmt: skip
