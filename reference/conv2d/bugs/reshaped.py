"""Matrices that are given another shape where their axes have to be moved."""

from collections.abc import Callable

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, exchange, then
from reference.conv2d.windows import kernel_gradient, products, spread
from reference.spec import Bug


def _windows(view: Array) -> Array:
    """Windows (N, C, H_out, W_out, HH, WW), laid out with the kernel's places first and read as if they were last."""
    N, C, H_out, W_out, HH, WW = view.shape
    laid_out = view.transpose(0, 1, 4, 5, 2, 3).reshape(N, H_out, W_out, C, HH, WW)
    return laid_out.transpose(0, 3, 1, 2, 4, 5)


def _as_columns(view: Array) -> Array:
    """A matrix with a row for each window of an image, read as if it had a column for each."""
    N, C, H_out, W_out, HH, WW = view.shape
    laid_out = view.transpose(0, 2, 3, 1, 4, 5).reshape(N, C, HH, WW, H_out, W_out)
    return laid_out.transpose(0, 1, 4, 5, 2, 3)


def _all_as_columns(view: Array) -> Array:
    """The same of the windows of all images."""
    N, C, H_out, W_out, HH, WW = view.shape
    laid_out = view.transpose(0, 2, 3, 1, 4, 5).reshape(C, HH, WW, N, H_out, W_out)
    return laid_out.transpose(3, 0, 4, 5, 1, 2)


_RESHAPED = (_windows, _as_columns, _all_as_columns)


def _products_of(reshaped: Callable[[Array], Array]) -> Change:
    return exchange(products=lambda view, w: products(reshaped(view), w))


def _gradient_of(reshaped: Callable[[Array], Array]) -> Change:
    return exchange(dw=lambda dout, view: kernel_gradient(dout, reshaped(view)))


def _columns(*order: int) -> Change:
    """What each window gets, laid out in this order and read as (N, C, HH, WW, H_out, W_out)."""

    def changed(dout: Array, w: Array) -> Array:
        parts = spread(dout, w)
        N, C, H_out, W_out, HH, WW = parts.shape
        laid_out = parts.transpose(order).reshape(N, C, HH, WW, H_out, W_out)
        return laid_out.transpose(0, 1, 4, 5, 2, 3)

    return exchange(spread=changed)


def _not_transposed(w: Array) -> Array:
    """Kernels as the columns of `w.reshape(-1, F)`."""
    return w.reshape(-1, len(w)).T.reshape(w.shape)


def _dw_not_transposed(dw: Array, *_: Array) -> Array:
    """A matrix with a column for each filter, given the shape of w."""
    return np.ascontiguousarray(dw.reshape(len(dw), -1).T).reshape(dw.shape)


_MOVES_NO_AXIS = "reshape moves no axis: it reads the numbers in their order in memory."


def _of_weights(output: str, change: Change) -> Bug:
    return bug(
        f"{output}-weights-reshaped", "w is made a matrix by reshape alone, where its axes have to be moved",
        "w.reshape(F, -1) has a row for each filter, and its transpose a column for each. w.reshape(-1, F) has the "
        f"shape of that transpose, with numbers of all filters in each column: {_MOVES_NO_AXIS}",
        "The line that makes a matrix of w.",
        "Print w.reshape(F, -1) and your matrix, for 2 filters. Which row or column of yours is filter 0?",
        change, place="weights reshaped",
    )  # fmt: skip


BUGS = (
    bug(
        "out-windows-reshaped", "The windows are reshaped where their axes have to be moved",
        "An array in which the kernel's places stand before what counts windows is given the shape of a matrix with a "
        "row for each window, or one with a row for each is given that of a matrix with a column for each. "
        f"{_MOVES_NO_AXIS} So each row or column mixes windows.",
        "The line that makes the windows a matrix.",
        "Which axes count windows, and which the numbers of one? Transpose them into that order, then reshape.",
        *map(_products_of, _RESHAPED), place="windows reshaped",
    ),
    bug(
        "dw-windows-reshaped", "For dw the windows are reshaped where their axes have to be moved",
        "An array in which the kernel's places stand before what counts windows is given the shape of a matrix with a "
        "row for each window, or one with a row for each is given that of a matrix with a column for each. "
        f"{_MOVES_NO_AXIS} So each row or column mixes windows.",
        "The line that makes the windows a matrix.",
        "Which axes count windows, and which the numbers of one? Transpose them into that order, then reshape.",
        *map(_gradient_of, _RESHAPED), place="windows reshaped",
    ),
    bug(
        "dx-windows-reshaped", "The windows of dx are reshaped where their axes have to be moved",
        "The matrix of dx has a row or a column for each window. As it is, it is given the shape of an array whose "
        f"axes lie in another order than its numbers do. {_MOVES_NO_AXIS}",
        "The line that takes the matrix of dx apart into windows.",
        "Give it the shape of the order in which its numbers lie first, then transpose it.",
        *(_columns(*order) for order in ((0, 2, 3, 1, 4, 5), (1, 4, 5, 2, 3, 0), (1, 4, 5, 0, 2, 3))),
        place="columns reshaped",
    ),
    _of_weights("out", exchange(kernel=_not_transposed)),
    _of_weights("dx", exchange(dx_kernel=_not_transposed)),
    bug(
        "dw-not-transposed", "The matrix of dw is reshaped where it has to be transposed",
        "The matrix has a column for each filter, and w has its filters first. Given the shape of w as it is, numbers "
        f"of other filters come to stand in a place: {_MOVES_NO_AXIS}",
        "The line that gives dw the shape of w.",
        "Which axis of that matrix counts filters, and which axis of w?",
        then("dw", _dw_not_transposed), place="dw reshaped",
    ),
)  # fmt: skip
