"""Average pooling in the ways that students find one after the other, for the axis of a board.

NumPy only, since they are timed in a sandbox like a submission. Same signatures and results as the fast baseline's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]
Parameters = Mapping[str, int]
Cache = tuple[Array, Parameters]


def avg_pool_forward_three_loops(x: Array, pool_param: Parameters) -> tuple[Array, Cache]:
    """All channels of a window at once."""
    height, width, stride = _window(pool_param)
    out = np.empty(_out_shape(x, pool_param), x.dtype)
    for n in range(len(x)):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                top, left = i * stride, j * stride
                out[n, :, i, j] = x[n, :, top : top + height, left : left + width].mean(axis=(1, 2))
    return out, (x, pool_param)


def avg_pool_backward_three_loops(dout: Array, cache: Cache) -> Array:
    """The same for the gradient."""
    x, pool_param = cache
    height, width, stride = _window(pool_param)
    dx = np.zeros(x.shape, dout.dtype)
    for n in range(len(x)):
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                top, left = i * stride, j * stride
                share = dout[n, :, i, j, None, None] / (height * width)
                dx[n, :, top : top + height, left : left + width] += share
    return dx


def avg_pool_forward_windows(x: Array, pool_param: Parameters) -> tuple[Array, Cache]:
    """One operation over a view of all windows."""
    return _windows(x, pool_param).mean(axis=(4, 5)), (x, pool_param)


def avg_pool_backward_windows(dout: Array, cache: Cache) -> Array:
    """One addition to all cells of all windows."""
    x, pool_param = cache
    height, width, stride = _window(pool_param)
    n, c, i, j, row, column = np.indices((*dout.shape, height, width), sparse=True)
    dx = np.zeros(x.shape, dout.dtype)
    np.add.at(dx, (n, c, i * stride + row, j * stride + column), dout[..., None, None] / (height * width))
    return dx


def avg_pool_forward_places(x: Array, pool_param: Parameters) -> tuple[Array, Cache]:
    """One operation for each place of the window."""
    height, width, _ = _window(pool_param)
    first, *others = _places(x, _out_shape(x, pool_param), pool_param)
    out = first.copy()
    for cells in others:
        out += cells
    out /= height * width
    return out, (x, pool_param)


def avg_pool_backward_places(dout: Array, cache: Cache) -> Array:
    """The same for the gradient."""
    x, pool_param = cache
    height, width, _ = _window(pool_param)
    dx, share = np.zeros(x.shape, dout.dtype), dout / (height * width)
    for place in _places(dx, dout.shape, pool_param):
        np.add(place, share, out=place)
    return dx


def _window(pool_param: Parameters) -> tuple[int, int, int]:
    return pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]


def _out_shape(x: Array, pool_param: Parameters) -> tuple[int, ...]:
    height, width, stride = _window(pool_param)
    return (*x.shape[:2], 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride)


def _windows(x: Array, pool_param: Parameters) -> Array:
    """A view as (N, C, H_out, W_out, height, width)."""
    height, width, stride = _window(pool_param)
    return sliding_window_view(x, (height, width), (2, 3))[:, :, ::stride, ::stride]


def _places(x: Array, out_shape: tuple[int, ...], pool_param: Parameters) -> Iterator[Array]:
    """The cells at each place of the window, of all windows at once, as a view."""
    height, width, stride = _window(pool_param)
    rows, columns = stride * (out_shape[2] - 1) + 1, stride * (out_shape[3] - 1) + 1
    for i in range(height):
        for j in range(width):
            yield x[:, :, i : i + rows : stride, j : j + columns : stride]
