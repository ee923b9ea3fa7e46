"""The fast baseline: im2col and one matrix product for each image, in the students' own signature.

The columns of one image (C*HH*WW by H_out*W_out) stay in the processor's cache between being written and being
multiplied, and the product writes straight into the output; that is what makes it faster than unfolding the
whole batch first, as the course's own fast layers do. NumPy only, since it runs in a sandbox like a submission's.

Correct on everything the reference is: any layout and stride, ragged shapes (floor), float32 and float64.
The result has the floating dtype that NumPy gives x, w and b together.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Array, Array, Mapping[str, int]]


def conv_forward_fast(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """Convolve x (N, C, H, W) with w (F, C, HH, WW) and add b (F,).

    Args:
        x: images, any real dtype and memory layout.
        w: filters.
        b: bias.
        conv_param: `{"stride": int >= 1, "pad": int >= 0}`.

    Returns:
        `(out, cache)`: out of shape (N, F, H_out, W_out), cache = (x, w, b, conv_param).

    Raises:
        ValueError: where the kernel does not fit into the padded image.
    """
    dtype = np.result_type(x, w, b, np.float32)
    windows = _windows(x, w, conv_param, dtype)
    N, C, HH, WW, H_out, W_out = windows.shape
    rows = np.ascontiguousarray(w, dtype).reshape(w.shape[0], -1)
    columns = np.empty((C, HH, WW, H_out, W_out), dtype)
    flat_columns = columns.reshape(C * HH * WW, H_out * W_out)
    out = np.empty((N, w.shape[0], H_out, W_out), dtype)
    bias = b.astype(dtype)[:, None]
    for n in range(N):
        columns[...] = windows[n]
        image = out[n].reshape(w.shape[0], -1)
        np.matmul(rows, flat_columns, out=image)
        image += bias
    return out, (x, w, b, conv_param)


def conv_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients (dx, dw, db) of the shapes of x, w and b, given dout (N, F, H_out, W_out).

    Args:
        dout: upstream gradient.
        cache: (x, w, b, conv_param) as `conv_forward_fast` returns it.

    Returns:
        `(dx, dw, db)`.

    Raises:
        ValueError: where the kernel does not fit into the padded image.
    """
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    dtype = np.result_type(x, w, b, dout, np.float32)
    windows = _windows(x, w, conv_param, dtype)
    N, C, HH, WW, H_out, W_out = windows.shape
    F, (H, W) = w.shape[0], x.shape[2:]
    upstream = np.ascontiguousarray(dout, dtype).reshape(N, F, H_out * W_out)
    columns_of_w = np.ascontiguousarray(w, dtype).reshape(F, -1).T

    columns = np.empty((C, HH, WW, H_out, W_out), dtype)
    flat_columns = columns.reshape(C * HH * WW, H_out * W_out)
    dcolumns = np.empty_like(columns)
    flat_dcolumns = dcolumns.reshape(flat_columns.shape)
    dw = np.zeros((F, C * HH * WW), dtype)
    dx_padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype)
    for n in range(N):
        columns[...] = windows[n]
        dw += upstream[n] @ flat_columns.T
        np.matmul(columns_of_w, upstream[n], out=flat_dcolumns)
        image = dx_padded[n]
        for i in range(HH):
            for j in range(WW):
                image[:, i : i + stride * H_out : stride, j : j + stride * W_out : stride] += dcolumns[:, i, j]
    dx = dx_padded[:, :, pad : pad + H, pad : pad + W]
    return dx, dw.reshape(w.shape), upstream.sum(axis=(0, 2))


def _windows(x: Array, w: Array, conv_param: Mapping[str, int], dtype: Any) -> Array:
    """Read-only view of the padded x as (N, C, HH, WW, H_out, W_out)."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (HH, WW) = x.shape, w.shape[2:]
    if H + 2 * pad < HH or W + 2 * pad < WW:
        raise ValueError(f"a kernel of {HH}x{WW} does not fit into an image of {H}x{W} with pad {pad}")
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype)
    padded[:, :, pad : pad + H, pad : pad + W] = x
    shape = (N, C, HH, WW, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride)
    sn, sc, sh, sw = padded.strides
    strides = (sn, sc, sh, sw, stride * sh, stride * sw)
    return as_strided(padded, shape, strides, writeable=False)
