"""The fast baseline, in the students' own signature: a matrix product, or sums along the width, then the height.

Where each window begins below the one above it, the rows of x that a row of windows covers lie behind one another in
memory, and are a row of a matrix with the same numbers as x. Its product with a matrix that holds the share of each of
those numbers in each window is out: x is read once, and nothing of its size is stored in between. Almost all shares are
zero, and each costs a multiplication, so this pays only where those rows are short. It wants finite numbers.

Otherwise the cells at place j along the width of all windows are added, views of x, `x[:, :, :, j::stride]`, and then
the sums at place i along the height. Images are taken in blocks that stay in the processor's cache between the two.

Backward goes through the places (i, j) of a window, each of which gets the same share of dout, in blocks of images. How
fast it is, is printed by `python -m benchmarks.baseline`.

NumPy only, since it runs in a sandbox like a submission's. Correct on everything the reference is: any layout and
stride, overlapping windows, ragged shapes (floor). Results have the dtype of their inputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]
_BLOCK_BYTES = 1024 * 1024
"""What a block of images may take: a usual second-level cache."""
_HEIGHT, _WIDTH = 2, 3
"""The axes of x along which a window has a size."""
_SHORT = 64
"""Numbers in the rows that a row of windows covers, up to which the product was faster than the sums."""
_SMALL_PRODUCT = 1_000_000
"""Multiplications of a product whose operands OpenBLAS does not copy first, with AVX-512 (see conv2d's baseline)."""


def avg_pool_forward_fast(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The mean of each window of x (N, C, H, W).

    Args:
        x: images, a float dtype, any memory layout.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), cache = (x, pool_param).
    """
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    out = np.empty((*x.shape[:2], 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride), x.dtype)
    below_one_another = height == stride and x.shape[2] == height * out.shape[2] and x.flags.c_contiguous
    if below_one_another and height * x.shape[3] <= _SHORT:
        _multiply(x.reshape(-1, height * x.shape[3]), _shares(x, out, pool_param), out.reshape(-1, out.shape[3]))
        return out, (x, pool_param)
    blocks = [*_blocks(x)]
    buffer = np.empty((len(x[blocks[0]]), *x.shape[1:3], out.shape[3]), x.dtype)
    for images in blocks:
        means, sums = out[images], buffer[: len(x[images])]
        _add(_cells(x[images], _WIDTH, width, stride), sums)
        _add(_cells(sums, _HEIGHT, height, stride), means)
        means *= 1 / (height * width)
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


def _shares(x: Array, out: Array, pool_param: Mapping[str, int]) -> Array:
    """What each number of the rows that a row of windows covers counts in each of the windows, shape (cells, W_out)."""
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    W, W_out = x.shape[3], out.shape[3]
    shares = np.zeros((height, W * W_out), x.dtype)
    for j in range(width):  # from one window to the next: stride rows down, one column on
        shares[:, j * W_out :: stride * W_out + 1][:, :W_out] = 1 / (height * width)
    return shares.reshape(height * W, W_out)


def _multiply(rows: Array, shares: Array, out: Array) -> None:
    """Store the product, a block of rows at a time."""
    step = max(1, _SMALL_PRODUCT // shares.size)
    for start in range(0, len(rows), step):
        np.matmul(rows[start : start + step], shares, out=out[start : start + step])


def _cells(x: Array, axis: int, size: int, stride: int) -> list[Array]:
    """For each place of a window along an axis, the cells there of all windows at once."""
    before, last = (slice(None),) * axis, x.shape[axis] - size
    return [x[(*before, slice(i, last + i + 1, stride))] for i in range(size)]


def _add(arrays: Sequence[Array], out: Array) -> None:
    """Store the sum of arrays of one shape."""
    if len(arrays) == 1:
        out[...] = arrays[0]
        return
    np.add(arrays[0], arrays[1], out=out)
    for each in arrays[2:]:
        out += each


def _blocks(x: Array) -> Iterator[slice]:
    """Images that fit into the cache together, about as many in each block."""
    count = max(1, -(-x.nbytes // _BLOCK_BYTES))
    images = -(-len(x) // count)
    return (slice(n, n + images) for n in range(0, len(x), images))


def _places(height: int, width: int, stride: int, H_out: int, W_out: int) -> Iterator[tuple[slice, ...]]:
    """Where each place of a window lies in all windows at once."""
    every = slice(None)
    for i in range(height):
        rows = slice(i, i + stride * (H_out - 1) + 1, stride)
        for j in range(width):
            yield every, every, rows, slice(j, j + stride * (W_out - 1) + 1, stride)
