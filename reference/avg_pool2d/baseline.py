"""The fast baseline, in the students' own signature: sums along the width of all windows, then along their height.

The cells at place j along the width of all windows are a view of x, `x[:, :, :, j::stride]`, so nothing is copied to
add them. NumPy goes slowly through many short rows, and the rows of these sums are short. So each row is added to the
next as if all pictures were one long row, and the rows at which windows begin are taken out of that, each as one piece.
Backward goes through the places (i, j) of a window, each of which gets the same share of dout. Images are taken in
blocks that stay in the processor's cache between the passes, and all blocks share their arrays of sums. How fast it is,
is printed by `python -m benchmarks.baseline`.

NumPy only, since it runs in a sandbox like a submission's. Correct on everything the reference is: any layout and
stride, overlapping windows, ragged shapes (floor). Results have the dtype of their inputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]
_BLOCK_BYTES = 2 * 1024 * 1024
"""What a block of images may take: smaller ones are no faster, for the calls that each of them costs."""


def avg_pool_forward_fast(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The mean of each window of x (N, C, H, W).

    Args:
        x: images, a float dtype, any memory layout.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), cache = (x, pool_param).
    """
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    (N, C, H, W), W_out = x.shape, 1 + (x.shape[3] - width) // stride
    out = np.empty((N, C, 1 + (H - height) // stride, W_out), x.dtype)
    row = np.dtype((np.void, W_out * x.itemsize))
    blocks = [*_blocks(x)]
    buffers = [np.empty((len(x[blocks[0]]), C, H, W_out), x.dtype) for _ in range(2)]
    for images in blocks:
        sums, of_windows = (buffer[: len(x[images])] for buffer in buffers)
        _add([x[images, :, :, j : W - width + j + 1 : stride] for j in range(width)], sums)
        rows = sums.reshape(-1)
        length = rows.size - (height - 1) * W_out
        _add([rows[i * W_out : i * W_out + length] for i in range(height)], of_windows.reshape(-1)[:length])
        out[images].view(row)[...] = of_windows.view(row)[:, :, : H - height + 1 : stride]
        out[images] *= 1 / (height * width)
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
