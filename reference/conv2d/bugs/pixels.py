"""Pixels are found in x itself, by a row and a column that are computed: which are they, and which lie outside?"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, cropped
from reference.conv2d.steps import Change, Geometry, both, exchange, then
from reference.conv2d.windows import zeros_around

Begin = Callable[[int], int]
"""pad -> the row (or column) of the padded image in which x is taken to begin."""
_BEGINS: tuple[Begin, ...] = (lambda pad: pad, lambda pad: 0, lambda pad: 1, lambda pad: -pad)
_SHIFTS = tuple(product(_BEGINS, _BEGINS))[1:]
"""For rows and columns, but for the first pair, which is right."""


def _shifted(rows: Begin, columns: Begin) -> Change:
    """Forward: x begins there; what lies outside of it is nothing."""
    return exchange(pad=lambda x, g: _laid_out(x, g, rows(g.pad), columns(g.pad)))


def _shifted_back(rows: Begin, columns: Begin) -> Change:
    """Backward: x and its gradient both."""

    def crop(dx_padded: Array, g: Geometry) -> Array:
        top, left = rows(g.pad), columns(g.pad)
        dx = np.zeros((g.N, g.C, g.H, g.W))
        inside = dx_padded[:, :, max(0, top) : max(0, top + g.H), max(0, left) : max(0, left + g.W)]
        first_row, first_column = max(0, -top), max(0, -left)
        dx[:, :, first_row : first_row + inside.shape[2], first_column : first_column + inside.shape[3]] = inside
        return dx

    return both(_shifted(rows, columns), cropped(crop))


def _laid_out(x: Array, g: Geometry, top: int, left: int) -> Array:
    """The image from this row and column of the padded one on, or what is behind its first ones, with zeros around."""
    kept = x[:, :, max(0, -top) :, max(0, -left) :]
    below, right = (
        max(0, size + 2 * g.pad - max(0, begin) - length)
        for size, begin, length in zip((g.H, g.W), (top, left), kept.shape[2:], strict=True)
    )
    return zeros_around(kept, (max(0, top), below), (max(0, left), right))


Inside = tuple[slice, slice]
_ALL, _BUT_FIRST, _BUT_LAST, _INNER = slice(None), slice(1, None), slice(None, -1), slice(1, -1)
_LEFT_OUT: tuple[Inside, ...] = tuple(
    inside for kind in (_BUT_FIRST, _BUT_LAST, _INNER) for inside in ((kind, kind), (kind, _ALL), (_ALL, kind))
)


def _within(values: Array, inside: Inside) -> Array:
    """Zeros but for these rows and columns."""
    kept = np.zeros_like(values)
    kept[:, :, inside[0], inside[1]] = values[:, :, inside[0], inside[1]]
    return kept


def _edge_as_outside(inside: Inside) -> Change:
    def pad(x: Array, g: Geometry) -> Array:
        return zeros_around(_within(x, inside), (g.pad, g.pad), (g.pad, g.pad))

    return exchange(pad=pad)


def _edge_as_outside_back(inside: Inside) -> Change:
    return both(_edge_as_outside(inside), then("crop", lambda dx, *_: _within(dx, inside)))


Axes = tuple[bool, bool]
_AXES: tuple[Axes, ...] = ((True, True), (True, False), (False, True))


def _from_the_end(axes: Axes) -> Change:
    """Rows, or columns, before the first are the last ones of x; behind the last there is nothing."""

    def pad(x: Array, g: Geometry) -> Array:
        padded = zeros_around(x, (g.pad, g.pad), (g.pad, g.pad))
        for axis, wraps in zip((2, 3), axes, strict=True):
            if wraps and g.pad:
                if g.pad > x.shape[axis]:
                    raise IndexError("index is out of bounds")
                at: list[Any] = [slice(None)] * 4
                last = list(at)
                at[axis], last[axis] = slice(0, g.pad), slice(x.shape[axis], x.shape[axis] + g.pad)
                padded[tuple(at)] = padded[tuple(last)]
        return padded

    return exchange(pad=pad)


def _onto_the_end(axes: Axes) -> Change:
    def crop(dx_padded: Array, g: Geometry) -> Array:
        whole = dx_padded.copy()
        for axis, wraps, size in zip((2, 3), axes, (g.H, g.W), strict=True):
            if wraps and g.pad:
                along = np.moveaxis(whole, axis, 0)
                along[size : size + g.pad] += along[: g.pad]
        return whole[:, :, g.pad : g.pad + g.H, g.pad : g.pad + g.W]

    return both(_from_the_end(axes), cropped(crop))


_SHIFTED = (
    "Row r of the padded image is row r - pad of x, and column k is column k - pad. Here another number is subtracted "
    "for rows, for columns or for both: none, or 1 whatever pad is, or pad is added.",
    "The lines that compute which row and column of x a weight meets.",
    "Which row of x meets the first row of the kernel in the first window, when pad is 2? And in your code?",
)
_LEFT = (
    "A condition tells whether a row or a column lies inside of x, and it leaves the first one out, as 0 < row does, "
    "or the last one, as row < H - 1 does. Its pixels count as zeros, as those of the padding do.",
    "The conditions on rows and columns of x.",
    "Which number has the first row of x, and which the last? Does your condition let both in?",
)
_WRAPPED = (
    "Rows above x and columns left of it have negative numbers, and x[-1] is its last row: the padding is not zeros "
    "there, but the other end of x.",
    "The conditions on rows and columns of x: what do they say of negative ones? Or the index of x, if there are none.",
    "Which row of an array is number -1 in Python? And which number should that pixel of the padding be?",
)
BUGS = (
    bug(
        "out-pixels-shifted", "Rows or columns of x are counted from the wrong place", *_SHIFTED,
        *(_shifted(*begins) for begins in _SHIFTS), place="pixel found", in_text=True,
    ),
    bug(
        "bwd-pixels-shifted", "Rows or columns of x are counted from the wrong place in backward", *_SHIFTED,
        *(_shifted_back(*begins) for begins in _SHIFTS), spoils=("dx", "dw"), place="pixel found", in_text=True,
    ),
    bug(
        "out-edge-left-out", "Rows or columns at an edge of x are left out", *_LEFT,
        *map(_edge_as_outside, _LEFT_OUT), place="edge left out",
    ),
    bug(
        "bwd-edge-left-out", "Rows or columns at an edge of x are left out in backward", *_LEFT,
        *map(_edge_as_outside_back, _LEFT_OUT), spoils=("dx", "dw"), place="edge left out",
    ),
    bug(
        "out-pixels-from-end", "Negative rows or columns are taken from the end of x", *_WRAPPED,
        *map(_from_the_end, _AXES), place="negative let in",
    ),
    bug(
        "bwd-pixels-from-end", "Negative rows or columns are taken from the end of x in backward", *_WRAPPED,
        *map(_onto_the_end, _AXES), spoils=("dx", "dw"), place="negative let in",
    ),
)  # fmt: skip
