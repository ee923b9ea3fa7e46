"""The fast one: a running sum gives every window by one subtraction."""

from typing import Any

import numpy as np


def forward(x: Any, pool_param: Any) -> Any:
    """As the oracle's."""
    width, stride = pool_param["width"], pool_param["stride"]
    sums = np.zeros((*x.shape[:2], x.shape[2] + 1))
    np.cumsum(x, axis=2, out=sums[:, :, 1:])
    return (sums[:, :, width::stride] - sums[:, :, : sums.shape[2] - width : stride]) / width, (x, pool_param)


def backward(dout: Any, cache: Any) -> Any:
    """As the oracle's."""
    x, pool_param = cache
    width, stride = pool_param["width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for offset in range(width):
        dx[:, :, offset : offset + stride * dout.shape[2] : stride] += dout / width
    return dx
