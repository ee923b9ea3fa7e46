"""The 2-D max pooling of CS231n as its definition: the largest number of each window.

This is the oracle that submissions are compared with, so it is written to be read, not to be fast.

A window of pool_height rows and pool_width columns steps over each channel of each image, `stride` rows and columns at
a time. Forward keeps the largest number under it. Nothing is learned here, so backward has one gradient only, dx.

    x            windows of 2x2, stride 2       out        dout          dx
    1 3 | 0 2                                   3 2        10 20         0 10 |  0 20
    0 2 | 1 0                                                            0  0 |  0  0

If the 3 were a little larger, out would be larger by as much: the gradient of out flows to the 3 unchanged. If the 1
beside it were a little larger, the 3 would still win, and nothing would change: its gradient is zero. Where windows
overlap, a cell can win in several, and its gradient is the sum of what they send.

Where two cells of a window are equally large (a *tie*, as among the zeros that a ReLU leaves), the maximum has a kink:
out grows with either of them, but shrinks only with both. There is no gradient then, but there are many subgradients:
any way to split the window's dout among its largest cells is right, as long as the parts are not negative and together
make up all of it. The oracle gives it to the first in reading order, as PyTorch does, and `ties.nearest` accepts the
others.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from reference.pooling.geometry import check_fit

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]


def max_pool_forward(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The largest number of each window.

    Args:
        x: images, shape (N, C, H, W), any real or integer dtype; computed in float64.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`, each at least 1.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), and `(x, pool_param)` for the backward pass. Where the stride
        does not divide, the last rows and columns that no window reaches are left out (floor).

    Raises:
        ValueError: where the window or the stride does not fit.

    >>> x = np.array([[[[1, 3, 0, 2], [0, 2, 1, 0]]]])
    >>> out, _ = max_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    >>> out.tolist()
    [[[[3.0, 2.0]]]]
    """
    return windows(x, pool_param).max(axis=(4, 5)), (x, pool_param)


def max_pool_backward(dout: Array, cache: Cache) -> Array:
    """The gradient of x: the dout of each window goes to its largest cell, to the first one where there are several.

    Args:
        dout: upstream gradient, shape (N, C, H_out, W_out).
        cache: `(x, pool_param)` as `max_pool_forward` returns it.

    Returns:
        dx in float64, of the shape of x.

    Raises:
        ValueError: where dout is not of the shape of the forward output, or the cache does not fit together.

    >>> x = np.array([[[[1, 3, 0, 2], [0, 2, 1, 0]]]])
    >>> pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    >>> max_pool_backward(np.array([[[[10, 20]]]]), (x, pool_param)).tolist()
    [[[[0.0, 10.0, 0.0, 20.0], [0.0, 0.0, 0.0, 0.0]]]]
    """
    x, pool_param = cache
    seen = windows(x, pool_param)
    if dout.shape != seen.shape[:4]:
        raise ValueError(f"dout has shape {dout.shape}, the forward output has shape {seen.shape[:4]}")
    winner = seen.reshape(*dout.shape, -1).argmax(axis=-1)
    n, c, h, w = np.indices(dout.shape)
    row = h * pool_param["stride"] + winner // pool_param["pool_width"]
    column = w * pool_param["stride"] + winner % pool_param["pool_width"]
    dx = np.zeros(x.shape)
    np.add.at(dx, (n, c, row, column), dout)
    return dx


def windows(x: Array, pool_param: Mapping[str, int]) -> Array:
    """View of x (N, C, H, W) in float64 as its windows, shape (N, C, H_out, W_out, pool_height, pool_width).

    Raises:
        ValueError: where the window or the stride does not fit.
    """
    size, stride = (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
    check_fit(x, pool_param)
    return sliding_window_view(x.astype(np.float64), size, axis=(2, 3))[:, :, ::stride, ::stride]
