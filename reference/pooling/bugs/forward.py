"""Mistakes of forward about which windows there are, and where their results go."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.bugs.numbered import FLAT_INDEX
from reference.pooling.bugs.whole import ONE_COUNTER, WHOLE_IMAGE
from reference.pooling.space import RAGGED
from reference.pooling.steps import (
    ALONG_ONE_AXIS,
    ALONG_ONE_AXIS_BY_WINDOW,
    Change,
    Geometry,
    both,
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
Sizes = Callable[[Geometry], tuple[int, int]]


def _bug(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
    return Bug(id, "forward", ("out",), title, explanation, where, hint, variants, **more)


def _sized(change: Any) -> Change:
    return exchange(sizes=lambda g: change(*usual_sizes(g)))


def _ceiled(g: Geometry) -> tuple[int, int]:
    return 1 + -(-(g.H - g.height) // g.stride), 1 + -(-(g.W - g.width) // g.stride)


def truncated(g: Geometry) -> tuple[int, int]:
    """As `int((H - height) / stride) + 1`, which is 1 where a window is a little larger than the image."""
    return 1 + int((g.H - g.height) / g.stride), 1 + int((g.W - g.width) / g.stride)


def of_one_side(sizes: Sizes) -> tuple[Sizes, Sizes]:
    """Both sizes from the height of x, or from its width."""
    return lambda g: sizes(replace(g, W=g.H)), lambda g: sizes(replace(g, H=g.W))


def _whole(g: Geometry) -> tuple[int, int]:
    """As loops over the pixels by the size of the window, whose last one has no place in out unless it is whole."""
    if g.H % g.height or g.W % g.width:
        raise IndexError("index is out of bounds")
    return side_by_side(g)


def by_stride(g: Geometry) -> tuple[int, int]:
    """Sizes that leave out the window."""
    return g.H // g.stride, g.W // g.stride


def by_stride_rounded_up(g: Geometry) -> tuple[int, int]:
    """The same, rounded up."""
    return -(-g.H // g.stride), -(-g.W // g.stride)


def without_last(out: Array, rows: int = 1, columns: int = 1) -> Array:
    """Zeros in so many rows and columns at the end."""
    kept, (H_out, W_out) = np.zeros_like(out), out.shape[2:]
    kept[:, :, : H_out - rows, : W_out - columns] = out[:, :, : H_out - rows, : W_out - columns]
    return kept


def _columns_by_rows(out: Array) -> Array:
    """As many columns as there are rows, where there is place for them, and zeros in the others."""
    rows, columns = out.shape[2:]
    if rows > columns:
        raise IndexError("index is out of bounds")
    kept = np.zeros_like(out)
    kept[..., :rows] = out[..., :rows]
    return kept


def _turned(out: Array) -> Array:
    if out.shape[2] != out.shape[3]:
        raise IndexError("index is out of bounds")
    return out.swapaxes(2, 3)


BUGS = (
    _bug(
        "out-stride-ignored", "The windows step by one, not by the stride",
        "Output (i, j) is taken from the window that begins at row i and column j; it begins at i*stride and j*stride.",
        "The lines that cut the window out of x.",
        "With stride 2, at which row does the second window begin?",
        exchange(starts=lambda g, H_out, W_out: (np.arange(H_out), np.arange(W_out))),
        place="without stride",
    ),
    _bug(
        "out-stride-one-axis", "The windows step by the stride along one axis only",
        "Output (i, j) is taken from the window that begins at row i*stride and column j*stride of x. Here one of the "
        "two is not multiplied by the stride.",
        "The lines that cut the window out of x.",
        "With stride 2, at which row does the second window begin, and at which column?",
        *on_every_edge(*ALONG_ONE_AXIS),
        place="without stride",
    ),
    _bug(
        "out-steps-by-window", "The windows step by their own size, not by the stride",
        "The window begins at i*pool_height and j*pool_width. That is right only where windows lie side by side.",
        "The lines that cut the window out of x.",
        "With windows of 3 and stride 1, at which row does the second window begin?",
        *on_every_edge(exchange(starts=starts_by_window)), place="begins by window",
    ),
    _bug(
        "out-steps-by-window-one-axis", "The windows step by their own size along one axis",
        "Output (i, j) is taken from the window that begins at row i*stride and column j*stride of x. Here the size of "
        "the window takes the stride's place in one of the two.",
        "The lines that cut the window out of x.",
        "With windows of 3 and stride 1, at which row does the second window begin, and at which column?",
        *on_every_edge(*ALONG_ONE_AXIS_BY_WINDOW), place="begins by window",
    ),
    _bug(
        "out-side-by-side", "The windows lie side by side, and the stride is not used",
        "There are H / pool_height windows below each other, and each begins where the one before it ends. That is "
        "right only where the stride is the size of the window.",
        "The lines that compute the output size, and those that cut the window out of x.",
        "With windows of 3 and stride 1, at which row does the second window begin, and how many fit into 5 rows?",
        *(both(exchange(starts=starts_by_window), exchange(sizes=sizes)) for sizes in (side_by_side, _whole)),
        *on_every_edge(exchange(geometry=lambda g: replace(g, stride=g.height))),
        place="size by window",
    ),
    _bug(
        "out-window-is-stride", "The window is as large as the stride",
        "The window ends at (i + 1)*stride, so it has stride rows and columns. It has pool_height and pool_width.",
        "The ends of the slices that cut the window out of x.",
        "A window begins at row 4 and has 3 rows. Where does it end, and does that depend on the stride?",
        *on_every_edge(exchange(window=lambda g: (g.stride, g.stride))),
        place="window by stride",
    ),
    _bug(
        "out-window-is-out", "The window is as large as the output",
        "H_out and W_out say how many windows there are. Each of them has pool_height rows and pool_width columns.",
        "The ends of the slices that cut the window out of x.",
        "A window begins at row 4 and has 3 rows. Where does it end, and does that depend on how large out is?",
        *on_every_edge(exchange(window=usual_sizes)),
    ),
    _bug(
        "out-window-square", "The window is taken to be square",
        "pool_height is used where pool_width belongs, or the reverse. Square windows hide this.",
        "The slices that cut the window out, and the lines that compute the output size.",
        "In which places does the height of the window appear, and is each of them about rows?",
        *on_every_edge(
            exchange(window=lambda g: (g.height, g.height)), exchange(window=lambda g: (g.width, g.width)),
            exchange(geometry=lambda g: replace(g, width=g.height)),
            exchange(geometry=lambda g: replace(g, height=g.width)),
            exchange(sizes=lambda g: usual_sizes(replace(g, width=g.height))),
            exchange(sizes=lambda g: usual_sizes(replace(g, height=g.width))),
        ), place="one for both",
    ),
    _bug(
        "out-window-swapped", "Height and width of the window are swapped",
        "The window has pool_width rows and pool_height columns. Square windows hide this.",
        "The slices that cut the window out, and the lines that compute the output size.",
        "Which axis of x counts rows? And which of pool_height and pool_width is about rows?",
        *on_every_edge(
            exchange(geometry=lambda g: replace(g, height=g.width, width=g.height)),
            exchange(window=lambda g: (g.width, g.height)),
        ), place="window swapped",
    ),
    _bug(
        "out-size-swapped", "Rows and columns of the output are swapped",
        "H_out is computed from W and W_out from H, or out is made with the two the other way round.",
        "The lines that compute the output size.",
        "x of 4 rows and 8 columns, windows of 2, stride 2: how many rows has out?",
        *on_every_edge(_sized(lambda H_out, W_out: (W_out, H_out))), place="output size",
    ),
    _bug(
        "out-height-twice", "One size of the output is used for both axes",
        "The number of rows, or the height that it is computed from, is used for the columns too, or the reverse. "
        "Square images hide this.",
        "The lines that compute the output size.",
        "x of 4 rows and 8 columns, windows of 2, stride 2: how many columns has out?",
        *on_every_edge(
            _sized(lambda H_out, W_out: (H_out, H_out)), _sized(lambda H_out, W_out: (W_out, W_out)),
            *(exchange(sizes=sizes) for sizes in (*of_one_side(usual_sizes), *of_one_side(truncated))),
        ), place="output size",
    ),
    _bug(
        "out-columns-by-rows", "The loop over columns runs over rows",
        "out has the right size, but its columns are counted to H_out as its rows are, and not to W_out. Square "
        "outputs hide this; in others columns are missing, or windows begin past the edge.",
        "The bounds of the loops over rows and columns.",
        "In which places does H_out appear, and is each of them about rows?",
        *on_every_edge(exchange(finish=_columns_by_rows)), place="same end",
    ),
    FLAT_INDEX,
    WHOLE_IMAGE,
    ONE_COUNTER,
    _bug(
        "out-size-no-one", "The output is one row and column too small",
        "(H - pool_height) / stride is how often the window can move on. It also has the place where it begins.",
        "The lines that compute the output size.",
        "How many windows of 2 with stride 2 fit into 2 rows?",
        _sized(lambda H_out, W_out: (H_out - 1, W_out - 1)),
        place="formula without one",
    ),
    _bug(
        "out-size-one-inside", "The one is added before the division by the stride",
        "(H - pool_height) / stride is how often the window can move on, and one more is where it begins. Here the one "
        "is divided, too: that is right with stride 1, and with others most outputs are one row and one column too "
        "small.",
        "The lines that compute the output size.",
        "How many windows of 2 with stride 2 fit into 2 rows?",
        exchange(sizes=one_inside), place="one inside",
    ),
    _bug(
        "out-size-of-other-side", "Height and width of the window are swapped in the output size",
        "H_out is computed with pool_width and W_out with pool_height, though the windows themselves are right. Square "
        "windows hide this.",
        "The lines that compute the output size.",
        "x of 4 rows, windows of 2 rows and 3 columns, stride 1: how many rows has out?",
        *on_every_edge(exchange(sizes=of_other_side)), place="size of other side",
    ),
    _bug(
        "out-size-by-window", "The output size is H / pool_height and W / pool_width",
        "H / pool_height counts windows side by side. It is right only where the stride is the size of the window.",
        "The lines that compute the output size.",
        "How many windows of 2 with stride 1 fit into 4 rows?",
        *on_every_edge(exchange(sizes=side_by_side)), place="size by window",
    ),
    _bug(
        "out-size-by-stride", "The output size is H / stride and W / stride",
        "H / stride leaves out how large the window is; another size of it gives another number of places.",
        "The lines that compute the output size.",
        "How many windows of 3 with stride 1 fit into 4 rows?",
        *on_every_edge(
            exchange(sizes=by_stride),
            exchange(sizes=by_stride_rounded_up),
        ),
        place="size by stride",
    ),
    _bug(
        "out-size-ceil", "The output size is rounded up",
        "Where the stride does not divide, a last window that is only partly inside is counted. It is to be left out.",
        "The lines that compute the output size.",
        "Which window is the last that lies wholly inside the image?",
        *on_every_edge(exchange(sizes=_ceiled)), needs=RAGGED,
    ),
    _bug(
        "out-last-missing", "The last row and column of the output are not computed",
        "The loops over the output end one step too early, and zeros are left there.",
        "The bounds of the loops over rows and columns, and conditions that leave places out.",
        "Which place comes last? range(n) ends with n - 1, and a condition with >= leaves out what > lets in.",
        exchange(finish=without_last),
        place="one less",
    ),
    _bug(
        "out-transposed", "Rows and columns of the result are swapped",
        "The window at row i and column j is stored at row j and column i of out.",
        "The line that stores into out, and a transpose or reshape after it.",
        "Which index of out counts columns?",
        exchange(finish=_turned),
    ),
    _bug(
        "out-first-channel", "Only the first channel is computed",
        "The other channels of out are left zero.",
        "The loop over channels, and the indices of out inside it.",
        "Which loop runs over the channels, and is its variable used on both sides?",
        exchange(finish=only_first(1)),
        place="first only",
    ),
    _bug(
        "out-first-image", "Only the first image is computed",
        "The other images of out are left zero.",
        "The loop over images, an index 0 where the image's number belongs, and a return that is indented too far.",
        "When there are two images: which lines are run for the second one, and with which index?",
        exchange(finish=only_first(0)),
        place="first only",
    ),
)  # fmt: skip
