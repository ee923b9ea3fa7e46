"""The fast baseline, in the students' own signature: one pass over the windows' cells, image by image.

The cells at place (i, j) of all windows are a view of x, `x[:, :, i::stride, j::stride]`, so the sum over a window of
height*width cells is as many sums of two arrays, and nothing is copied. Backward goes through the same places, each of
which gets the same share of dout. Images are taken in blocks that stay in the processor's cache while the places pass.

NumPy only, since it runs in a sandbox like a submission's. Correct on everything the reference is: any layout and
stride, overlapping windows, ragged shapes (floor). Results have the dtype of their inputs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]
_BLOCK_BYTES = 512 * 1024
"""What a block of planes may take: a part of a usual second-level cache."""


def avg_pool_forward_fast(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The mean of each window of x (N, C, H, W).

    Args:
        x: images, a float dtype, any memory layout.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), cache = (x, pool_param).
    """
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    sizes = 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride
    out = np.empty((*x.shape[:2], *sizes), x.dtype)
    for images in _blocks(x):
        total, (first, *others) = out[images], [x[images][place] for place in _places(height, width, stride, *sizes)]
        np.add(first, others.pop(0) if others else 0, out=total)
        for cells in others:
            total += cells
        total *= 1 / (height * width)
    return out, (x, pool_param)


def avg_pool_backward_fast(dout: Array, cache: Cache) -> Array:
    """The gradient dx of the shape of x, given dout (N, C, H_out, W_out).

    Args:
        dout: upstream gradient, a float dtype.
        cache: (x, pool_param) as `avg_pool_forward_fast` returns it.
    """
    x, pool_param = cache
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    side_by_side = height == width == stride and x.shape[2:] == (dout.shape[2] * stride, dout.shape[3] * stride)
    dx = np.empty(x.shape, dout.dtype) if side_by_side else np.zeros(x.shape, dout.dtype)
    for images in _blocks(x):
        share = dout[images] * (1 / (height * width))
        for place in _places(height, width, stride, *dout.shape[2:]):
            if side_by_side:
                dx[images][place] = share
            else:
                dx[images][place] += share
    return dx


def _blocks(x: Array) -> Iterator[slice]:
    """Images that fit into the cache together."""
    images = max(1, _BLOCK_BYTES // max(1, x[:1].nbytes))
    return (slice(n, n + images) for n in range(0, len(x), images))


def _places(height: int, width: int, stride: int, H_out: int, W_out: int) -> Iterator[tuple[slice, ...]]:
    """Where each place of a window lies in all windows at once."""
    every = slice(None)
    for i in range(height):
        rows = slice(i, i + stride * (H_out - 1) + 1, stride)
        for j in range(width):
            yield every, every, rows, slice(j, j + stride * (W_out - 1) + 1, stride)
