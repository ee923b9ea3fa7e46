"""Mistakes of backward about which windows there are, and of which channels and images.

Which of equal cells gets a gradient is another question: an operator that asks it has each of these in several forms.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.bugs.forward import Sizes, of_one_side, truncated
from reference.pooling.steps import (
    ALONG_ONE_AXIS,
    ALONG_ONE_AXIS_BY_WINDOW,
    Change,
    Geometry,
    exchange,
    of_other_side,
    on_every_edge,
    one_inside,
    only_first,
    side_by_side,
    starts_by_window,
    usual_sizes,
)
from reference.spec import Bug

Array = NDArray[Any]


def _bug(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, place: str = "") -> Bug:
    return Bug(id, "backward", ("dx",), title, explanation, where, hint, variants, place)


def _first(axis: int) -> Callable[[Array, Geometry], Array]:
    return lambda dout, g: only_first(axis)(dout)


def _square(dout: Array, g: Geometry) -> Array:
    if dout.shape[2] > dout.shape[3]:
        raise IndexError("index is out of bounds")
    return dout[:, :, :, : dout.shape[2]]


def _up_to(sizes: Callable[[Geometry], tuple[int, int]]) -> Callable[[Array, Geometry], Array]:
    """As loops with these ends see dout; IndexError where it has less."""

    def upstream(dout: Array, g: Geometry) -> Array:
        rows, columns = sizes(g)
        if rows > dout.shape[2] or columns > dout.shape[3]:
            raise IndexError("index is out of bounds")
        return dout[:, :, :rows, :columns]

    return upstream


def _up_to_any(sizes: Sizes) -> Callable[[Array, Geometry], Array]:
    """As `_up_to`, with sizes that may be below zero: such loops do nothing."""

    def not_negative(g: Geometry) -> tuple[int, int]:
        rows, columns = sizes(g)
        return max(0, rows), max(0, columns)

    return _up_to(not_negative)


_BY_WINDOW = _up_to(side_by_side)
_BY_PIXELS = _up_to(lambda g: (-(-g.H // g.height), -(-g.W // g.width)))
"""As loops over the pixels by the size of the window, whose last window can be smaller."""


def _by_one(axis: int) -> Callable[[Array, Geometry], Array]:
    """What the windows at (i, i), or at (j, j), get of dout, and nothing for all others."""

    def upstream(dout: Array, g: Geometry) -> Array:
        sums: Array = dout.sum(axis=3 - axis)[..., None]
        return np.multiply(sums, np.eye(sums.shape[2]))

    return upstream


def _all_of_it(dout: Array, g: Geometry) -> Array:
    return dout


def _turned(dout: Array, g: Geometry) -> Array:
    if dout.shape[2] != dout.shape[3]:
        raise IndexError("index is out of bounds")
    return dout.swapaxes(2, 3)


_BY_HEIGHT = tuple(
    exchange(geometry=lambda g: replace(g, stride=g.height), upstream=upstream)
    for upstream in (_all_of_it, _up_to(usual_sizes))
)
"""The height of the window in the stride's place, also in the formula by which loops end."""

WINDOWS = tuple(replace(bug, variants=on_every_edge(*bug.variants)) for bug in (
    _bug(
        "dx-stride-ignored", "The windows step by one in backward, not by the stride",
        "The window of place (i, j) of dout begins at row i*stride and column j*stride of x, not at i and j.",
        "The lines that say where a window begins, in x and in dx.",
        "With stride 2, at which row does the second window begin?",
        exchange(starts=lambda g, H_out, W_out: (np.arange(H_out), np.arange(W_out))),
        place="without stride",
    ),
    _bug(
        "dx-stride-one-axis", "The windows step by the stride along one axis only in backward",
        "The window of place (i, j) of dout begins at row i*stride and column j*stride of x. Here one of the two is "
        "not multiplied by the stride.",
        "The lines that say where a window begins, in x and in dx.",
        "With stride 2, at which row does the second window begin, and at which column?",
        *ALONG_ONE_AXIS,
        place="without stride",
    ),
    _bug(
        "dx-one-counter", "One counter gives both the row and the column where a window begins in backward",
        "The window of place (i, j) of dout begins at row i*stride and column j*stride of x. Here one of the two is "
        "used twice, so that a whole row, or column, of dout goes to the same window.",
        "The lines that say where a window begins and ends along each axis.",
        "With windows of 2 and stride 2, to which rows and which columns does place (0, 1) of dout belong?",
        *(exchange(upstream=_by_one(axis)) for axis in (0, 1)),
        place="one counter",
    ),
    _bug(
        "dx-steps-by-window", "The windows step by their own size in backward",
        "The window begins at i*pool_height, where the one above it ends. That is right only where windows lie side by "
        "side.",
        "The lines that say where a window begins, in x and in dx.",
        "With windows of 3 and stride 1, at which row does the second window begin?",
        exchange(starts=starts_by_window), *_BY_HEIGHT, place="begins by window",
    ),
    _bug(
        "dx-steps-by-window-one-axis", "The windows step by their own size along one axis in backward",
        "The window of place (i, j) of dout begins at row i*stride and column j*stride of x. Here the size of the "
        "window takes the stride's place in one of the two.",
        "The lines that say where a window begins, in x and in dx.",
        "With windows of 3 and stride 1, at which row does the second window begin, and at which column?",
        *ALONG_ONE_AXIS_BY_WINDOW, place="begins by window",
    ),
    _bug(
        "dx-side-by-side", "The windows lie side by side in backward, and the stride is not used",
        "The loops over dout run to H / pool_height and W / pool_width, and each window begins where the one before it "
        "ends. That is right only where the stride is the size of the window.",
        "The bounds of the loops over rows and columns, and the lines that say where a window begins.",
        "With windows of 3 and stride 1, at which row does the second window begin, and how many fit into 5 rows?",
        exchange(starts=starts_by_window, upstream=_BY_WINDOW),
        exchange(starts=starts_by_window, upstream=_BY_PIXELS), place="size by window",
    ),
    _bug(
        "dx-window-is-stride", "The window is as large as the stride in backward",
        "The window ends at (i + 1)*stride, so it has stride rows and columns. It has pool_height and pool_width.",
        "The ends of the slices that cut a window out of x or dx.",
        "A window begins at row 4 and has 3 rows. Where does it end, and does that depend on the stride?",
        exchange(window=lambda g: (g.stride, g.stride)),
        place="window by stride",
    ),
    _bug(
        "dx-window-is-out", "The window is as large as the output in backward",
        "H_out and W_out say how many windows there are. Each of them has pool_height rows and pool_width columns.",
        "The ends of the slices that cut a window out of x or dx.",
        "A window begins at row 4 and has 3 rows. Where does it end, and does that depend on how large out is?",
        exchange(window=usual_sizes),
    ),
    _bug(
        "dx-window-square", "The window is taken to be square in backward",
        "pool_height is used where pool_width belongs, or the reverse. Square windows hide this.",
        "The slices that cut a window out of x or dx.",
        "In which places does the height of the window appear, and is each of them about rows?",
        exchange(geometry=lambda g: replace(g, width=g.height)),
        exchange(geometry=lambda g: replace(g, height=g.width)),
        place="one for both",
    ),
    _bug(
        "dx-window-swapped", "Height and width of the window are swapped in backward",
        "The window has pool_width rows and pool_height columns. Square windows hide this.",
        "The slices that cut a window out of x or dx.",
        "Which axis of x counts rows? And which of pool_height and pool_width is about rows?",
        exchange(geometry=lambda g: replace(g, height=g.width, width=g.height)), place="window swapped",
    ),
    _bug(
        "dx-height-twice", "The loops over dout use one size for both axes",
        "Both loops run as far as dout has rows. It has W_out columns.",
        "The bounds of the loops over rows and columns.",
        "dout has a number of rows and a number of columns. Which of the two bounds which of your loops?",
        exchange(upstream=_square), place="same end",
    ),
    _bug(
        "dx-size-one-inside", "The one is added before the division by the stride in backward",
        "(H - pool_height) / stride is how often the window can move on, and one more is where it begins. Here the one "
        "is divided, too: that is right with stride 1, and with others the last row and column of dout are often left "
        "out.",
        "The bounds of the loops over rows and columns.",
        "How many windows of 2 with stride 2 fit into 2 rows?",
        exchange(upstream=_up_to(one_inside)), place="one inside",
    ),
    _bug(
        "dx-size-of-other-side", "The loops over dout end by the window's other side",
        "The number of rows is computed with pool_width and that of columns with pool_height, though the windows "
        "themselves are right. Square windows hide this.",
        "The bounds of the loops over rows and columns.",
        "x of 4 rows, windows of 2 rows and 3 columns, stride 1: how many rows has dout?",
        exchange(upstream=_up_to(of_other_side)), place="size of other side",
    ),
    _bug(
        "dx-sizes-of-one-side", "The loops over dout end by one side of x along both axes",
        "Rows and columns are both computed from the height of x, or both from its width. Square images hide this.",
        "The lines that compute where the loops over rows and columns end.",
        "x of 4 rows and 8 columns, windows of 2, stride 2: how many columns has dout?",
        *(
            exchange(upstream=_up_to_any(sizes))
            for sizes in (*of_one_side(usual_sizes), *of_one_side(truncated))
        ), place="size of other side",
    ),
    _bug(
        "dx-size-by-window", "The loops over dout run to H / pool_height and W / pool_width",
        "H / pool_height counts windows side by side. It is right only where the stride is the size of the window.",
        "The bounds of the loops over rows and columns.",
        "How many windows of 2 with stride 1 fit into 4 rows?",
        exchange(upstream=_BY_WINDOW), place="size by window",
    ),
    _bug(
        "dx-size-by-stride", "The loops over dout run to H / stride and W / stride",
        "H / stride leaves out how large the window is; another size of it gives another number of places.",
        "The bounds of the loops over rows and columns.",
        "How many windows of 3 with stride 1 fit into 4 rows?",
        exchange(upstream=_up_to(lambda g: (g.H // g.stride, g.W // g.stride))), place="size by stride",
    ),
    _bug(
        "dx-dout-transposed", "Rows and columns of dout are swapped",
        "The gradient of the window at row i and column j is read from row j and column i of dout.",
        "The indices with which dout is read.",
        "Which index of dout counts columns?",
        exchange(upstream=_turned),
    ),
    _bug(
        "dx-last-missing", "The last row and column of dout are left out",
        "The loops over dout end one step too early.",
        "The bounds of the loops over rows and columns, and conditions that leave places out.",
        "Which place comes last? range(n) ends with n - 1, and a condition with >= leaves out what > lets in.",
        exchange(upstream=lambda dout, g: dout[:, :, :-1, :-1]),
        place="one less",
    ),
))  # fmt: skip
"""About which windows there are."""

PARTS = (
    _bug(
        "dx-first-channel", "Only the first channel gets a gradient",
        "The other channels of dx are left zero.",
        "The loop over channels, and the indices of dx inside it.",
        "Which loop runs over the channels, and is its variable used on both sides?",
        exchange(upstream=_first(1)),
        place="first only",
    ),
    _bug(
        "dx-first-image", "Only the first image gets a gradient",
        "The other images of dx are left zero.",
        "The loop over images, an index 0 where the image's number belongs, and a return that is indented too far.",
        "When there are two images: which lines are run for the second one, and with which index?",
        exchange(upstream=_first(0)),
        place="first only",
    ),
)  # fmt: skip
"""About what is left out of dx."""

RETURNED = (
    _bug(
        "dx-zeros", "dx is left zero",
        "dx is made, and stays zero: only zeros are stored into it (a mask that is true nowhere), nothing is (a branch "
        "that is never taken), or it is not kept. After part = dx[...], part = part + ... makes a new array and leaves "
        "dx as it was; so does a store into a slice with lists, which is a copy.",
        "The lines that store into dx, and what decides whether they run and what they store.",
        "Print what you store into dx, and dx after it. Is that line reached?",
        exchange(finish=lambda dx, dout, x: np.zeros_like(dx)),
    ),
    _bug(
        "dx-dout", "dout is returned as it came",
        "dx has the shape of x, and a gradient only where a window has its largest cell.",
        "The end of backward.",
        "Which shape must dx have?",
        exchange(finish=lambda dx, dout, x: dout),
        place="returns upstream",
    ),
)  # fmt: skip
"""About what is returned in place of dx."""
