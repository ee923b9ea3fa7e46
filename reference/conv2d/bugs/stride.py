"""Windows do not begin, or do not see, where the stride says."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, cropped, geometry
from reference.conv2d.steps import Change, Geometry, both, exchange, then, usual_sizes, usual_starts
from reference.conv2d.windows import Edge, Place, kernel_gradient


def _starts_by(rows: bool, columns: bool, *, all_there_are: bool = False) -> Change:
    """Windows whose rows and columns step by the stride, or by one: as many as asked for, or all there are."""

    def starts(g: Geometry, H_out: int, W_out: int) -> Place:
        if all_there_are:
            H_out = H_out if rows else g.H + 2 * g.pad - g.HH + 1
            W_out = W_out if columns else g.W + 2 * g.pad - g.WW + 1
        return np.arange(H_out) * (g.stride if rows else 1), np.arange(W_out) * (g.stride if columns else 1)

    return exchange(starts=starts)


def _stride(of: Any) -> Change:
    return geometry(lambda g: replace(g, stride=of(g)))


def _every_pixel(g: Geometry, H_out: int, W_out: int) -> Place:
    return np.arange(H_out), np.arange(W_out)


def _rows_only(g: Geometry, H_out: int, W_out: int) -> Place:
    return np.arange(H_out) * g.stride, np.arange(W_out)


def _columns_only(g: Geometry, H_out: int, W_out: int) -> Place:
    return np.arange(H_out), np.arange(W_out) * g.stride


def _visited(values: Array, g: Geometry) -> Array:
    """Zeros but for every stride-th row and column."""
    kept = np.zeros_like(values)
    kept[:, :, :: g.stride, :: g.stride] = values[:, :, :: g.stride, :: g.stride]
    return kept


def _out_visited() -> Iterator[Change]:
    """Windows begin at the place itself or at stride times that; the bias is added to what is visited, or to all."""
    in_loops = then("bias", lambda out, _, b, g: _visited(out, g))
    behind = exchange(bias=lambda out, b, g: _visited(out, g) + b[:, None, None])
    for starts, bias in product((_every_pixel, usual_starts), (in_loops, behind)):
        yield both(exchange(starts=starts), bias)


def _upstream_visited() -> Iterator[Change]:
    """As `_out_visited`; db is of what is visited, or of all."""
    for starts, of_all in product((_every_pixel, usual_starts), (False, True)):
        yield exchange(upstream=_visited, dx_starts=starts, dw_starts=starts, db_of_all=of_all)


def _by_pixel(values: Array, *arguments: Any) -> Array:
    """IndexError where a window begins at a pixel whose number no place of out has."""
    stride = arguments[-1].stride
    if any((size - 1) * stride >= size for size in values.shape[2:] if size):
        raise IndexError("index is out of bounds")
    return values


def _spread_windows(*, strided: bool) -> Change:
    """The windows for dw see every stride-th row and column; where they begin is `strided`, or not."""

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        step = 1 if strided else g.stride
        rows = (starts[0] // step)[:, None] + np.arange(g.HH) * g.stride
        columns = (starts[1] // step)[:, None] + np.arange(g.WW) * g.stride
        if rows.max(initial=0) >= source.shape[2] or columns.max(initial=0) >= source.shape[3]:
            raise IndexError("index is out of bounds")
        view = source[:, :, rows[:, None, :, None], columns[None, :, None, :]]
        return kernel_gradient(dout, view)

    return exchange(gather=gather)


def _sliced_for_kernel(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
    """For the weight (i, j) a slice from (i*stride, j*stride) on, without a step, as the edge cuts it off."""
    H_out, W_out = dout.shape[2:]
    dw = np.zeros((g.F, g.C, g.HH, g.WW))
    for i, j in np.ndindex(g.HH, g.WW):
        part = source[:, :, i * g.stride : i * g.stride + H_out, j * g.stride : j * g.stride + W_out]
        dw[:, :, i, j] = (dout[:, :, None] * part[:, None]).sum(axis=(0, 3, 4))
    return dw


def _slid_spread(*, stepping: bool, strict: bool) -> Change:
    """For the weight (i, j) what lies from (i*stride, j*stride) on, with a step of the stride or without.

    Where `strict` it is taken number by number, and else in slices, which the edge cuts off.
    """

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        step, sizes = g.stride if stepping else 1, tuple(map(len, starts))
        ends = [(kernel - 1) * g.stride + step * (size - 1) for kernel, size in zip((g.HH, g.WW), sizes, strict=True)]
        if strict and any(end >= size for end, size in zip(ends, padded.shape[2:], strict=True)):
            raise IndexError("index is out of bounds")
        out = np.zeros((g.N, g.F, *sizes))
        for tap in np.ndindex(g.HH, g.WW):
            begins = [place * g.stride for place in tap]
            rows, columns = (slice(at, at + step * size, step) for at, size in zip(begins, sizes, strict=True))
            out += np.einsum("nchk,fc->nfhk", padded[:, :, rows, columns], w[:, :, *tap])
        return out

    return exchange(slide=slide)


def _strewn_spread(*, stepping: bool, strict: bool) -> Change:
    """As `_slid_spread`, of what is added to the padded dx."""

    def strew(dx_padded: Array, parts: Array, starts: Place, g: Geometry) -> None:
        step, sizes = g.stride if stepping else 1, parts.shape[2:4]
        ends = [(kernel - 1) * g.stride + step * (size - 1) for kernel, size in zip((g.HH, g.WW), sizes, strict=True)]
        if strict and any(end >= size for end, size in zip(ends, dx_padded.shape[2:], strict=True)):
            raise IndexError("index is out of bounds")
        for tap in np.ndindex(g.HH, g.WW):
            begins = [place * g.stride for place in tap]
            rows, columns = (slice(at, at + step * size, step) for at, size in zip(begins, sizes, strict=True))
            dx_padded[:, :, rows, columns] += parts[..., *tap]

    return exchange(strew=strew)


def _of_all_windows(dxp: Array, g: Geometry) -> Array:
    """What a full convolution of dout gives, without the padding as far as that lies in it."""
    H_out, W_out = usual_sizes(dxp, g)
    full = dxp[:, :, : H_out + g.HH - 1, : W_out + g.WW - 1]
    return full[:, :, g.pad : g.pad + g.H, g.pad : g.pad + g.W]


BUGS = (
    bug(
        "dx-stride-ignored", "dx's windows do not step by the stride",
        "What belongs to window (r, c) is added at row r and column c of the padded gradient, not at r*stride and "
        "c*stride, where the window lies. Where dx is a full convolution of dout with the turned kernel, dout has no "
        "zeros between its numbers: stride - 1 belong there.",
        "The slice on the left-hand side where dx is added up, or what is convolved with the turned kernel.",
        "Write down the slice of the forward pass. Is yours the same?",
        exchange(dx_starts=_every_pixel), both(exchange(dx_starts=_every_pixel), cropped(_of_all_windows)),
        place="without stride",
    ),
    bug(
        "bwd-stride-ignored", "Windows do not step by the stride in backward",
        "Window (r, c) is taken at row r and column c, for dx and dw, not at r*stride and c*stride, where it lies.",
        "Where windows are taken in backward, and where the stride is set; in a convolution with dout, the zeros "
        "between its numbers.",
        "Write down the slice of the forward pass. Is yours the same?",
        exchange(dx_starts=_every_pixel, dw_starts=_every_pixel), spoils=("dx", "dw"), place="without stride",
    ),
    bug(
        "dw-stride-ignored", "dw's windows do not step by the stride",
        "For dw the window (r, c) is taken at row r and column c of the padded image, not at r*stride and c*stride.",
        "The slice of the padded image that is multiplied with dout.",
        "Write down the slice of the forward pass. Is yours the same?",
        exchange(dw_starts=_every_pixel), place="without stride",
    ),
    bug(
        "bwd-stride-one-axis", "Windows step by the stride along one axis only, in backward",
        "Either their rows or their columns step by one, whatever the stride is.",
        "Where windows are taken in backward: for dw, where x is cut, and for dx, where the gradient is added; in a "
        "convolution with dout, the zeros between its numbers.",
        "Compare the part for rows of each slice, and of its loops, with that for columns, letter by letter.",
        *(exchange(**dict.fromkeys(steps, axis)) for axis in (_rows_only, _columns_only)
          for steps in (("dx_starts", "dw_starts"), ("dx_starts",), ("dw_starts",))),
        spoils=("dx", "dw"), place="without stride",
    ),
    bug(
        "dw-offset-times-stride", "The place in the kernel is multiplied by the stride for dw",
        "For the weight (i, j) pixels are taken i*stride rows and j*stride columns further on. The stride lies between "
        "windows; inside of a window rows follow each other.",
        "The slice of the padded image that is multiplied with dout.",
        "With stride 2, which pixel of the first window does the weight (1, 1) meet?",
        _spread_windows(strided=True), _spread_windows(strided=False), exchange(gather=_sliced_for_kernel),
        place="kernel times stride for dw",
    ),
    bug(
        "dx-offset-times-stride", "The place in the kernel is multiplied by the stride for dx",
        "What comes of the weight (i, j) is added i*stride rows and j*stride columns further on. The stride lies "
        "between windows; inside of a window rows follow each other.",
        "The slice or the index of the padded gradient to which the products of dout and w are added.",
        "With stride 2, which pixel of the first window does the weight (1, 1) meet?",
        _strewn_spread(stepping=True, strict=True), _strewn_spread(stepping=True, strict=False),
        _strewn_spread(stepping=False, strict=False), place="kernel times stride for dx", in_text=True,
    ),
    bug(
        "out-offset-times-stride", "The place in the kernel is multiplied by the stride",
        "The weight (i, j) meets pixels i*stride rows and j*stride columns further on. The stride lies between "
        "windows; inside of a window rows follow each other.",
        "The slice or the index of the padded image that is multiplied with w.",
        "With stride 2, which pixel of the first window does the weight (1, 1) meet?",
        _slid_spread(stepping=True, strict=True), _slid_spread(stepping=True, strict=False),
        _slid_spread(stepping=False, strict=False), place="kernel times stride", in_text=True,
    ),
    bug(
        "out-stride-ignored", "The stride is taken to be 1",
        "Windows begin at every row and column, so out is too large.",
        "Where the stride is set, the formula for the output size, and where windows begin.",
        "Where does conv_param['stride'] go, and in which two places is it needed?",
        _stride(lambda g: 1), place="stride set",
    ),
    bug(
        "out-stride-in-size-only", "Windows do not step by the stride",
        "The output has the right size, but window (r, c) begins at pixel (r, c) of the padded image, not at "
        "(r*stride, c*stride).",
        "The slice that cuts the window out, or the strides that are given to as_strided.",
        "For stride 2, at which row does the second window begin? And in your code?",
        _starts_by(False, False), place="without stride",
    ),
    bug(
        "bwd-loops-by-stride", "The loops over dout step by the stride",
        "Every stride-th row and column of dout is visited, and the others are left out. dout has one place for each "
        "window; the stride belongs to where in the image a window begins.",
        "The bounds of the loops, and the slices that cut windows out.",
        "How many windows are there with stride 2, and how many turns do your loops take?",
        *_upstream_visited(), spoils=("dx", "dw", "db"), place="loops by stride",
    ),
    bug(
        "out-loops-by-stride", "The loops over out step by the stride",
        "Every stride-th row and column of out is computed, and the others stay as they were made. out has one place "
        "for each window; the stride belongs to where in the image a window begins.",
        "The bounds of the loops, and the slice that cuts the window out.",
        "How many windows are there with stride 2, and how many turns do your loops take?",
        *_out_visited(), place="loops by stride",
    ),
    bug(
        "bwd-pixel-for-place", "Places of dout are counted in pixels",
        "A loop that steps by the stride tells at which pixel a window begins. Window number r begins at pixel "
        "r*stride: as an index of dout, that runs past the end.",
        "The index of dout.",
        "With stride 2, which number has the window that begins at row 4?",
        exchange(upstream=_by_pixel), spoils=("dx", "dw", "db"), place="pixel for place", in_text=True,
    ),
    bug(
        "out-pixel-for-place", "Places of out are counted in pixels",
        "A loop that steps by the stride tells at which pixel a window begins. Window number r begins at pixel "
        "r*stride: as an index of out, that runs past the end.",
        "The index of out.",
        "With stride 2, which number has the window that begins at row 4?",
        then("bias", _by_pixel), place="pixel for place", in_text=True,
    ),
    bug(
        "out-stride-rows-only", "Columns do not step by the stride",
        "Rows step by the stride, columns by one.",
        "Where windows begin: the part for columns of the slice, of its loop or of the strides for as_strided.",
        "Compare the part for rows with that for columns, letter by letter.",
        _starts_by(True, False), _starts_by(True, False, all_there_are=True), place="without stride",
    ),
    bug(
        "out-stride-columns-only", "Rows do not step by the stride",
        "Columns step by the stride, rows by one.",
        "Where windows begin: the part for rows of the slice, of its loop or of the strides for as_strided.",
        "Compare the part for rows with that for columns, letter by letter.",
        _starts_by(False, True), _starts_by(False, True, all_there_are=True), place="without stride",
    ),
    bug(
        "out-stride-two", "The stride is taken to be 2",
        "Windows step by two whatever conv_param says.",
        "Where the stride is set, the formula for the output size, and where windows begin.",
        "Which number there should have been a variable?",
        _stride(lambda g: 2), place="stride set",
    ),
)  # fmt: skip
