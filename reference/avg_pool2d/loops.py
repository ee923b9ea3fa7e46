"""Average pooling in four nested Python loops, as the assignment asks for it: the landmark that speed is seen against.

NumPy only, since it is timed in a sandbox like a submission. Same signatures and results as the fast baseline's.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]


def avg_pool_forward_loops(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """The mean of each window of x (N, C, H, W); `(out, cache)`, out of (N, C, H_out, W_out)."""
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out = np.empty((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    top, left = i * stride, j * stride
                    out[n, c, i, j] = np.mean(x[n, c, top : top + height, left : left + width])
    return out, (x, pool_param)


def avg_pool_backward_loops(dout: Array, cache: Cache) -> Array:
    """The gradient dx (N, C, H, W) of the upstream gradient dout (N, C, H_out, W_out)."""
    x, pool_param = cache
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    dx = np.zeros(x.shape, dout.dtype)
    N, C, H_out, W_out = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    dx[n, c, top : top + height, left : left + width] += dout[n, c, i, j] / (height * width)
    return dx
