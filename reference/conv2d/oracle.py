"""The 2-D convolution of CS231n as its definition: `np.einsum` over sliding windows.

This is the oracle that submissions are compared with, so it is written to be read, not to be fast.
Letters used in the einsum subscripts, the same in every function:

    n  image            c  input channel      f  filter (output channel)
    h  output row       w  output column
    i  kernel row       j  kernel column

A letter that two operands share is multiplied along; a letter that is missing after `->` is summed over;
the letters after `->` give the order of the result's axes.

"Convolution" is cross-correlation here, as in the course: the kernel is not flipped.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Array, Array, Mapping[str, int]]


def out_size(size: int, kernel: int, stride: int, pad: int) -> int:
    """Number of kernel positions along one axis, `1 + floor((size + 2 pad - kernel) / stride)`.

    >>> out_size(7, 3, stride=2, pad=1)
    4
    """
    return 1 + (size + 2 * pad - kernel) // stride


def conv_forward(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """Convolve images with filters and add the bias.

    `nchwij,fcij->nfhw`: for image n, filter f and output place (h, w), multiply the window under the kernel
    with the kernel, channel by channel (c) and place by place (i, j), and sum over c, i and j.

    Args:
        x: images, shape (N, C, H, W).
        w: filters, shape (F, C, HH, WW).
        b: bias, shape (F,).
        conv_param: `{"stride": int >= 1, "pad": int >= 0}`; zero padding on all four sides.

    Any real or integer dtype; computed and returned in float64. Where the stride does not divide,
    the last rows and columns that no window reaches are left out (floor).

    Returns:
        `(out, cache)`: out of shape (N, F, H_out, W_out), and `(x, w, b, conv_param)` for the backward pass.

    Raises:
        ValueError: where the shapes, the stride or the pad do not fit together.

    >>> out, _ = conv_forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1), {"stride": 1, "pad": 0})
    >>> out.tolist()
    [[[[4.0, 4.0], [4.0, 4.0]]]]
    """
    _check(x, w, b, conv_param)
    stride, pad = conv_param["stride"], conv_param["pad"]
    windows = _windows(_pad(x, pad), w.shape[2:], stride)
    out = _einsum("nchwij,fcij->nfhw", windows, w.astype(np.float64))
    return out + b.astype(np.float64)[:, None, None], (x, w, b, conv_param)


def conv_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of a scalar loss L, given the upstream gradient dout = dL/d(out).

    db, `nfhw->f`: the bias of filter f is added at every n, h, w, so its gradient sums dout over them.

    dw, `nfhw,nchwij->fcij`: weight (f, c, i, j) meets window place (n, c, h, w, i, j) to make out (n, f, h, w);
    multiply with dout there and sum over n, h and w.

    dx, `nfhw,fcij->nchwij`: the same product seen from the other side gives the gradient of every window place;
    sum over f only. A pixel lies in many windows, so its gradient is the sum of the gradients of all the window
    places that it fills: each is added back where the window took it from, and then the padding is cut off.

    Args:
        dout: upstream gradient, shape (N, F, H_out, W_out).
        cache: `(x, w, b, conv_param)` as `conv_forward` returns it.

    Returns:
        `(dx, dw, db)` in float64, of the shapes of x, w and b.

    Raises:
        ValueError: where dout is not of the shape of the forward output, or the cache does not fit together.

    >>> x, w, b = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1)
    >>> dx, dw, db = conv_backward(np.ones((1, 1, 2, 2)), (x, w, b, {"stride": 1, "pad": 0}))
    >>> dx[0, 0].tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    x, w, b, conv_param = cache
    _check(x, w, b, conv_param)
    stride, pad = conv_param["stride"], conv_param["pad"]
    x_padded = _pad(x, pad)
    windows = _windows(x_padded, w.shape[2:], stride)
    expected_shape = (x.shape[0], w.shape[0], *windows.shape[2:4])
    if dout.shape != expected_shape:
        raise ValueError(f"dout has shape {dout.shape}, the forward output has shape {expected_shape}")
    dout = dout.astype(np.float64)

    db = np.einsum("nfhw->f", dout)
    dw = _einsum("nfhw,nchwij->fcij", dout, windows)

    dwindows = _einsum("nfhw,fcij->nchwij", dout, w.astype(np.float64))
    dx_padded = np.zeros_like(x_padded)
    H_out, W_out, HH, WW = dwindows.shape[2:]
    for i in range(HH):
        for j in range(WW):
            rows, columns = slice(i, i + stride * H_out, stride), slice(j, j + stride * W_out, stride)
            dx_padded[:, :, rows, columns] += dwindows[:, :, :, :, i, j]
    H, W = x.shape[2:]
    return dx_padded[:, :, pad : pad + H, pad : pad + W], dw, db


_FEW = 2**16
"""As many products are done before NumPy has found out how to do them faster."""


def _einsum(subscripts: str, one: Array, other: Array) -> Array:
    """`np.einsum`, as a matrix product where that is worth it: there are at most `one.size * other.size` products."""
    found: Array = np.einsum(subscripts, one, other, optimize=one.size * other.size > _FEW)
    return found


def _pad(x: Array, pad: int) -> Array:
    """Zeros around the last two axes, in float64."""
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    padded[:, :, pad : pad + H, pad : pad + W] = x
    return padded


def _windows(x: Array, kernel: tuple[int, ...], stride: int) -> Array:
    """View of x (N, C, H, W) as its windows, shape (N, C, H_out, W_out, HH, WW)."""
    return sliding_window_view(x, kernel, axis=(2, 3))[:, :, ::stride, ::stride]


def _check(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> None:
    """Raise ValueError, with the shapes, where the operands do not fit together."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    given = f"x {x.shape}, w {w.shape}, b {b.shape}, stride {stride}, pad {pad}"
    if x.ndim != 4 or w.ndim != 4 or b.shape != w.shape[:1]:
        raise ValueError(f"expected x (N, C, H, W), w (F, C, HH, WW), b (F,); got {given}")
    if x.shape[1] != w.shape[1]:
        raise ValueError(f"x has {x.shape[1]} channels and w has {w.shape[1]}: {given}")
    if stride < 1 or pad < 0:
        raise ValueError(f"stride must be at least 1 and pad at least 0: {given}")
    if x.shape[2] + 2 * pad < w.shape[2] or x.shape[3] + 2 * pad < w.shape[3]:
        raise ValueError(f"the kernel is larger than the padded image: {given}")
