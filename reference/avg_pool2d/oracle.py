"""The 2-D average pooling as its definition: the mean of each window.

This is the oracle that submissions are compared with, so it is written to be read, not to be fast.

A window of pool_height rows and pool_width columns steps over each channel of each image, `stride` rows and columns at
a time. Forward keeps the mean of the numbers under it. Nothing is learned here, so backward has one gradient only, dx.

    x            windows of 2x2, stride 2       out        dout          dx
    1 3 | 0 2                                   1.5 0.75   8 4           2 2 | 1 1
    0 2 | 1 0                                                            2 2 | 1 1

The mean of a window is the mean over its rows of the means over its columns. So two small tables say all: rows[h, y]
is 1 / pool_height where row y lies in the windows of output row h, and else 0; columns[w, x] says the same of columns.
Each output is a sum over all cells, most of which count for nothing:

    out[n, c, h, w] = sum over y, x of   rows[h, y] * x[n, c, y, x] * columns[w, x]

which as einsum's subscripts reads `hy,ncyx,wx->nchw`:

    h, w   row and column of the output: in the result, so nothing is summed over them
    y, x   row and column of the image: not in the result, so they are summed over
    n, c   image and channel: on both sides alike, since each channel is pooled for itself

If x[n, c, y, x] were a little larger, out[n, c, h, w] would be larger by rows[h, y] * columns[w, x] of that. Its
gradient is what all outputs together send: the same product with the same tables, summed over h and w in place of y and
x, `hy,nchw,wx->ncyx`. Every cell of a window gets an equal share of its dout, whatever the numbers are; where windows
overlap, shares add up, and a cell that no window reaches gets nothing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.geometry import check_fit, out_size

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]


def avg_pool_forward(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The mean of each window.

    Args:
        x: images, shape (N, C, H, W), any real or integer dtype; computed in float64.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`, each at least 1.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), and `(x, pool_param)` for the backward pass. Where the stride
        does not divide, the last rows and columns that no window reaches are left out (floor).

    Raises:
        ValueError: where the window or the stride does not fit.

    >>> x = np.array([[[[1, 3, 0, 2], [0, 2, 1, 0]]]])
    >>> out, _ = avg_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    >>> out.tolist()
    [[[[1.5, 0.75]]]]
    """
    rows, columns = _tables(x, pool_param)
    return _product("hy,ncyx,wx->nchw", rows, x, columns), (x, pool_param)


def avg_pool_backward(dout: Array, cache: Cache) -> Array:
    """The gradient of x: each cell of a window gets an equal share of the window's dout.

    Args:
        dout: upstream gradient, shape (N, C, H_out, W_out).
        cache: `(x, pool_param)` as `avg_pool_forward` returns it.

    Returns:
        dx in float64, of the shape of x.

    Raises:
        ValueError: where dout is not of the shape of the forward output, or the cache does not fit together.

    >>> x = np.array([[[[1, 3, 0, 2], [0, 2, 1, 0]]]])
    >>> pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    >>> avg_pool_backward(np.array([[[[8, 4]]]]), (x, pool_param)).tolist()
    [[[[2.0, 2.0, 1.0, 1.0], [2.0, 2.0, 1.0, 1.0]]]]
    """
    x, pool_param = cache
    rows, columns = _tables(x, pool_param)
    expected = (*x.shape[:2], len(rows), len(columns))
    if dout.shape != expected:
        raise ValueError(f"dout has shape {dout.shape}, the forward output has shape {expected}")
    return _product("hy,nchw,wx->ncyx", rows, dout, columns)


def _product(subscripts: str, rows: Array, numbers: Array, columns: Array) -> Array:
    result: Array = np.einsum(subscripts, rows, numbers.astype(np.float64), columns, optimize=True)
    return result


def _tables(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Array]:
    """`rows` (H_out, H) and `columns` (W_out, W): how much each row and column of x counts in each of the output."""
    check_fit(x, pool_param)
    axes = zip(x.shape[2:], (pool_param["pool_height"], pool_param["pool_width"]), strict=True)
    rows, columns = (_table(size, window, pool_param["stride"]) for size, window in axes)
    return rows, columns


def _table(size: int, window: int, stride: int) -> Array:
    """How much each of `size` places along an axis counts in each window.

    >>> _table(5, 2, stride=2).tolist()
    [[0.5, 0.5, 0.0, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5, 0.0]]
    """
    starts, places = np.arange(out_size(size, window, stride)) * stride, np.arange(size)
    inside = (starts[:, None] <= places) & (places < starts[:, None] + window)
    return inside / window
