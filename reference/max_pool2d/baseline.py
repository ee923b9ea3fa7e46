"""The fast baseline, in the students' own signature: along one axis of all windows at once, then along the other.

The largest number of a window is the largest of its columns' largest numbers, so a window of height*width cells takes
height + width - 2 maxima, and not height*width - 1. The cells at place i along an axis of all windows are a view of x,
`x[:, :, i::stride]`, so nothing is copied. Where the stride divides the width, all of x is taken as one long row, which
NumPy goes through at once, and not through each row of each image: `row[j::stride]` are the cells at place j of the
windows of every row of x, also of those at which none begins, and those are not taken over into out. Images are taken
in blocks that stay in the processor's cache between the passes, and what is between them is stored at one place for all
blocks: an array of its own for each had its memory given back and asked for anew, which took a third of the time.

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
_FORWARD_BYTES, _BACKWARD_BYTES = 512 * 1024, 256 * 1024
"""What a block of images may take, so that all that is computed from it is in a usual second-level cache with it."""
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
    (N, C, H, W), H_out, W_out = x.shape, 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride
    out, blocks = np.empty((N, C, H_out, W_out), x.dtype), [*_blocks(x, _FORWARD_BYTES)]
    if W % stride == 0 and x.flags.c_contiguous:
        places = W // stride
        of_rows, of_windows = np.empty((2, x[blocks[0]].size // stride), x.dtype)
        for images in blocks:
            columns = _cells(x[images].reshape(-1), 0, width, stride)
            rows = _rows_behind(_largest(columns, of_rows[: len(columns[0])]), places, height)
            _largest(rows, of_windows[: len(rows[0])])
            windows = of_windows[: x[images].size // stride].reshape(-1, C, H, places)
            out[images] = windows[:, :, : H_out * stride : stride, :W_out]
        return out, (x, pool_param)
    buffer = np.empty((len(x[blocks[0]]), C, H_out, W), x.dtype)
    for images in blocks:
        of_columns = _largest(_cells(x[images], _HEIGHT, height, stride), buffer[: len(x[images])])
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
    fills_x = x.shape[2:] == (2 * dout.shape[2], 2 * dout.shape[3]) and x.flags.c_contiguous
    if height == width == stride == 2 and fills_x:
        for images in _blocks(x, _BACKWARD_BYTES):
            _give_to_pairs(dout[images].reshape(-1, dout.shape[3]), x[images].reshape(-1), dx[images].reshape(-1))
        return dx
    for images in _blocks(x, _BACKWARD_BYTES):
        winners, gradient = _winners(x[images], height, width, stride), dout[images].reshape(-1)
        cells = dx[images].reshape(-1)
        if stride >= max(height, width):
            cells.fill(0)
            cells[winners] = gradient
        else:
            cells[:] = np.bincount(winners, gradient, cells.size)
    return dx


def _blocks(x: Array, most_bytes: int) -> Iterator[slice]:
    """Images that fit into the cache together."""
    images = max(1, most_bytes // max(1, x[:1].nbytes))
    return (slice(n, n + images) for n in range(0, len(x), images))


def _cells(x: Array, axis: int, size: int, stride: int) -> list[Array]:
    """For each place of a window along an axis, the cells there of all windows at once."""
    before, last = (slice(None),) * axis, x.shape[axis] - size
    return [x[(*before, slice(i, last + i + 1, stride))] for i in range(size)]


def _rows_behind(values: Array, width: int, height: int) -> list[Array]:
    """The values in each row, and in each of the `height - 1` rows behind it, as if all pictures were one long row."""
    flat = values.reshape(-1)
    length = flat.size - (height - 1) * width
    return [flat[i * width : i * width + length] for i in range(height)]


def _largest(cells: Sequence[Array], out: Array | None = None) -> Array:
    """The largest at each place, stored into `out`, or else into an array of its own."""
    out = np.maximum(cells[0], cells[-1], out=out)
    for each in cells[1:-1]:
        np.maximum(out, each, out=out)
    return out


def _give_to_pairs(gradients: Array, x: Array, dx: Array) -> None:
    """Into dx, for windows of two by two side by side: each gradient to one of two rows, then to one of two columns.

    Of equal cells the first gets it. NumPy takes some 50 ns for a row however short it is, so rows are copied next to
    each other, and computed with when they are one piece.
    """
    of_rows = np.maximum(x[::2], x[1::2]).reshape(-1, 2, gradients.shape[1])
    upper, lower = of_rows[:, 0].copy(), of_rows[:, 1].copy()
    to_lower = gradients * (lower > upper)
    to_rows = np.empty(of_rows.shape, dx.dtype)
    to_rows[:, 0], to_rows[:, 1] = gradients - to_lower, to_lower
    to_right = to_rows.reshape(-1) * (x[1::2] > x[::2])
    np.subtract(to_rows.reshape(-1), to_right, out=dx[::2])
    dx[1::2] = to_right


def _winners(x: Array, height: int, width: int, stride: int) -> Array:
    """For each window, in order, where the first of its largest cells lies in x, if all of x is one row."""
    (N, C, H, W), number = x.shape, np.min_scalar_type(x.shape[2] * x.shape[3]).type
    cells = [np.ascontiguousarray(each) for each in _cells(x, _WIDTH, width, stride)]
    columns = _first_of_largest(cells, [number(j) for j in range(width)])
    of_rows = _rows_behind(_largest(cells), cells[0].shape[3], height)
    places = _rows_behind(np.broadcast_to(columns, cells[0].shape), cells[0].shape[3], height)
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


def _every_row(values: Array, stride: int, count: int) -> Array:
    """The first `count` rows of each picture that are `stride` apart, each moved as one piece."""
    row = np.dtype((np.void, values.shape[3] * values.itemsize))
    rows: Array = np.ascontiguousarray(values.view(row)[:, :, ::stride][:, :, :count])
    return rows.view(values.dtype)
