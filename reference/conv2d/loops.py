"""The convolution in four nested Python loops, as the assignment asks for it: the landmark that speed is seen against.

NumPy only, since it is timed in a sandbox like a submission. Same signatures and results as the fast baseline's.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Array, Array, Mapping[str, int]]


def conv_forward_loops(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """Convolve x (N, C, H, W) with w (F, C, HH, WW) and add b (F,); `(out, cache)`, out of (N, F, H_out, W_out)."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, F, HH, WW = x.shape[0], w.shape[0], w.shape[2], w.shape[3]
    H_out, W_out = ((x.shape[i] + 2 * pad - w.shape[i]) // stride + 1 for i in (2, 3))
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.empty((N, F, H_out, W_out), np.result_type(x, w, b, np.float32))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = padded[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_loops(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """The gradients `(dx, dw, db)` of the upstream gradient dout (N, F, H_out, W_out)."""
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    N, F, H_out, W_out = dout.shape
    dtype = np.result_type(dout, x, w, np.float32)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_padded, dw = np.zeros(padded.shape, dtype), np.zeros(w.shape, dtype)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = (n, slice(None), slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW))
                    dw[f] += padded[window] * dout[n, f, i, j]
                    dx_padded[window] += w[f] * dout[n, f, i, j]
    return dx_padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]], dw, db
