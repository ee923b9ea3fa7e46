"""Windows that are not cut out, or by one counter only."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import Place, exchange, on_every_edge, windows
from reference.spec import Bug

Array = NDArray[Any]


def _not_cut(x: Array, starts: Place, window: tuple[int, int], **edges: bool) -> Array:
    """The whole image at every place."""
    places = (len(starts[0]), len(starts[1]))
    return np.broadcast_to(x[:, :, None, None], (*x.shape[:2], *places, *x.shape[2:]))


def _by_one(axis: int) -> Callable[..., Array]:
    """The window of output (i, j) begins at (i, i) times the stride, or at (j, j) times it."""

    def cut(x: Array, starts: Place, window: tuple[int, int], **edges: bool) -> Array:
        places, count = (len(starts[0]), len(starts[1])), np.arange(len(starts[axis]))
        found = windows(x, (starts[axis], starts[axis]), window, **edges)[:, :, count, count]
        return np.broadcast_to(np.expand_dims(found, 3 - axis), (*x.shape[:2], *places, *found.shape[3:]))

    return cut


WHOLE_IMAGE = Bug(
    "out-whole-image", "forward", ("out",), "Every output comes of the whole image, not of its window",
    "The window of output (i, j) begins at row i*stride and column j*stride of x and has pool_height rows and "
    "pool_width columns. Here each output is computed from all rows and columns.",
    "The line that cuts the window out of x: are its four bounds used?",
    "Two outputs of one channel, from windows that do not overlap: which numbers of x does each depend on?",
    (exchange(cut=_not_cut),), "whole image",
)  # fmt: skip
"""Where a window begins and ends is not used."""
ONE_COUNTER = Bug(
    "out-one-counter", "forward", ("out",), "One counter gives both the row and the column where a window begins",
    "The window of output (i, j) begins at row i*stride and column j*stride of x. Here one of the two is used twice, "
    "so that all outputs of a row, or of a column, are the same.",
    "The lines that say where a window begins and ends along each axis.",
    "With windows of 2 and stride 2, which rows and which columns belong to the output in row 0 and column 1?",
    on_every_edge(*(exchange(cut=_by_one(axis)) for axis in (0, 1))), "one counter",
)  # fmt: skip
"""As after copying the lines about rows for those about columns."""
