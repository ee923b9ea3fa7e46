"""An index or a size of one axis stands where that of another belongs: n for f, F for HH, H_out for W_out."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from reference.conv2d.bugs.in_turn import Numbers, gradients_in_turn, gradients_stored, in_order_of_rows, sums_in_turn
from reference.conv2d.bugs.parts import Array, as_far_as, bug, geometry, of_size, slid, zeros_beyond
from reference.conv2d.steps import Change, Geometry, both, exchange, on_every_edge, then, usual_sizes
from reference.conv2d.steps import geometry as sizes
from reference.conv2d.windows import Edge, Place

Kernel = Callable[[int, int, int], tuple[int, int]]
"""F, HH and WW -> how many rows and columns the kernel is taken to have."""


def _by_image(of_filters: Array, images: int) -> Array:
    """The entry of number n for each image n; IndexError where there are fewer."""
    if images > len(of_filters):
        raise IndexError("index is out of bounds")
    return of_filters[:images]


def _bias_of_image(out: Array, b: Array, g: Geometry) -> Array:
    return out + _by_image(b, g.N)[:, None, None, None]


def _products_of_image(view: Array, w: Array) -> Array:
    sums = np.einsum("nchwij,ncij->nhw", view, _by_image(w, len(view)))
    return np.repeat(sums[:, None], len(w), axis=1)


def _spread_of_image(dout: Array, w: Array) -> Array:
    parts: Array = np.einsum("nfhw,ncij->nchwij", dout, _by_image(w, len(dout)))
    return parts


def _dw_by_image(dout: Array, view: Array) -> Array:
    sums = np.einsum("nfhw,nchwij->ncij", dout, view)
    dw = np.zeros((dout.shape[1], *sums.shape[1:]))
    _by_image(dw, len(sums))[:] = sums
    return dw


_FILTERS: tuple[Kernel, ...] = (lambda F, HH, WW: (F, F), lambda F, HH, WW: (F, WW), lambda F, HH, WW: (HH, F))


def _taken(g: Geometry, kernel: Kernel) -> Geometry:
    HH, WW = kernel(g.F, g.HH, g.WW)
    return replace(g, HH=HH, WW=WW)


def _out_of_filters(kernel: Kernel) -> tuple[Change, ...]:
    """In the size of the output, in the window, in both, or as the bounds of loops over the kernel."""
    in_window = slid(of_size(lambda g: kernel(g.F, g.HH, g.WW)))
    in_size = exchange(sizes=lambda padded, g: usual_sizes(padded, _taken(g, kernel)))
    return (
        *on_every_edge(in_size),
        in_window,
        both(geometry(lambda g: _taken(g, kernel)), in_window),
        exchange(kernel=lambda w: zeros_beyond(w, *kernel(len(w), *w.shape[2:]))),
    )


def _bwd_of_filters(kernel: Kernel) -> tuple[Change, ...]:
    """As in forward, but that the size of the output bounds loops over dout."""

    def upstream(dout: Array, g: Geometry) -> Array:
        sizes = usual_sizes(dout, _taken(g, kernel))
        return as_far_as(dout, *(max(0, size) for size in sizes))

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        (HH, WW), dw = kernel(g.F, g.HH, g.WW), np.zeros((g.F, g.C, g.HH, g.WW))
        for h, row in enumerate(starts[0]):
            for k, column in enumerate(starts[1]):
                window = source[:, :, row : row + HH, column : column + WW]
                dw += np.einsum("nf,ncij->fcij", dout[:, :, h, k], window)
        return dw

    def nest(dout: Array, padded: Array, w: Array, starts: Place) -> tuple[Array, Array]:
        (HH, WW), dx_padded = kernel(len(w), *w.shape[2:]), np.zeros_like(padded)
        for h, row in enumerate(starts[0]):
            for k, column in enumerate(starts[1]):
                window = dx_padded[:, :, row : row + HH, column : column + WW]
                window += np.einsum("nf,fcij->ncij", dout[:, :, h, k], w)
        return dx_padded, gather(dout, padded, starts, sizes(padded, w, {"stride": 1, "pad": 0}), "in place")

    def kept(values: Array, *_: Any) -> Array:
        return zeros_beyond(values, *kernel(len(values), *values.shape[2:]))

    loops = both(exchange(dx_kernel=kept), then("dw", kept))
    return exchange(upstream=upstream), exchange(nest=nest), exchange(gather=gather), loops


def _taken_apart(rows: bool, columns: bool) -> Numbers:
    """A flat index that is divided by H_out for its row, or of which the remainder by H_out is the column."""

    def numbers(H_out: int, W_out: int) -> tuple[Array, Array]:
        at = np.arange(H_out * W_out)
        return at // (H_out if rows else W_out), at % (H_out if columns else W_out)

    return numbers


def _put_together(H_out: int, W_out: int) -> tuple[Array, Array]:
    """Where the result of window (r, c) is found that is stored as number r * H_out + c."""
    rows, columns = in_order_of_rows(H_out, W_out)
    at = rows * H_out + columns
    return at // W_out, at % W_out


def _with_bias_there(numbers: Numbers) -> Change:
    """The bias is added to each result, and what no number leads to stays zero."""

    def kept(out: Array, *_: Any) -> Array:
        there = np.zeros(out.shape[2:], bool)
        there[numbers(*out.shape[2:])] = True
        return np.where(there, out, 0.0)

    return both(sums_in_turn(numbers, numbers), then("bias", kept))


_WRONG = tuple(_taken_apart(*by) for by in product((False, True), repeat=2) if any(by))


_FOR_FILTERS = (
    "The number of filters F stands where HH or WW, the kernel's rows and columns, belongs. It is right only where "
    "there happen to be as many filters.",
    "What F stands for is the first number of w.shape. Is each of its places about filters?",
)
_FLAT = (
    "Windows are counted by the wrong size",
    "An index that counts all windows goes through a row of W_out columns first: window (r, c) has the index "
    "r*W_out + c, so r is index // W_out and c is index % W_out, and the windows get the shape (H_out, W_out). H_out "
    "in the place of W_out is right only where the output is square.",
    "The lines that make an index of a row and a column, or take one apart with // and %, and shapes and arguments in "
    "which H_out and W_out stand, such as those of col2im.",
    "With 2 rows and 3 columns, in which row and column is number 3? And by your formula?",
)


def _of_other_side(padded: Array, g: Geometry) -> tuple[int, int]:
    return usual_sizes(padded, replace(g, HH=g.WW, WW=g.HH))


BUGS = (
    bug(
        "out-bias-of-image", "The bias is taken by the number of the image",
        "Image n gets b[n] added in every filter, and filter f of it should get b[f]. With more images than filters "
        "the index runs past the end of b.",
        "The index of b.",
        "Which loop variable counts the filters, and which one does b see?",
        exchange(bias=_bias_of_image), place="image for filter",
    ),
    bug(
        "out-kernel-of-image", "The weights are taken by the number of the image",
        "Image n is multiplied with w[n] for every filter, and filter f of it should see w[f]. With more images than "
        "filters the index runs past the end of w.",
        "The index of w in the product.",
        "Which loop variable counts the filters, and which one does w see?",
        exchange(products=_products_of_image), place="image for filter",
    ),
    bug(
        "dx-kernel-of-image", "For dx the weights are taken by the number of the image",
        "What goes back to image n is multiplied with w[n], and what comes from filter f should meet w[f]. With more "
        "images than filters the index runs past the end of w.",
        "The index of w where dx is added up.",
        "Which loop variable counts the filters, and which one does w see?",
        exchange(spread=_spread_of_image), place="image for filter",
    ),
    bug(
        "dw-of-image", "dw is added up by the number of the image",
        "What filter f contributes is added to dw[n], the weights of the filter with the image's number, and belongs "
        "to dw[f]. With more images than filters the index runs past the end of dw.",
        "The index of dw where it is added up.",
        "Which loop variable counts the filters, and which one does dw see?",
        exchange(dw=_dw_by_image), place="image for filter of dw",
    ),
    bug(
        "out-kernel-from-filters", "F is used where HH or WW belongs",
        _FOR_FILTERS[0], "The formula for the output size, the slice that cuts the window out, loops over the kernel.",
        _FOR_FILTERS[1],
        *(variant for kernel in _FILTERS for variant in _out_of_filters(kernel)), place="filters for kernel",
    ),
    bug(
        "bwd-kernel-from-filters", "F is used where HH or WW belongs in backward",
        _FOR_FILTERS[0], "The formula for the output size, the slices of backward, loops over the kernel.",
        _FOR_FILTERS[1],
        *(variant for kernel in _FILTERS for variant in _bwd_of_filters(kernel)), spoils=("dx", "dw", "db"),
        place="filters for kernel",
    ),
    bug(
        "out-size-of-other-side", "HH and WW are swapped in the output size",
        "H_out is computed with WW and W_out with HH, though the windows themselves are right. Square kernels hide it.",
        "The formulas for H_out and W_out.",
        "A padded image of 4 rows, a kernel of 2 rows and 3 columns, stride 1: how many rows has out?",
        *on_every_edge(exchange(sizes=_of_other_side)), place="wrong axis",
    ),
    bug(
        "out-flat-index", *_FLAT, *(sums_in_turn(wrong) for wrong in _WRONG),
        *(sums_in_turn(wrong, wrong) for wrong in _WRONG), sums_in_turn(in_order_of_rows, _put_together),
        *map(_with_bias_there, _WRONG), place="flat index", in_text=True,
    ),
    bug(
        "bwd-flat-index", f"{_FLAT[0]} in backward", *_FLAT[1:],
        *(variant for wrong in _WRONG for variant in gradients_in_turn(wrong)), *gradients_stored(_put_together),
        spoils=("dx", "dw", "db"), place="flat index",
    ),
)  # fmt: skip
