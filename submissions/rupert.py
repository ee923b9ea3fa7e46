"""Rupert: right; im2col and col2im with arrays of indices, as older notes of the course do it.

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


def indices(shape, HH, WW, stride, pad):
    """Where each number of the columns lies in the padded image: channels, rows and columns."""
    _, C, H, W = shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    rows = np.tile(np.repeat(np.arange(HH), WW), C)[:, None] + stride * np.repeat(np.arange(H_out), W_out)
    columns = np.tile(np.arange(WW), HH * C)[:, None] + stride * np.tile(np.arange(W_out), H_out)
    return np.repeat(np.arange(C), HH * WW)[:, None], rows, columns, H_out, W_out


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, _, HH, WW = w.shape
    channels, rows, columns, H_out, W_out = indices(x.shape, HH, WW, stride, pad)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    unfolded = x_pad[:, channels, rows, columns]
    out = w.reshape(F, -1) @ unfolded + b[:, None]
    return out.reshape(len(x), F, H_out, W_out), (x, w, unfolded, conv_param)


def conv_backward_naive(dout, cache):
    x, w, unfolded, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    channels, rows, columns, H_out, W_out = indices(x.shape, HH, WW, stride, pad)
    flat = dout.reshape(N, F, -1)
    dw = np.einsum("nfp,nkp->fk", flat, unfolded, optimize=True).reshape(w.shape)
    dx_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    np.add.at(dx_pad, (slice(None), channels, rows, columns), w.reshape(F, -1).T @ flat)
    return dx_pad[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))
