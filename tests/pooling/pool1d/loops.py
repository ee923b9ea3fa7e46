"""Nested loops."""

from typing import Any

import numpy as np


def forward(x: Any, pool_param: Any) -> Any:
    """As the oracle's."""
    width, stride = pool_param["width"], pool_param["stride"]
    out = np.zeros((*x.shape[:2], 1 + (x.shape[2] - width) // stride))
    for n, c, place in np.ndindex(out.shape):
        out[n, c, place] = x[n, c, place * stride : place * stride + width].mean()
    return out, (x, pool_param)


def backward(dout: Any, cache: Any) -> Any:
    """As the oracle's."""
    x, pool_param = cache
    width, stride = pool_param["width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for n, c, place in np.ndindex(dout.shape):
        dx[n, c, place * stride : place * stride + width] += dout[n, c, place] / width
    return dx
