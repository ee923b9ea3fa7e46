"""The fast baseline, in the students' own signature: one pass over the windows' cells, image by image.

The cells at place (i, j) of all windows are a view of x, `x[:, :, i::stride, j::stride]`, so the maximum over a window
of height*width cells is as many maxima of two arrays, and nothing is copied. Backward goes through the same places: the
cells that equal their window's maximum, and are the first to, get its dout. Images are taken in blocks that stay in the
processor's cache while the places pass. How fast it is, is printed by `python -m benchmarks.baseline`.

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


def max_pool_forward_fast(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The largest number of each window of x (N, C, H, W).

    Args:
        x: images, any real dtype and memory layout.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), cache = (x, pool_param).
    """
    height, width, stride, H_out, W_out = _geometry(x, pool_param)
    out = np.empty((*x.shape[:2], H_out, W_out), x.dtype)
    for planes in _blocks(x):
        _largest(x[planes], out[planes], height, width, stride)
    return out, (x, pool_param)


def max_pool_backward_fast(dout: Array, cache: Cache) -> Array:
    """The gradient dx of the shape of x, given dout (N, C, H_out, W_out).

    Args:
        dout: upstream gradient.
        cache: (x, pool_param) as `max_pool_forward_fast` returns it.

    Returns:
        dx; of several largest cells of a window, the first gets the gradient.
    """
    x, pool_param = cache
    height, width, stride, H_out, W_out = _geometry(x, pool_param)
    is_apart = stride >= height and stride >= width
    dx = np.empty(x.shape, dout.dtype) if is_apart and _covers(x, pool_param) else np.zeros(x.shape, dout.dtype)
    for planes in _blocks(x):
        cells, gradient = x[planes], dout[planes]
        largest = np.empty(gradient.shape, x.dtype)
        _largest(cells, largest, height, width, stride)
        is_open = np.ones(gradient.shape, bool)
        for (i, j), place in _places(height, width, stride, H_out, W_out):
            if (i, j) == (height - 1, width - 1):
                wins = is_open  # some cell is the largest, so where none was before, it is the last one
            else:
                wins = cells[place] == largest
                wins &= is_open
                is_open ^= wins
            if is_apart:
                np.multiply(gradient, wins, out=dx[planes][place])
            else:
                dx[planes][place] += gradient * wins
    return dx


def _geometry(x: Array, pool_param: Mapping[str, int]) -> tuple[int, int, int, int, int]:
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    return height, width, stride, 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride


def _covers(x: Array, pool_param: Mapping[str, int]) -> bool:
    """Whether every cell lies in a window, where none overlap."""
    height, width, stride, H_out, W_out = _geometry(x, pool_param)
    return (height, width) == (stride, stride) and x.shape[2:] == (H_out * stride, W_out * stride)


def _blocks(x: Array) -> Iterator[slice]:
    """Images that fit into the cache together."""
    images = max(1, _BLOCK_BYTES // max(1, x[:1].nbytes))
    return (slice(n, n + images) for n in range(0, len(x), images))


def _largest(x: Array, out: Array, height: int, width: int, stride: int) -> None:
    """Store the maximum of each window of x into out."""
    cells = [x[place] for _, place in _places(height, width, stride, *out.shape[2:])]
    np.maximum(cells[0], cells[-1], out=out)
    for each in cells[1:-1]:
        np.maximum(out, each, out=out)


def _places(
    height: int, width: int, stride: int, H_out: int, W_out: int
) -> Iterator[tuple[tuple[int, int], tuple[slice, ...]]]:
    """Each place of a window in reading order, with where it lies in all windows at once."""
    every = slice(None)
    for i in range(height):
        rows = slice(i, i + stride * (H_out - 1) + 1, stride)
        for j in range(width):
            yield (i, j), (every, every, rows, slice(j, j + stride * (W_out - 1) + 1, stride))
