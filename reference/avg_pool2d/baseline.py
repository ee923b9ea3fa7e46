"""The fast baseline, in the students' own signature: sums along the width, then along the height.

The cells at place j along the width of all windows are added, views of x, and then the sums at place i along the
height. Images are taken in blocks that stay in the processor's cache between the two.

NumPy takes some 50 ns for a row however short it is. So where the width is a multiple of the stride, a block is one
long row: a window that begins at each stride of it is summed, also where it runs over the end of an image's row, and
each sum is added to those that stand a row further on. What belongs to no window is left out at the end.

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


def avg_pool_forward_fast(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The mean of each window of x (N, C, H, W).

    Args:
        x: images, a float dtype, any memory layout.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), cache = (x, pool_param).
    """
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    (N, C, H, W), H_out, W_out = x.shape, 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride
    out, blocks, share = np.empty((N, C, H_out, W_out), x.dtype), [*_blocks(x)], 1 / (height * width)
    if W % stride == 0 and x.flags.c_contiguous:
        places = W // stride
        of_rows, of_windows = np.empty((2, x[blocks[0]].size // stride), x.dtype)
        for images in blocks:
            columns = _cells(x[images].reshape(-1), 0, width, stride)
            _add(columns, of_rows[: len(columns[0])])
            rows = _rows_behind(of_rows[: len(columns[0])], places, height)
            _add(rows, of_windows[: len(rows[0])])
            windows = of_windows[: x[images].size // stride].reshape(-1, C, H, places)
            np.multiply(windows[:, :, : H_out * stride : stride, :W_out], share, out=out[images])
        return out, (x, pool_param)
    buffer = np.empty((len(x[blocks[0]]), C, H, W_out), x.dtype)
    for images in blocks:
        means, sums = out[images], buffer[: len(x[images])]
        _add(_cells(x[images], _WIDTH, width, stride), sums)
        _add(_cells(sums, _HEIGHT, height, stride), means)
        means *= share
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


def _cells(x: Array, axis: int, size: int, stride: int) -> list[Array]:
    """For each place of a window along an axis, the cells there of all windows at once."""
    before, last = (slice(None),) * axis, x.shape[axis] - size
    return [x[(*before, slice(i, last + i + 1, stride))] for i in range(size)]


def _rows_behind(sums: Array, width: int, height: int) -> list[Array]:
    """The sums in each row, and in each of the `height - 1` rows behind it, as if all pictures were one long row."""
    length = sums.size - (height - 1) * width
    return [sums[i * width : i * width + length] for i in range(height)]


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
