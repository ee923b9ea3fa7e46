"""What counts too often or too seldom: the padding in a formula, the stride in a window's end, filters in a product."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import (
    Array,
    added_to,
    as_far_as,
    bug,
    cropped,
    geometry,
    loops_over,
    of_size,
    read_to,
    slid,
)
from reference.conv2d.steps import Geometry, both, exchange, on_every_edge, then, usual_sizes

_ONCE, _TWICE = ((1, 1), (1, 2), (2, 1)), ((4, 4), (4, 2), (2, 4))
"""How many times the pad is added, to the height and to the width."""


def _sizes(times: tuple[int, int]) -> Callable[[Array, Geometry], tuple[int, int]]:
    """The formula for the output size, with the pad added so many times."""

    def sizes(_: Array, g: Geometry) -> tuple[int, int]:
        rows, columns = times
        H_out, W_out = g.H + rows * g.pad - g.HH, g.W + columns * g.pad - g.WW
        return 1 + H_out // g.stride, 1 + W_out // g.stride

    return sizes


def _upstream(times: tuple[int, int]) -> Callable[[Array, Geometry], Array]:
    return lambda dout, g: as_far_as(dout, *(max(0, size) for size in _sizes(times)(dout, g)))


def _fitting(g: Geometry) -> Geometry:
    """Where such a window can be stored in the place of one of the kernel's size."""
    if any(g.stride not in (1, size) for size in (g.HH, g.WW)):
        raise ValueError("could not broadcast input array")
    return g


_WHERE_THE_NEXT_BEGINS = of_size(lambda g: (g.stride, g.stride))


def _turned(g: Geometry) -> Geometry:
    return replace(g, H=g.W, W=g.H)


def _in_loops(dout: Array, g: Geometry) -> Array:
    """As far as loops in each other reach that end by the formula; where one has no turn, neither has another."""
    sizes = [max(0, size) for size in usual_sizes(dout, g)]
    return as_far_as(dout, *sizes) if all(sizes) else dout[:, :, :0, :0]


def _of_all_filters(sums: Array, *_: Any) -> Array:
    return np.broadcast_to(sums.sum(axis=1, keepdims=True), sums.shape)


_SLID, _READ, _ADDED_TO = (change(_WHERE_THE_NEXT_BEGINS) for change in (slid, read_to, added_to))
_STORED = exchange(geometry=_fitting)
_OFTEN = (
    "The formula takes the size of an image that has its padding already, and adds 2*pad once more: there are more "
    "windows than fit, and the last run past the edge.",
    "The formula for H_out and W_out, and the line that its H and W come from.",
    "Print H for a 5x5 image and pad 1. Is it 5 or 7, and what does the formula make of it?",
)
_ENDS = (
    "A window that begins at i*stride ends at i*stride + HH. (i + 1)*stride is where the next one begins: that is the "
    "same only where the stride is as large as the kernel.",
    "The slice that cuts the window out of the image, or is added to.",
    "How many rows does your window have, for stride 1 and a kernel of 3 rows?",
)
BUGS = (
    bug(
        "bwd-pad-once", "The formula for the output size counts the padding once in backward",
        "The image is padded at both ends of each axis, so 2*pad rows and columns are added. Here it is pad, so the "
        "last rows or columns of dout, or both, are not reached.",
        "The formula for H_out and W_out; in backward both could be read from dout.shape.",
        "How many rows does the padded image have?",
        *loops_over(*map(_upstream, _ONCE)), spoils=("dx", "dw", "db"), place="padded before only",
    ),
    bug(
        "out-pad-twice-in-size", "The formula for the output size counts the padding twice", *_OFTEN,
        *on_every_edge(*(exchange(sizes=_sizes(times)) for times in _TWICE)), place="padding counted twice",
        in_text=True,
    ),
    bug(
        "bwd-pad-twice-in-size", "The formula for the output size counts the padding twice in backward", *_OFTEN,
        *loops_over(*map(_upstream, _TWICE)), spoils=("dx", "dw", "db"), place="padding counted twice", in_text=True,
    ),
    bug(
        "out-end-by-stride", "Windows end where the next one begins", *_ENDS,
        _SLID, both(_SLID, _STORED), place="ends by stride", in_text=True,
    ),
    bug(
        "bwd-end-by-stride", "Windows end where the next one begins, in backward", *_ENDS,
        both(_READ, _ADDED_TO), _READ, _ADDED_TO, both(_READ, _ADDED_TO, _STORED),
        spoils=("dx", "dw", "db"), place="ends by stride", in_text=True,
    ),
    bug(
        "out-all-filters", "Every filter's output is the sum of all filters'",
        "The window is multiplied with all of w, and all of that is summed up: w has a first axis that counts filters.",
        "The product of the window and w.",
        "Which shape has what the window is multiplied with, and which shape has one filter?",
        then("products", _of_all_filters), place="all filters",
    ),
    bug(
        "bwd-pad-all-axes", "Images and channels are padded too, in backward",
        "np.pad with a single number pads every axis: there are images and channels of zeros before and after the "
        "real ones.",
        "The widths in the call of backward that pads x.",
        "np.pad takes a pair for each of the four axes. Which axes should not grow?",
        exchange(pad=lambda x, g: np.pad(x, g.pad)), spoils=("dx", "dw", "db"), place="every axis padded", in_text=True,
    ),
    bug(
        "bwd-image-swapped", "Height and width are swapped in backward",
        "The second-last axis of x is taken to be the width, and the last to be the height: loops run past an edge or "
        "end too early, and dx is cut by the wrong sizes. Square images hide it.",
        "The line that unpacks the shape of x.",
        "Which comes first in the shape of x, rows or columns, and which of your names counts rows?",
        both(geometry(_turned), exchange(upstream=_in_loops)),
        both(geometry(_turned), exchange(upstream=_in_loops, db_of_all=True)),
        spoils=("dx", "dw", "db"), place="shape turned", in_text=True,
    ),
    bug(
        "dx-crop-too-far", "One row and one column too many are cut off dx",
        "The cut begins one row and column too late, or ends one too early, so dx is smaller than x.",
        "The line that cuts the padding off dx.",
        "The image begins at row pad of the padded one and has H rows: which row comes after its last?",
        cropped(lambda dxp, g: dxp[:, :, g.pad : -g.pad - 1, g.pad : -g.pad - 1]),
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.H - 1, g.pad : g.pad + g.W - 1]),
        cropped(lambda dxp, g: dxp[:, :, g.pad + 1 : g.pad + g.H, g.pad + 1 : g.pad + g.W]), place="cut",
    ),
)  # fmt: skip
