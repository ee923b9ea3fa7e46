"""The convolution in the ways that students find one after the other, for the axis of a board.

NumPy only, since they are timed in a sandbox like a submission. Same signatures and results as the fast baseline's, but
for `conv_forward_product` and `conv_backward_product`: those are the matrix products alone, on columns that are there
already, and give arrays of the right shapes with wrong numbers.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]
Parameters = Mapping[str, int]
Cache = tuple[Array, Array, Array, Parameters]
Gradients = tuple[Array, Array, Array]


def conv_forward_three_loops(x: Array, w: Array, b: Array, conv_param: Parameters) -> tuple[Array, Cache]:
    """All filters of a window at once."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    rows, (N, F) = w.reshape(len(w), -1), (len(x), len(w))
    padded, H_out, W_out = _padded(x, pad), *_out_sizes(x, w, stride, pad)
    out = np.empty((N, F, H_out, W_out), np.result_type(x, w, b, np.float32))
    for n in range(N):
        for i in range(H_out):
            for j in range(W_out):
                out[n, :, i, j] = rows @ padded[_window(n, i * stride, j * stride, w)].ravel() + b
    return out, (x, w, b, conv_param)


def conv_backward_three_loops(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    rows, dtype = w.reshape(len(w), -1), np.result_type(dout, x, w, np.float32)
    padded = _padded(x, pad)
    dx, dw = np.zeros(padded.shape, dtype), np.zeros(rows.shape, dtype)
    for n in range(len(dout)):
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                window, upstream = _window(n, i * stride, j * stride, w), dout[n, :, i, j]
                dw += upstream[:, None] * padded[window].ravel()
                dx[window] += (upstream @ rows).reshape(w.shape[1:])
    return _cropped(dx, x, pad), dw.reshape(w.shape), dout.sum(axis=(0, 2, 3))


def conv_forward_einsum(x: Array, w: Array, b: Array, conv_param: Parameters) -> tuple[Array, Cache]:
    """One sum over windows, as NumPy's einsum does it by itself."""
    return _einsum_forward(x, w, b, conv_param, optimize=False), (x, w, b, conv_param)


def conv_backward_einsum(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    return _einsum_backward(dout, cache, optimize=False)


def conv_forward_optimized(x: Array, w: Array, b: Array, conv_param: Parameters) -> tuple[Array, Cache]:
    """The same sum, which einsum may turn into a matrix product."""
    return _einsum_forward(x, w, b, conv_param, optimize=True), (x, w, b, conv_param)


def conv_backward_optimized(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    return _einsum_backward(dout, cache, optimize=True)


def conv_forward_strided(x: Array, w: Array, b: Array, conv_param: Parameters) -> tuple[Array, Cache]:
    """im2col of the whole batch by strides, and one matrix product."""
    H_out, W_out = _out_sizes(x, w, conv_param["stride"], conv_param["pad"])
    out = w.reshape(len(w), -1) @ _columns(x, w, conv_param) + b[:, None]
    in_order = out.reshape(len(w), len(x), H_out, W_out).transpose(1, 0, 2, 3)
    return np.ascontiguousarray(in_order), (x, w, b, conv_param)


def conv_backward_strided(dout: Array, cache: Cache) -> Gradients:
    """Two matrix products, and the columns of dx added where they belong."""
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, F, H_out, W_out), (_, C, HH, WW) = dout.shape, w.shape
    upstream = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dw = (upstream @ _columns(x, w, conv_param).T).reshape(w.shape)
    columns = (w.reshape(F, -1).T @ upstream).reshape(C, HH, WW, N, H_out, W_out)
    dx = np.zeros(_padded(x, pad).shape, columns.dtype)
    for i in range(HH):
        for j in range(WW):
            places = dx[:, :, i : i + stride * H_out : stride, j : j + stride * W_out : stride]
            places += columns[:, i, j].transpose(1, 0, 2, 3)
    return _cropped(dx, x, pad), dw, dout.sum(axis=(0, 2, 3))


def conv_forward_product(x: Array, w: Array, b: Array, conv_param: Parameters) -> tuple[Array, Cache]:
    """As long as the product takes: any columns have as many numbers."""
    (N, F), (H_out, W_out) = (len(x), len(w)), _out_sizes(x, w, conv_param["stride"], conv_param["pad"])
    out = w.reshape(F, -1) @ _ready_columns(w[0].size, N * H_out * W_out, x.dtype.str)
    return out.reshape(N, F, H_out, W_out), (x, w, b, conv_param)


def conv_backward_product(dout: Array, cache: Cache) -> Gradients:
    """As long as both products take."""
    x, w, b, _ = cache
    columns, upstream = _ready_columns(w[0].size, dout.size // len(w), x.dtype.str), dout.reshape(len(w), -1)
    dw, dcolumns = upstream @ columns.T, w.reshape(len(w), -1).T @ upstream
    dx = np.resize(dcolumns.ravel()[: x.size], x.shape) if dcolumns.size < x.size else dcolumns.ravel()[: x.size]
    return dx.reshape(x.shape), dw.reshape(w.shape), b


@cache
def _ready_columns(rows: int, places: int, dtype: str) -> Array:
    return np.random.default_rng(0).random((rows, places)).astype(dtype)


def _einsum_forward(x: Array, w: Array, b: Array, conv_param: Parameters, *, optimize: bool) -> Array:
    windows = _windows(_padded(x, conv_param["pad"]), w, conv_param["stride"])
    out: Array = np.einsum("nchwij,fcij->nfhw", windows, w, optimize=optimize) + b[:, None, None]
    return out


def _einsum_backward(dout: Array, cache: Cache, *, optimize: bool) -> Gradients:
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    windows = _windows(_padded(x, pad), w, stride)
    dw = np.einsum("nfhw,nchwij->fcij", dout, windows, optimize=optimize)
    spread = _spread(dout, w, stride, (x.shape[2] + 2 * pad, x.shape[3] + 2 * pad))
    dx = np.einsum("nfhwij,fcij->nchw", _windows(spread, w, 1), w[:, :, ::-1, ::-1], optimize=optimize)
    return _cropped(dx, x, pad), dw, dout.sum(axis=(0, 2, 3))


def _spread(dout: Array, w: Array, stride: int, size: tuple[int, int]) -> Array:
    """The upstream gradient, so far apart and with such a rim that its windows are what a pixel of x (padded) met."""
    (N, F, H_out, W_out), (HH, WW) = dout.shape, w.shape[2:]
    spread = np.zeros((N, F, size[0] + HH - 1, size[1] + WW - 1), dout.dtype)
    top, left = HH - 1, WW - 1
    spread[:, :, top : top + stride * H_out : stride, left : left + stride * W_out : stride] = dout
    return spread


def _columns(x: Array, w: Array, conv_param: Parameters) -> Array:
    """(C*HH*WW, N*H_out*W_out): each window of the batch as a column."""
    windows = _windows(_padded(x, conv_param["pad"]), w, conv_param["stride"])
    return np.ascontiguousarray(windows.transpose(1, 4, 5, 0, 2, 3)).reshape(w[0].size, -1)


def _windows(padded: Array, w: Array, stride: int) -> Array:
    """A view as (N, C, H_out, W_out, HH, WW)."""
    return sliding_window_view(padded, w.shape[2:], (2, 3))[:, :, ::stride, ::stride]


def _window(n: int, top: int, left: int, w: Array) -> tuple[int | slice, ...]:
    return n, slice(None), slice(top, top + w.shape[2]), slice(left, left + w.shape[3])


def _padded(x: Array, pad: int) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _cropped(padded: Array, x: Array, pad: int) -> Array:
    return padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


def _out_sizes(x: Array, w: Array, stride: int, pad: int) -> tuple[int, int]:
    H_out, W_out = ((x.shape[i] + 2 * pad - w.shape[i]) // stride + 1 for i in (2, 3))
    return H_out, W_out
