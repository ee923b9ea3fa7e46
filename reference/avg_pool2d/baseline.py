"""The fast baseline, in the students' own signature: sums along the width of all windows, then along their height.

The cells at place j along the width of all windows are a view of x, `x[:, :, :, j::stride]`, so nothing is copied to
add them. NumPy goes slowly through many short rows, and the rows of these sums are short. So each row is added to the
next as if all pictures were one long row, and the rows at which windows begin are taken out of that, each as one piece.
Backward goes through the places (i, j) of a window, each of which gets the same share of dout. Images are taken in
blocks that stay in the processor's cache between the passes. How fast it is, is printed by
`python -m benchmarks.baseline`.

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
    for images in _blocks(x):
        cells = [x[images, :, :, j : W - width + j + 1 : stride] for j in range(width)]
        sums = _rows_added(_total(cells), height)
        out[images].view(row)[...] = sums.view(row)[:, :, : H - height + 1 : stride]
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


def _total(arrays: Sequence[Array], out: Array | None = None) -> Array:
    """The sum of arrays of one shape; of one alone, without `out`, itself."""
    if out is None and len(arrays) == 1:
        return arrays[0]
    out = np.add(arrays[0], arrays[1], out=out)
    for each in arrays[2:]:
        out += each
    return out


def _rows_added(sums: Array, height: int) -> Array:
    """With each row the `height - 1` rows behind it, contiguous; what is in the last rows of a picture is no sum."""
    found = np.ascontiguousarray(sums)
    if height == 1:
        return found
    flat, width = found.reshape(-1), found.shape[3]
    length = flat.size - (height - 1) * width
    room = np.empty_like(flat)
    _total([flat[i * width : i * width + length] for i in range(height)], room[:length])
    return room.reshape(found.shape)


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
