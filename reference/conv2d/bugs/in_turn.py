"""Windows that are taken one after the other, by a flat index or a counter, at places of a mistake's own."""

from collections.abc import Callable

import numpy as np

from reference.conv2d.bugs.parts import Array
from reference.conv2d.steps import Change, Geometry, both, exchange
from reference.conv2d.windows import Edge, Place, kernel_gradient, products

Numbers = Callable[[int, int], tuple[Array, Array]]
"""H_out and W_out -> the row and column of each window, in the order in which they are taken."""


def in_order_of_rows(H_out: int, W_out: int) -> tuple[Array, Array]:
    """As they have to be."""
    at = np.arange(H_out * W_out)
    return at // W_out, at % W_out


def _begin(starts: Place, numbers: Numbers) -> Place:
    """Where these windows begin; `starts` are those of the right ones."""
    rows, columns = numbers(*map(len, starts))
    stride = max(int(axis[1:2].sum()) for axis in starts)
    return rows * stride, columns * stride


def _cut(of: Array, places: Place, at: int, kernel: tuple[int, ...]) -> Array:
    """One window, as far as it goes."""
    return of[:, :, places[0][at] : places[0][at] + kernel[0], places[1][at] : places[1][at] + kernel[1]]


def _fit(of: Array, places: Place, kernel: tuple[int, ...]) -> bool:
    """Whether all these windows lie inside, so that the order in which they are taken is no matter."""
    along = zip(places, kernel, of.shape[2:], strict=True)
    return all(bool((axis + size <= past).all()) for axis, size, past in along)


def _all_cut(of: Array, places: Place, kernel: tuple[int, ...]) -> Array:
    """All windows (N, C, windows, 1, HH, WW), which have to have the kernel's size."""
    if not _fit(of, places, kernel):
        raise ValueError("could not broadcast input array")
    rows, columns = (axis[:, None] + np.arange(size) for axis, size in zip(places, kernel, strict=True))
    return of[:, :, rows[:, :, None], columns[:, None, :]][:, :, :, None]


def sums_in_turn(numbers: Numbers, stored: Numbers | None = None) -> Change:
    """Forward: columns of a matrix, one for each window, or each result stored at the place of `stored`."""

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        places, out = _begin(starts, numbers), np.zeros((len(padded), len(w), *map(len, starts)))
        if stored is None:
            sums = products(_all_cut(padded, places, w.shape[2:]), w)[..., 0]
            out.reshape(*out.shape[:2], -1)[:, :, np.arange(len(places[0]))] = sums
        elif _fit(padded, places, w.shape[2:]):
            rows, columns = stored(*map(len, starts))
            out[:, :, rows, columns] = products(_all_cut(padded, places, w.shape[2:]), w)[..., 0]
        else:
            for at, (h, k) in enumerate(zip(*stored(*map(len, starts)), strict=True)):
                out[:, :, h, k] = (_cut(padded, places, at, w.shape[2:])[:, None] * w).sum(axis=(2, 3, 4))
        return out

    return exchange(slide=slide)


def gradients_in_turn(numbers: Numbers) -> tuple[Change, ...]:
    """Backward: dx and dw, or one of them, or both with the numbers of dout from these places as well."""

    def scatter(dx_padded: Array, parts: Array, starts: Place, edge: Edge) -> None:
        places, in_order = _begin(starts, numbers), parts.reshape(*parts.shape[:2], -1, *parts.shape[4:])
        for at in range(len(places[0])):
            window = _cut(dx_padded, places, at, parts.shape[4:])
            window += in_order[:, :, at]

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        places, in_order = _begin(starts, numbers), dout.reshape(*dout.shape[:2], -1)
        taken = in_order[:, :, np.arange(len(places[0])), None]
        return kernel_gradient(taken, _all_cut(source, places, (g.HH, g.WW)))

    def moved(dout: Array) -> Array:
        rows, columns = numbers(*dout.shape[2:])
        return dout[:, :, rows, columns].reshape(dout.shape)

    together = both(exchange(scatter=scatter), exchange(gather=gather))
    also_dout = both(together, exchange(dx_upstream=moved, dw_upstream=moved))
    return together, exchange(scatter=scatter), exchange(gather=gather), also_dout


def gradients_stored(stored: Numbers) -> tuple[Change, ...]:
    """Backward: windows are put where `stored` says, and gradients taken from there, for dx and dw, or one of them."""

    def taken(dout: Array) -> Array:
        rows, columns = stored(*dout.shape[2:])
        return dout[:, :, rows, columns].reshape(dout.shape)

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        rows, columns = stored(*dout.shape[2:])
        in_order = _all_cut(source, _begin(starts, in_order_of_rows), (g.HH, g.WW))
        put = np.zeros_like(in_order)
        for at, place in enumerate(rows * dout.shape[3] + columns):
            put[:, :, place] = in_order[:, :, at]
        return kernel_gradient(dout.reshape(*dout.shape[:2], -1, 1), put)

    moved = exchange(dx_upstream=taken)
    return both(moved, exchange(gather=gather)), moved, exchange(gather=gather)
