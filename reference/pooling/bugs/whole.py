"""Windows that are not cut out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import Place, exchange
from reference.spec import Bug

Array = NDArray[Any]


def _not_cut(x: Array, starts: Place, window: tuple[int, int], **edges: bool) -> Array:
    """The whole image at every place."""
    places = (len(starts[0]), len(starts[1]))
    return np.broadcast_to(x[:, :, None, None], (*x.shape[:2], *places, *x.shape[2:]))


WHOLE_IMAGE = Bug(
    "out-whole-image", "forward", ("out",), "Every output comes of the whole image, not of its window",
    "The window of output (i, j) begins at row i*stride and column j*stride of x and has pool_height rows and "
    "pool_width columns. Here each output is computed from all rows and columns.",
    "The line that cuts the window out of x: are its four bounds used?",
    "Two outputs of one channel, from windows that do not overlap: which numbers of x does each depend on?",
    (exchange(cut=_not_cut),), "whole image",
)  # fmt: skip
"""Where a window begins and ends is not used."""
