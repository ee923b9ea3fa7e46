"""Peggy: right; loops over the places of the kernel alone, and einsum does the rest.

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


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, _, HH, WW = w.shape
    H_out = 1 + (x.shape[2] + 2 * pad - HH) // stride
    W_out = 1 + (x.shape[3] + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((len(x), F, H_out, W_out)) + b[:, None, None]
    for i in range(HH):
        for j in range(WW):
            seen = x_pad[:, :, i : i + stride * H_out : stride, j : j + stride * W_out : stride]
            out += np.einsum("nchw,fc->nfhw", seen, w[:, :, i, j], optimize=True)
    return out, (x_pad, w, conv_param)


def conv_backward_naive(dout, cache):
    x_pad, w, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    H_out, W_out = dout.shape[2:]
    dx_pad, dw = np.zeros(x_pad.shape), np.zeros(w.shape)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            seen = (..., slice(i, i + stride * H_out, stride), slice(j, j + stride * W_out, stride))
            dw[:, :, i, j] = np.einsum("nfhw,nchw->fc", dout, x_pad[seen], optimize=True)
            dx_pad[seen] += np.einsum("nfhw,fc->nchw", dout, w[:, :, i, j], optimize=True)
    H, W = x_pad.shape[2] - 2 * pad, x_pad.shape[3] - 2 * pad
    return dx_pad[:, :, pad : pad + H, pad : pad + W], dw, np.einsum("nfhw->f", dout)
