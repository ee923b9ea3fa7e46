"""Alice: right and vectorised; the forward pass by im2col, the backward pass by einsum.

Expected:
    forward: passed 40
    dx: passed 25
    dw: passed 20
    db: passed 8
    contract: passed 7
    speed-forward: much
    speed-backward: much
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(x_pad, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, H_out, W_out, HH, WW = windows.shape
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, H_out * W_out)
    out = w.reshape(len(w), -1) @ columns + b[:, None]
    return out.reshape(N, len(w), H_out, W_out), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    H_out, W_out = dout.shape[2:]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(x_pad, (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]

    db = np.einsum("nfhw->f", dout)
    dw = np.einsum("nfhw,nchwij->fcij", dout, windows, optimize=True)
    dwindows = np.einsum("nfhw,fcij->ijnchw", dout, w, optimize=True)
    dx_pad = np.zeros(x_pad.shape)
    for i in range(HH):
        for j in range(WW):
            dx_pad[:, :, i : i + stride * H_out : stride, j : j + stride * W_out : stride] += dwindows[i, j]
    return dx_pad[:, :, pad : pad + H, pad : pad + W], dw, db
