"""The fast baseline, in the students' own signature: along one axis of all windows at once, then along the other.

The largest number of a window is the largest of its columns' largest numbers, so a window of height*width cells takes
height + width - 2 maxima, and not height*width - 1. The cells at place i along an axis of all windows are a view of x,
`x[:, :, i::stride]`, so nothing is copied. Where windows lie side by side and fill x, its numbers are taken as one long
row: NumPy goes through `row[i::stride]` at once, and not through each row of each image. Images are taken in blocks
that stay in the processor's cache between the passes.

Backward goes the same way for the course's windows of two by two, side by side: each gradient is given to one of two
rows, then to one of two columns. For other windows it finds out where the first largest cell lies, and stores the
gradient there, or adds it where windows overlap. NumPy is slow where it goes by twos or through many short rows, so the
places along the width are copied next to each other first, and each row is compared with those behind it as if all
pictures were one long row. The rows at which windows begin are taken out of that, each as one piece. How fast it is, is
printed by `python -m benchmarks.baseline`.

NumPy only, since it runs in a sandbox like a submission's. Correct on everything the reference is: any layout and
stride, overlapping windows, ragged shapes (floor), for numbers that are finite. Results have the dtype of their inputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]
_BLOCK_BYTES = 512 * 1024
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
    if stride >= max(height, width) and _is_filled(x, out, stride):
        for images in _blocks(x):
            of_rows = _largest(_next_to_each_other(x[images], stride, 1)[:width])
            rows = _next_to_each_other(of_rows, stride, out.shape[3])[:height]
            _largest(rows, out[images].reshape(rows[0].shape))
        return out, (x, pool_param)
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
    if height == width == stride == 2 and _is_filled(x, dout, stride):
        for images in _blocks(x):
            _to_pairs(dout[images], x[images], dx[images])
        return dx
    for images in _blocks(x):
        winners, gradient = _winners(x[images], height, width, stride), dout[images].reshape(-1)
        cells = dx[images].reshape(-1)
        if stride >= max(height, width):
            cells.fill(0)
            cells[winners] = gradient
        else:
            cells[:] = np.bincount(winners, gradient, cells.size)
    return dx


def _blocks(x: Array) -> Iterator[slice]:
    """Images that fit into the cache together."""
    images = max(1, _BLOCK_BYTES // max(1, x[:1].nbytes))
    return (slice(n, n + images) for n in range(0, len(x), images))


def _cells(x: Array, axis: int, size: int, stride: int) -> list[Array]:
    """For each place of a window along an axis, the cells there of all windows at once."""
    before, last = (slice(None),) * axis, x.shape[axis] - size
    return [x[(*before, slice(i, last + i + 1, stride))] for i in range(size)]


def _is_filled(x: Array, windows: Array, stride: int) -> bool:
    """Whether windows at every `stride` leave nothing of x over, which lies in memory as it is indexed."""
    return x.flags.c_contiguous and x.shape[2:] == (stride * windows.shape[2], stride * windows.shape[3])


def _next_to_each_other(values: Array, count: int, length: int) -> list[Array]:
    """Of each `count` pieces of so many numbers that follow each other in memory: the first, the second, and so on.

    NumPy goes through a piece in some 50 ns however short it is, and through all pieces of length one at a time.
    """
    if length == 1:
        return [values.reshape(-1)[i::count] for i in range(count)]
    pieces = values.reshape(-1, count, length)
    return [pieces[:, i] for i in range(count)]


def _largest(cells: Sequence[Array], out: Array | None = None) -> Array:
    """The largest at each place, stored into `out`, or else into an array of its own, or that of one place alone."""
    if out is None and len(cells) == 1:
        return cells[0]
    out = np.maximum(cells[0], cells[-1], out=out)
    for each in cells[1:-1]:
        np.maximum(out, each, out=out)
    return out


def _to_pairs(dout: Array, x: Array, dx: Array) -> None:
    """Into dx, for windows of two by two side by side: each gradient to one of two rows, then to one of two columns."""
    left, right = columns = _next_to_each_other(x, 2, 1)
    of_rows, width = _largest(columns), dout.shape[3]
    upper, lower = _next_to_each_other(of_rows, 2, width)
    gradients = np.empty(of_rows.shape, dx.dtype)
    _to_larger(dout.reshape(upper.shape), upper, lower, _next_to_each_other(gradients, 2, width))
    _to_larger(gradients, left, right, _next_to_each_other(dx, 2, 1))


def _to_larger(gradient: Array, first: Array, second: Array, into: Sequence[Array]) -> None:
    """The gradient at the larger of two cells, at the first of equal ones, and 0 at the other."""
    of_second = gradient * (second > first)
    np.subtract(gradient, of_second, out=into[0])
    into[1][...] = of_second


def _winners(x: Array, height: int, width: int, stride: int) -> Array:
    """For each window, in order, where the first of its largest cells lies in x, if all of x is one row."""
    (N, C, H, W), number = x.shape, np.min_scalar_type(x.shape[2] * x.shape[3]).type
    cells = [np.ascontiguousarray(each) for each in _cells(x, _WIDTH, width, stride)]
    columns = _first_of_largest(cells, [number(j) for j in range(width)])
    of_rows = _rows_behind(_largest(cells), height)
    places = _rows_behind(np.broadcast_to(columns, cells[0].shape), height)
    windows = np.empty(cells[0].shape, number)
    windows.reshape(-1)[: of_rows[0].size] = _first_of_largest(of_rows, [p + i * W for i, p in enumerate(places)])
    corners = np.add.outer(np.arange(0, H - height + 1, stride) * W, np.arange(0, W - width + 1, stride))
    winners = np.add.outer(np.arange(0, x.size, H * W), corners.reshape(-1))
    winners += _every_row(windows, stride, len(corners)).reshape(N * C, -1)
    found: Array = winners.reshape(-1)
    return found


def _first_of_largest(cells: Sequence[Array], places: Sequence[Any]) -> Any:
    """At each spot, which of `places` belongs to the first of the largest of `cells`, which lie there in that order."""
    place = places[0]
    for cell, other, largest in zip(cells[1:], places[1:], accumulate(cells, np.maximum), strict=False):
        place = place + (other - place) * (cell > largest)
    return place


def _rows_behind(values: Array, height: int) -> list[Array]:
    """The values in each row, and in each of the `height - 1` rows behind it, as if all pictures were one long row."""
    flat, width = values.reshape(-1), values.shape[3]
    length = flat.size - (height - 1) * width
    return [flat[i * width : i * width + length] for i in range(height)]


def _every_row(values: Array, stride: int, count: int) -> Array:
    """The first `count` rows of each picture that are `stride` apart, each moved as one piece."""
    row = np.dtype((np.void, values.shape[3] * values.itemsize))
    rows: Array = np.ascontiguousarray(values.view(row)[:, :, ::stride][:, :, :count])
    return rows.view(values.dtype)
