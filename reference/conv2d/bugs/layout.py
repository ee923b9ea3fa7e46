"""What was computed is right, but rows, columns or results lie in another order."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, finish, square_kernel
from reference.conv2d.steps import Change, Geometry, exchange, on_every_edge, then
from reference.conv2d.windows import Edge, Place, products, windows
from reference.spec import Bug


def _turned(out: Array, *_: Any) -> Array:
    if out.shape[2] != out.shape[3]:
        raise IndexError("index is out of bounds")
    return out.swapaxes(2, 3)


def _other_windows(dout: Array) -> Array:
    """Place (r, c) of dout meets the window that begins at row c*stride and column r*stride, if it is there."""
    return dout.swapaxes(2, 3)


def _by_columns(values: Array, *_: Any) -> Array:
    """Places that are laid out column by column, and read row by row."""
    return values.swapaxes(2, 3).reshape(values.shape)


def _read_by_columns(values: Array, *_: Any) -> Array:
    """Places that are laid out row by row, and read column by column: that of (r, c) at index c*H_out + r."""
    *before, H_out, W_out = values.shape
    return values.reshape(*before, W_out, H_out).swapaxes(2, 3)


def _transposed_kernel(w: Array) -> Array:
    return square_kernel(w).swapaxes(2, 3)


def _products_exchanged(view: Array, w: Array) -> Array:
    """By letters: what is of length one is stretched."""
    out: Array = np.einsum("nchwji,fcij->nfhw", view, w)
    return out


_EDGES: tuple[Edge, ...] = ("slices", "strict")


def _from_the_other_place(edge: Edge) -> Callable[..., Array]:
    """The window of row r and column c begins where that of row c and column r should."""

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        view = windows(padded, (starts[1], starts[0]), g.HH, g.WW, edge)
        return products(view.swapaxes(2, 3), w)

    return slide


def _rows_flipped(values: Array, *_: Any) -> Array:
    return values[:, :, ::-1]


def _columns_flipped(values: Array, *_: Any) -> Array:
    return values[:, :, :, ::-1]


def _filters_last(out: Array, *_: Any) -> Array:
    return out.transpose(0, 2, 3, 1)


def _read_in_that_order(out: Array, *_: Any) -> Array:
    """Reshaped from that order, which moves no axis."""
    return _filters_last(out).reshape(out.shape)


def _in_the_order(*axes: int) -> Change:
    """Results that lie in memory with their axes in this order, and get the shape of out as if they did not."""
    return then("finish", lambda out, *_: out.transpose(axes).reshape(out.shape))


def _in_one_order_for_another(written: tuple[int, ...], read: tuple[int, ...]) -> Change:
    return then("finish", lambda out, *_: _mixed(out, written=written, read=read))


def _squeezed(output: str, *changes: Change) -> Bug:
    return bug(
        f"{output}-squeezed", f"{output} has lost its axes of length 1",
        f"{output} is squeezed: where an axis has length 1, such as that of a single image or channel, it goes. The "
        "numbers are right, the shape is not.",
        f"The line that squeezes {output}.",
        "Which axes of length 1 did you want to lose? squeeze takes all of them, unless it is told which.",
        *changes, place="squeezed",
    )  # fmt: skip


def _reordered(*order: int) -> Change:
    return then("finish", lambda gradients, *_: tuple(gradients[i] for i in order))


def _in_other_orders() -> Iterator[Change]:
    """As a matrix with a row, or a column, for each filter, for all gradients, beside a db that is summed by itself.

    Or for one of them.
    What is taken apart in another order for dx gives what it would give of such a dout.
    """
    images_last, images_next, as_it_comes, filters_last = (1, 2, 3, 0), (1, 0, 2, 3), (0, 1, 2, 3), (0, 2, 3, 1)
    rows = product((as_it_comes, images_next, images_last), (images_last, images_next))
    for written, read in (*rows, (as_it_comes, filters_last), (filters_last, images_next)):
        if written != read:
            step = partial(_mixed, written=written, read=read)
            yield from (exchange(upstream=step), exchange(upstream=step, db_of_all=True))
            yield from (exchange(dx_upstream=step), exchange(dw_upstream=step))


def _mixed(dout: Array, *_: Any, written: tuple[int, ...], read: tuple[int, ...]) -> Array:
    """An array with its axes in one order in memory, and read as if they were in another."""
    laid_out = dout.transpose(written).reshape([dout.shape[axis] for axis in read])
    return laid_out.transpose([int(axis) for axis in np.argsort(read)])


BUGS = (
    bug(
        "bwd-only-reshaped", "Images, filters or places are read in another order than they lie in, in backward",
        "Windows that are rows or columns of a matrix lie there in some order of images, rows and columns. dout as a "
        "matrix has to be in the same order, and what is made of the two is taken apart in it; here one of them is in "
        "another. dout itself counts images first, then filters, and reshape moves no axis: all numbers keep their "
        "order, and only where rows begin changes. A transpose moves axes.",
        "The line that makes dout a matrix or reads it with one index, and those that lay windows side by side or take "
        "them apart for this gradient.",
        "Number 1 of what you made of dout: which image, filter and place is it of, and which window does it meet? And "
        "where does number 1 of the result go?",
        *_in_other_orders(), spoils=("dx", "dw", "db"), place="dout reshaped",
    ),
    bug(
        "bwd-dout-transposed", "Rows and columns of dout, or of its windows, are swapped",
        "The upstream gradient of place (c, r) is used for the window of place (r, c).",
        "The indices of dout and of the windows.",
        "Which index, or which axis, counts rows?",
        exchange(dx_upstream=_turned, dw_upstream=_turned), exchange(upstream=_turned),
        exchange(dx_upstream=_turned), exchange(dw_upstream=_turned),
        exchange(upstream=_by_columns), exchange(dx_upstream=_by_columns), exchange(dw_upstream=_by_columns),
        exchange(dx_upstream=_read_by_columns), exchange(dw_upstream=_read_by_columns),
        *on_every_edge(
            exchange(dx_upstream=_other_windows, dw_upstream=_other_windows),
            exchange(dx_upstream=_other_windows), exchange(dw_upstream=_other_windows),
        ),
        spoils=("dx", "dw"), place="exchanged",
    ),
    bug(
        "dx-kernel-flipped", "The kernel is turned the wrong way for dx",
        "Where windows of dx are added up, the kernel is used as it is. Where dx is computed as a full correlation "
        "over dout, it is turned by 180 degrees. Here it is the other way round.",
        "Where w is used in backward.",
        "The weight at (i, j) met the pixel at (i, j) of the window. Where does its gradient go?",
        exchange(dx_kernel=lambda w: w[:, :, ::-1, ::-1]), place="backwards for dx",
    ),
    bug(
        "dx-kernel-transposed", "Rows and columns of the kernel are swapped for dx",
        "The weight of row i and column j is used at row j and column i.",
        "Where w or a window is indexed, reshaped or transposed for dx.",
        "Follow one weight, w[0, 0, 0, 1]: which pixel of the window did it meet in forward?",
        exchange(dx_kernel=_transposed_kernel), place="exchanged",
    ),
    bug(
        "dw-flipped", "dw comes out flipped",
        "The gradients are right, but each stands at the place that lies opposite in the kernel.",
        "Where dw is written or reversed.",
        "The weight at (i, j) met the pixel at (i, j) of each window.",
        then("dw", lambda dw, *_: dw[:, :, ::-1, ::-1]), place="backwards for dw",
    ),
    bug(
        "dw-transposed", "Rows and columns of dw are swapped",
        "The gradient of the weight at (i, j) stands at (j, i).",
        "Where dw or a window is indexed, reshaped or transposed.",
        "Which axes do i and j lie on, in the window and in dw?",
        then("dw", lambda dw, *_: _transposed_kernel(dw)), then("dw", lambda dw, *_: dw.swapaxes(2, 3)),
        place="exchanged",
    ),
    bug(
        "dx-kernel-flipped-one-axis", "The kernel is flipped along one axis for dx",
        "One axis of the kernel is run through backwards for dx, its rows or its columns. Where windows are added up, "
        "the kernel is used as it is; in a full correlation over dout both axes are turned.",
        "Where w is used in backward: does anything run backwards?",
        "The weight at (i, j) met the pixel at (i, j) of the window. Where does its gradient go?",
        exchange(dx_kernel=_rows_flipped), exchange(dx_kernel=_columns_flipped), place="backwards for dx",
    ),
    bug(
        "dw-flipped-one-axis", "dw comes out flipped along one axis",
        "The gradients are right, but their rows or their columns stand in the opposite order.",
        "Where dw is written or reversed.",
        "The weight at (i, j) met the pixel at (i, j) of each window.",
        then("dw", _rows_flipped), then("dw", _columns_flipped), place="backwards for dw",
    ),
    _squeezed("dx", finish(0, lambda gradients, _: gradients[0].squeeze())),
    _squeezed("dw", finish(1, lambda gradients, _: gradients[1].squeeze())),
    _squeezed("out", then("finish", lambda out, *_: out.squeeze())),
    bug(
        "bwd-swapped-dx-dw", "dx and dw are returned in the wrong order",
        "backward returns (dw, dx, db); asked for is (dx, dw, db).",
        "The return statement, and what the names in it were last assigned.",
        "Print the shapes of what you return: which belongs to x, to w, and to b?",
        _reordered(1, 0, 2), spoils=("dx", "dw"), place="returns",
    ),
    bug(
        "bwd-swapped-dw-db", "dw and db are returned in the wrong order",
        "backward returns (dx, db, dw); asked for is (dx, dw, db).",
        "The return statement, and what the names in it were last assigned.",
        "Print the shapes of what you return: which belongs to x, to w, and to b?",
        _reordered(0, 2, 1), spoils=("dw", "db"), place="returns",
    ),
    bug(
        "out-kernel-flipped", "The kernel is flipped: a true convolution",
        "The kernel is turned by 180 degrees before it meets the window. That is what mathematics calls convolution; "
        "the course (like every deep-learning library) means cross-correlation, without the flip.",
        "Where w is sliced, indexed or handed to what convolves: does anything run backwards? SciPy's convolve and a "
        "product of Fourier transforms flip by themselves.",
        "The top left weight meets the top left pixel of the window.",
        exchange(kernel=lambda w: w[:, :, ::-1, ::-1]), place="backwards",
    ),
    bug(
        "out-kernel-flipped-one-axis", "The kernel is flipped along one axis",
        "One axis of the kernel is run through backwards, its rows or its columns, and the other is not.",
        "Where w is sliced or indexed: does anything run backwards?",
        "The top left weight meets the top left pixel of the window.",
        exchange(kernel=_rows_flipped), exchange(kernel=_columns_flipped), place="backwards",
    ),
    bug(
        "out-filters-last", "The results lie in order with the filters last, not second",
        "The results lie in the order (N, H_out, W_out, F); asked for is (N, F, H_out, W_out). A reshape to that shape "
        "leaves them in their order.",
        "The shape with which out is made, or the last line that reshapes it.",
        "Which axis of out counts filters? (reshape moves no axis, it reads the numbers in their order.)",
        then("finish", _filters_last), then("finish", _read_in_that_order), place="filters last",
    ),
    bug(
        "out-filters-first", "The filters come first in out, not second",
        "out has the shape (F, N, H_out, W_out); asked for is (N, F, H_out, W_out).",
        "The shape with which out is made, or the line that puts the results together.",
        "Which axis of out counts images? Where results are stacked, axis= says where the new one stands.",
        then("finish", lambda out, *_: out.swapaxes(0, 1)), place="filters first",
    ),
    bug(
        "out-only-reshaped", "The results come in another order than the axes of out",
        "out counts images first, then filters. The results count in another order: filters first, as the rows of "
        "w.reshape(F, -1) @ columns or a loop over filters around the one over images give them, or as the windows lie "
        "side by side. Where they get a shape of a different order, results of other filters and images come to stand "
        "in a place: reshape moves no axis.",
        "The line that gives the results the shape of out or stores them there, and what decides about their order: a "
        "product of matrices, or the loops.",
        "In which order do the axes of your results count? Give them that shape first, then transpose it; or exchange "
        "the loops.",
        _in_the_order(1, 2, 3, 0), _in_the_order(1, 0, 2, 3), _in_one_order_for_another((1, 0, 2, 3), (1, 2, 3, 0)),
        _in_one_order_for_another((1, 2, 3, 0), (1, 0, 2, 3)), place="out reshaped",
    ),
    bug(
        "out-kernel-transposed", "Rows and columns are swapped between the kernel and its windows",
        "The weight of row i and column j meets the pixel of row j and column i. Kernels that are symmetric hide it.",
        "Where the kernel or a window is indexed, reshaped or transposed.",
        "Follow one weight, w[0, 0, 0, 1]: which pixel of the window should it meet?",
        exchange(kernel=_transposed_kernel), exchange(products=_products_exchanged), place="exchanged",
    ),
    bug(
        "out-transposed", "Rows and columns of out are swapped",
        "The result for place (r, c) is stored at [c, r], or made of the window of place (c, r). On a square output "
        "everything is there, mirrored at the diagonal; on a rectangular one it does not fit, or lies elsewhere.",
        "The index with which out is written, or windows are cut out, the order of the loops that collect them, or of "
        "axes in a transpose or reshape.",
        "Shapes are (N, F, H_out, W_out): what counts rows there?",
        then("finish", lambda out, *_: out.swapaxes(2, 3)), then("finish", _turned),
        then("finish", _by_columns), *(exchange(slide=_from_the_other_place(edge)) for edge in _EDGES),
        place="exchanged",
    ),
)  # fmt: skip
