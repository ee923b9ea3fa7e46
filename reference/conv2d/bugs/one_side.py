"""Zeros on one side of the image, and not on the other."""

from itertools import product

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, Geometry, both, exchange, on_every_edge, sizes_of_padded
from reference.conv2d.windows import Place, kernel_gradient, scatter, spread, windows, zeros_around

Widths = tuple[tuple[int, int], tuple[int, int]]
"""For rows and for columns, how many times the pad there is before and after."""

_BEFORE, _AFTER, _AROUND, _ALL_BEFORE, _ALL_AFTER = (1, 0), (0, 1), (1, 1), (2, 0), (0, 2)
_ALONG_ONE_AXIS: tuple[Widths, ...] = (
    *((rows, columns) for rows, columns in product((_BEFORE, _AFTER, _AROUND), repeat=2) if rows != columns),
    *((widths, _AROUND) for widths in (_ALL_BEFORE, _ALL_AFTER)),
    *((_AROUND, widths) for widths in (_ALL_BEFORE, _ALL_AFTER)),
)
_ALONG_BOTH: tuple[Widths, ...] = tuple((widths, widths) for widths in (_BEFORE, _AFTER, (2, 0), (0, 2)))


def padding(widths: Widths) -> Change:
    """Pad by these multiples of pad."""

    def pad(x: Array, g: Geometry) -> Array:
        return _padded(x, g.pad, widths)

    return exchange(pad=pad)


def _padded(x: Array, pad: int, widths: Widths) -> Array:
    rows, columns = ((pad * before, pad * after) for before, after in widths)
    return zeros_around(x, rows, columns)


def in_forward(widths: Widths) -> tuple[Change, ...]:
    """Also where the output is as large as windows fit into what was padded."""
    return on_every_edge(both(padding(widths), exchange(sizes=sizes_of_padded)), padding(widths))


def _in_backward(widths: Widths) -> tuple[Change, ...]:
    """Both x and its gradient; also without the windows that do not fit."""
    return (*on_every_edge(padding(widths)), both(padding(widths), exchange(nest=_that_fit)))


def _that_fit(dout: Array, padded: Array, w: Array, starts: Place) -> tuple[Array, Array]:
    fits = [axis + kernel <= size for axis, kernel, size in zip(starts, w.shape[2:], padded.shape[2:], strict=True)]
    rows, columns = (axis[fitting] for axis, fitting in zip(starts, fits, strict=True))
    dout = dout[:, :, fits[0]][:, :, :, fits[1]]
    dx_padded = np.zeros(padded.shape)
    scatter(dx_padded, spread(dout, w), (rows, columns), "in place")
    return dx_padded, kernel_gradient(dout, windows(padded, (rows, columns), *w.shape[2:]))


def _for_dw(widths: Widths) -> Change:
    """For dw windows are taken from the image with these zeros."""

    def source(padded: Array, x: Array) -> Array:
        return _padded(x, (padded.shape[2] - x.shape[2]) // 2, widths)

    return exchange(dw_source=source)


_TOLD = (
    "np.pad takes two widths for each axis, before and after. Along an axis all zeros lie on one side of the image, so "
    "that windows are shifted, or run past the edge.",
    "The widths in the call that pads x, or the slice into which x is stored.",
    "How many rows of zeros does each side of the image get, and how many columns?",
)
BUGS = (
    bug(
        "out-pad-one-side", "Padding counts on one side only, for rows or columns",
        "Either all zeros lie on one side of the image along an axis: np.pad takes two widths for each, before and "
        "after. Or the formula for H_out or for W_out adds pad once, not 2*pad.",
        "The widths in the call that pads x, the slice into which x is stored, and the formulas for H_out and W_out.",
        f"{_TOLD[2]} And how many does each formula count?",
        *(variant for widths in _ALONG_ONE_AXIS for variant in in_forward(widths)),
        place="padded before only",
    ),
    bug(
        "out-pad-twice", "The image begins 2*pad rows down and 2*pad columns in",
        "x is padded twice, or by 2*pad, or all zeros lie before it, or pad is subtracted where windows are looked for "
        "in the padded array, so that they are shifted by pad.",
        "The call that pads x and its widths, how often it is run, the slice into which x is stored, and where windows "
        "begin.",
        "In which row and column of the padded array does the image begin, and in which the first window?",
        *in_forward(((2, 0), (2, 0))), both(padding(((2, 2), (2, 2))), exchange(sizes=sizes_of_padded)),
        place="padded again",
    ),
    bug(
        "bwd-pad-one-side", "Rows or columns are padded on one side only, in backward", *_TOLD,
        *(variant for widths in (*_ALONG_BOTH, *_ALONG_ONE_AXIS) for variant in _in_backward(widths)),
        spoils=("dx", "dw", "db"), place="padded on one side", in_text=True,
    ),
    bug(
        "dw-pad-one-side", "Rows or columns are padded on one side only, for dw", *_TOLD,
        *on_every_edge(*map(_for_dw, (*_ALONG_BOTH, *_ALONG_ONE_AXIS))), place="padded on one side",
        in_text=True,
    ),
)  # fmt: skip
