"""Mistakes about sizes that code with loops makes: those of a square kernel, and of an output as large as the image."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.conv2d.steps import Change, Edge, Geometry, Place, both, exchange, on_every_edge, then
from reference.spec import Bug

Array = NDArray[Any]
Kernel = Callable[[int, int], tuple[int, int]]
"""Rows and columns of the kernel, as they are -> as the code takes them to be."""


def _gathered(kernel: Kernel) -> Change:
    """Windows for dw are cut out with other numbers of rows and columns, and added to dw where they fit."""

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        HH, WW = kernel(g.HH, g.WW)
        dw = np.zeros((g.F, g.C, g.HH, g.WW))
        for h, row in enumerate(starts[0]):
            for w, column in enumerate(starts[1]):
                window = source[:, :, row : row + HH, column : column + WW]
                dw += np.einsum("nf,ncij->fcij", dout[:, :, h, w], window)
        return dw

    return exchange(gather=gather)


def _scattered(kernel: Kernel) -> Change:
    """What belongs to a window is added to a slice of other numbers of rows and columns, where it fits."""

    def scatter(dx_padded: Array, parts: Array, starts: Place, edge: Edge) -> None:
        HH, WW = kernel(*parts.shape[4:])
        for h, row in enumerate(starts[0]):
            for w, column in enumerate(starts[1]):
                dx_padded[:, :, row : row + HH, column : column + WW] += parts[:, :, h, w]

    return exchange(scatter=scatter)


def _only_square(w: Array) -> Array:
    if w.shape[2] != w.shape[3]:
        raise ValueError("cannot reshape array")
    return w


def _first_places(kernel: Kernel) -> Change:
    """Loops over the kernel run over other numbers of rows and columns."""

    def kept(values: Array, *_: Any) -> Array:
        HH, WW = kernel(*values.shape[2:])
        return _zeros_beyond(values, HH, WW)

    return both(exchange(dx_kernel=kept), then("dw", kept))


def _square_kernel(kernel: Kernel) -> tuple[Change, ...]:
    together = both(_gathered(kernel), _scattered(kernel))
    return together, _gathered(kernel), _scattered(kernel), _first_places(kernel)


def _upstream_of_same(whole: bool) -> Change:
    """Loops run over the image; with steps of the stride unless `whole`."""

    def upstream(dout: Array, g: Geometry) -> Array:
        return _as_far_as(dout, *_image(g, whole=whole))

    return exchange(upstream=upstream)


def _out_of_same(whole: bool) -> Change:
    return then("bias", lambda out, _, b, g: _zeros_beyond(out, *_image(g, whole=whole)))


def _image(g: Geometry, *, whole: bool) -> tuple[int, int]:
    return (g.H, g.W) if whole else (-(-g.H // g.stride), -(-g.W // g.stride))


def _as_far_as(values: Array, rows: int, columns: int) -> Array:
    if rows > values.shape[2] or columns > values.shape[3]:
        raise IndexError("index is out of bounds")
    return values[:, :, :rows, :columns]


def _zeros_beyond(out: Array, rows: int, columns: int) -> Array:
    computed = _as_far_as(out, rows, columns)
    kept = np.zeros_like(out)
    kept[:, :, :rows, :columns] = computed
    return kept


def _spread_windows(*, strided: bool) -> Change:
    """The windows for dw see every stride-th row and column; where they begin is `strided`, or not."""

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        step = 1 if strided else g.stride
        rows = (starts[0] // step)[:, None] + np.arange(g.HH) * g.stride
        columns = (starts[1] // step)[:, None] + np.arange(g.WW) * g.stride
        if rows.max(initial=0) >= source.shape[2] or columns.max(initial=0) >= source.shape[3]:
            raise IndexError("index is out of bounds")
        view = source[:, :, rows[:, None, :, None], columns[None, :, None, :]]
        dw: Array = np.einsum("nfhw,nchwij->fcij", dout, view)
        return dw

    return exchange(gather=gather)


BACKWARD = (
    Bug(
        "bwd-kernel-square", "backward", ("dx", "dw", "db"), "The kernel is taken to be square in backward",
        "HH is used where WW belongs, or the reverse. Square kernels hide this; with any other shape the window and "
        "the kernel do not match.",
        "The slices of backward, and the loops over the kernel.",
        "In which places does the height of the kernel appear, and is each of them about rows? And its width?",
        (*_square_kernel(lambda HH, WW: (HH, HH)), *_square_kernel(lambda HH, WW: (WW, WW)),
         exchange(dx_kernel=_only_square)), "wrong axis",
    ),
    Bug(
        "bwd-same-size", "backward", ("dx", "dw", "db"), "The output is taken to be as large as the image in backward",
        "The loops over dout come from H and W, the size of x. That is right only where the padding makes up for the "
        "kernel.",
        "The bounds of the loops over rows and columns.",
        "dout has shape (N, F, H_out, W_out). Which sizes bound your loops?",
        (_upstream_of_same(whole=True), _upstream_of_same(whole=False)), "image size",
    ),
    Bug(
        "dw-offset-times-stride", "backward", ("dw",), "The place in the kernel is multiplied by the stride for dw",
        "For the weight (i, j) pixels are taken i*stride rows and j*stride columns further on. The stride lies between "
        "windows; inside of a window rows follow each other.",
        "The slice of the padded image that is multiplied with dout.",
        "With stride 2, which pixel of the first window does the weight (1, 1) meet?",
        (_spread_windows(strided=True), _spread_windows(strided=False)), "kernel times stride",
    ),
)  # fmt: skip

FORWARD = (
    Bug(
        "out-same-size", "forward", ("out",), "The output is taken to be as large as the image",
        "The loops over the output (or its size) come from H and W, the size of x. That is right only where the "
        "padding makes up for the kernel.",
        "The lines that compute the output size, and the bounds of the loops over rows and columns.",
        "How many windows of 3 fit into 7 pixels without padding?",
        (
            _out_of_same(whole=True), _out_of_same(whole=False),
            *on_every_edge(exchange(sizes=lambda padded, g: (g.H, g.W))),
        ), "image size",
    ),
)  # fmt: skip
