"""Loops over rows end where those over columns should, and the reverse."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.conv2d.bugs.in_turn import Numbers, gradients_in_turn, sums_in_turn
from reference.conv2d.bugs.parts import Array, as_far_as, bug, zeros_beyond
from reference.conv2d.steps import Change, Geometry, exchange, then
from reference.conv2d.windows import Edge, Place


def _square(dout: Array, *_: Any) -> Array:
    if dout.shape[2] != dout.shape[3]:
        raise IndexError("index is out of bounds")
    return dout


Ends = Callable[[int, int], tuple[int, int]]
"""H_out and W_out -> where loops over rows and columns end."""


def _rows_twice(H_out: int, W_out: int) -> tuple[int, int]:
    return H_out, H_out


def _columns_twice(H_out: int, W_out: int) -> tuple[int, int]:
    return W_out, W_out


def _up_to(ends: Ends) -> Callable[..., Array]:
    """As far as loops with other ends see dout; IndexError where it has less."""
    return lambda dout, *_: as_far_as(dout, *ends(*dout.shape[2:]))


def _up_to_or_less(ends: Ends) -> Callable[..., Array]:
    """As slices see it, which end where it does."""

    def clipped(dout: Array, *_: Any) -> Array:
        rows, columns = ends(*dout.shape[2:])
        return dout[:, :, :rows, :columns]

    return clipped


def _loops_end(ends: Ends) -> tuple[Change, ...]:
    """Loops over dout with other ends: for all gradients, for dx and dw, and with slices."""
    by_index, by_slice = _up_to(ends), _up_to_or_less(ends)
    return (
        exchange(upstream=by_index), exchange(dx_upstream=by_index, dw_upstream=by_index),
        exchange(upstream=by_slice), exchange(dx_upstream=by_slice, dw_upstream=by_slice),
    )  # fmt: skip


def _gathered(ends: Ends, *, strict: bool) -> Change:
    """For each place of the kernel, slices for dw with other ends.

    They meet dout as NumPy lets shapes meet, or only if they have its shape.
    """

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        dw, (rows, columns) = np.zeros((g.F, g.C, g.HH, g.WW)), ends(*dout.shape[2:])
        for i, j in np.ndindex(g.HH, g.WW):
            places = source[:, :, i : i + rows * g.stride : g.stride, j : j + columns * g.stride : g.stride]
            if strict and places.shape[2:] != dout.shape[2:]:
                raise ValueError("shape-mismatch for sum")
            dw[:, :, i, j] = (dout[:, :, None] * places[:, None]).sum(axis=(0, 3, 4))
        return dw

    return exchange(gather=gather)


def _scattered(ends: Ends) -> Change:
    """For each place of the kernel, slices of dx with other ends, to which is added as NumPy lets shapes meet."""

    def scatter(dx_padded: Array, parts: Array, starts: Place, edge: Edge) -> None:
        rows, columns = ends(*parts.shape[2:4])
        stride = max(1, *(int(axis[1:2].sum()) for axis in starts))
        for i, j in np.ndindex(*parts.shape[4:]):
            dx_padded[:, :, i : i + rows * stride : stride, j : j + columns * stride : stride] += parts[..., i, j]

    return exchange(scatter=scatter)


def _out_ends(ends: Ends) -> tuple[Change, ...]:
    """Loops over out with other ends, index arrays that count too many or too few, and slices by the kernel's places.

    What the loops do not reach stays zero; index arrays of another number than out has crash.
    """

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        out = np.zeros((len(padded), len(w), *map(len, starts)))
        rows, columns = ends(*out.shape[2:])
        for i, j in np.ndindex(*w.shape[2:]):
            places = padded[:, :, i : i + rows * g.stride : g.stride, j : j + columns * g.stride : g.stride]
            out += np.einsum("nchk,fc->nfhk", places, w[:, :, i, j])
        return out

    def kept(out: Array, *_: Any) -> Array:
        return zeros_beyond(out, *ends(*out.shape[2:]))

    return (
        then("bias", kept), then("products", kept), then("products", _square), exchange(slide=slide),
        sums_in_turn(_counted(ends)),
    )  # fmt: skip


def _counted(ends: Ends) -> Numbers:
    """Windows of loops with these ends, which a counter numbers."""

    def numbers(H_out: int, W_out: int) -> tuple[Array, Array]:
        rows, columns = np.indices(ends(H_out, W_out))
        return rows.reshape(-1), columns.reshape(-1)

    return numbers


BUGS = (
    bug(
        "bwd-sizes-swapped", "H_out and W_out are swapped in backward",
        "What counts rows goes up to W_out and what counts columns up to H_out, or each stands where the other "
        "belongs. Square outputs hide it.",
        "The line that unpacks dout.shape, the bounds of the loops, the ends of slices, and the indices of dout.",
        "dout has shape (N, F, H_out, W_out). Which of your names counts its rows?",
        exchange(upstream=_square), spoils=("dx", "dw", "db"), place="wrong axis",
    ),
    bug(
        "bwd-height-twice", "The loop over columns runs over rows",
        "Both loops have the number of rows of dout as their bound, or the slices of both axes end by it. Square "
        "outputs hide it.",
        "The bounds of the loops, or the ends of the slices.",
        "In which places does H_out stand, and is each of them about rows?",
        *_loops_end(_rows_twice), _scattered(_rows_twice), *gradients_in_turn(_counted(_rows_twice))[:3],
        spoils=("dx", "dw", "db"), place="height for width",
    ),
    bug(
        "bwd-width-twice", "The loop over rows runs over columns",
        "Both loops have the number of columns of dout as their bound, or the slices of both axes end by it. Square "
        "outputs hide it.",
        "The bounds of the loops, or the ends of the slices.",
        "In which places does W_out stand, and is each of them about columns?",
        *_loops_end(_columns_twice), _scattered(_columns_twice),
        *gradients_in_turn(_counted(_columns_twice))[:3], exchange(dw_upstream=_up_to(_columns_twice)),
        _gathered(_columns_twice, strict=False), _gathered(_columns_twice, strict=True),
        spoils=("dx", "dw", "db"), place="width for height",
    ),
    bug(
        "dw-height-twice", "For dw the columns reach as far as the rows",
        "The number of rows of dout is used where its number of columns belongs. Square outputs hide it.",
        "The bounds of the loops for dw, and the slices that are multiplied with dout.",
        "In which places does H_out appear, and is each of them about rows?",
        exchange(dw_upstream=_up_to(_rows_twice)), exchange(dw_upstream=_up_to_or_less(_rows_twice)),
        _gathered(_rows_twice, strict=False), _gathered(_rows_twice, strict=True), place="height for width",
    ),
    bug(
        "out-height-twice", "The loop over columns runs over rows",
        "The output has the right size, but the columns are counted to H_out as the rows are, and not to W_out. Square "
        "outputs hide it; in others columns are missing, or windows run past the edge.",
        "The bounds of the loops over rows and columns.",
        "In which places does H_out appear, and is each of them about rows?",
        *_out_ends(_rows_twice), place="height for width",
    ),
    bug(
        "out-width-twice", "The loop over rows runs over columns",
        "The output has the right size, but the rows are counted to W_out as the columns are, and not to H_out. Square "
        "outputs hide it; in others rows are missing, or windows run past the edge.",
        "The bounds of the loops over rows and columns.",
        "In which places does W_out appear, and is each of them about columns?",
        *_out_ends(_columns_twice), place="width for height",
    ),
)  # fmt: skip
