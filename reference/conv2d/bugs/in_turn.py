"""Windows that are taken one after the other, by a flat index or a counter, at places of a mistake's own."""

from collections.abc import Callable

import numpy as np

from reference.conv2d.bugs.parts import Array
from reference.conv2d.steps import Change, Edge, Geometry, Place, both, exchange

Numbers = Callable[[int, int], tuple[Array, Array]]
"""H_out and W_out -> the row and column of each window, in the order in which they are taken."""


def _begin(starts: Place, numbers: Numbers) -> Place:
    """Where these windows begin; `starts` are those of the right ones."""
    rows, columns = numbers(*map(len, starts))
    stride = max(int(axis[1:2].sum()) for axis in starts)
    return rows * stride, columns * stride


def _cut(of: Array, places: Place, at: int, kernel: tuple[int, ...], *, strict: bool) -> Array:
    """One window; where it must have the kernel's size, ValueError if it runs past the edge."""
    found = of[:, :, places[0][at] : places[0][at] + kernel[0], places[1][at] : places[1][at] + kernel[1]]
    if strict and found.shape[2:] != kernel:
        raise ValueError("could not broadcast input array")
    return found


def sums_in_turn(numbers: Numbers, stored: Numbers | None = None) -> Change:
    """Forward: columns of a matrix, one for each window, or each result stored at the place of `stored`."""

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        places, out = _begin(starts, numbers), np.zeros((len(padded), len(w), *map(len, starts)))
        in_order = out.reshape(*out.shape[:2], -1)
        for at in range(len(places[0])):
            window = _cut(padded, places, at, w.shape[2:], strict=stored is None)
            sums = (window[:, None] * w).sum(axis=(2, 3, 4))
            if stored is None:
                in_order[:, :, at] = sums
            else:
                h, k = (int(axis[at]) for axis in stored(*map(len, starts)))
                out[:, :, h, k] = sums
        return out

    return exchange(slide=slide)


def gradients_in_turn(numbers: Numbers) -> tuple[Change, ...]:
    """Backward: dx and dw, or one of them, or both with the numbers of dout from these places as well."""

    def scatter(dx_padded: Array, parts: Array, starts: Place, edge: Edge) -> None:
        places, in_order = _begin(starts, numbers), parts.reshape(*parts.shape[:2], -1, *parts.shape[4:])
        for at in range(len(places[0])):
            window = _cut(dx_padded, places, at, parts.shape[4:], strict=False)
            window += in_order[:, :, at]

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        places, in_order = _begin(starts, numbers), dout.reshape(*dout.shape[:2], -1)
        dw = np.zeros((g.F, g.C, g.HH, g.WW))
        for at in range(len(places[0])):
            window = _cut(source, places, at, (g.HH, g.WW), strict=True)
            dw += np.tensordot(in_order[:, :, at], window, (0, 0))
        return dw

    def moved(dout: Array) -> Array:
        rows, columns = numbers(*dout.shape[2:])
        return dout[:, :, rows, columns].reshape(dout.shape)

    together = both(exchange(scatter=scatter), exchange(gather=gather))
    also_dout = both(together, exchange(dx_upstream=moved, dw_upstream=moved))
    return together, exchange(scatter=scatter), exchange(gather=gather), also_dout
