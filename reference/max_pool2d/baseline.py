"""The fast baseline, in the students' own signature: along one axis of all windows at once, then along the other.

The largest number of a window is the largest of its columns' largest numbers, so a window of height*width cells takes
height + width - 2 maxima, and not height*width - 1. The cells at place i along an axis of all windows are a view of x,
`x[:, :, i::stride]`, so nothing is copied. Backward is by rows: the gradient goes from a window to its first row with
the largest number, and in that to the first such cell. That is the first one that none behind it exceeds, and what a
cell does not get is left for those behind it. Images are taken in blocks that stay in the processor's cache between the
passes. How fast it is, is printed by `python -m benchmarks.baseline`.

NumPy only, since it runs in a sandbox like a submission's. Correct on everything the reference is: any layout and
stride, overlapping windows, ragged shapes (floor). Results have the dtype of their inputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]
_BLOCK_BYTES = 1024 * 1024
"""What a block of images may take: a usual second-level cache."""
_HEIGHT, _WIDTH = 2, 3
"""The axes of x along which a window has a size."""


def max_pool_forward_fast(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The largest number of each window of x (N, C, H, W).

    Args:
        x: images, any real dtype and memory layout.
        pool_param: `{"pool_height": int, "pool_width": int, "stride": int}`.

    Returns:
        `(out, cache)`: out of shape (N, C, H_out, W_out), cache = (x, pool_param).
    """
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    out = np.empty((*x.shape[:2], 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride), x.dtype)
    for images in _blocks(x):
        of_columns = _largest(_cells(x[images], _HEIGHT, height, stride))
        _largest(_cells(of_columns, _WIDTH, width, stride), out[images])
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
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    dx = np.empty(x.shape, dout.dtype)
    for images in _blocks(x):
        of_rows = _largest(_cells(x[images], _WIDTH, width, stride))
        gradient = np.empty(of_rows.shape, dout.dtype)
        _send_back(dout[images], of_rows, gradient, _HEIGHT, height, stride)
        _send_back(gradient, x[images], dx[images], _WIDTH, width, stride)
    return dx


def _blocks(x: Array) -> Iterator[slice]:
    """Images that fit into the cache together."""
    images = max(1, _BLOCK_BYTES // max(1, x[:1].nbytes))
    return (slice(n, n + images) for n in range(0, len(x), images))


def _cells(x: Array, axis: int, size: int, stride: int) -> list[Array]:
    """For each place of a window along an axis, the cells there of all windows at once."""
    before, last = (slice(None),) * axis, x.shape[axis] - size
    return [x[(*before, slice(i, last + i + 1, stride))] for i in range(size)]


def _largest(cells: Sequence[Array], out: Array | None = None) -> Array:
    """The largest at each place, stored into `out`, or else into an array of its own, or that of one place alone."""
    if out is None and len(cells) == 1:
        return cells[0]
    out = np.maximum(cells[0], cells[-1], out=out)
    for each in cells[1:-1]:
        np.maximum(out, each, out=out)
    return out


def _send_back(gradient: Array, x: Array, dx: Array, axis: int, size: int, stride: int) -> None:
    """Store the gradient of x into dx, given that of the largest of each window along one axis."""
    cells, places = _cells(x, axis, size, stride), _cells(dx, axis, size, stride)
    is_apart = stride >= size
    if not (is_apart and size > 1 and size * gradient.shape[axis] == dx.shape[axis]):
        dx[...] = 0
    behind = [*accumulate(reversed(cells[1:]), np.maximum)][::-1]
    left, room = gradient, places[-1] if is_apart else np.empty_like(gradient)
    for cell, largest_behind, place in zip(cells, behind, places, strict=False):
        part = np.multiply(left, cell >= largest_behind, out=place if is_apart else None)
        if not is_apart:
            np.add(place, part, out=place)
        left = np.subtract(left, part, out=room)
    if left is not places[-1]:
        places[-1] += left
