"""Nested loops in Python: the landmark beside which slow submissions are timed."""

from typing import Any

import numpy as np


def spatial_batchnorm_forward_loops(x: Any, gamma: Any, beta: Any, bn_param: Any) -> Any:
    """As the oracle's: number by number."""
    N, C, H, W = x.shape
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean, running_var = (np.array(bn_param.get(name, np.zeros(C))) for name in ("running_mean", "running_var"))
    out = np.zeros(x.shape)
    for c in range(C):
        mean, var = running_mean[c], running_var[c]
        if bn_param["mode"] == "train":
            mean, var = _statistics(x, c)
            running_mean[c] = momentum * running_mean[c] + (1 - momentum) * mean
            running_var[c] = momentum * running_var[c] + (1 - momentum) * var
        for n in range(N):
            for h in range(H):
                for w in range(W):
                    out[n, c, h, w] = gamma[c] * (x[n, c, h, w] - mean) / np.sqrt(var + eps) + beta[c]
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, (x, gamma, beta, bn_param)


def spatial_batchnorm_backward_loops(dout: Any, cache: Any) -> Any:
    """As the oracle's: number by number."""
    x, gamma, _, bn_param = cache
    N, C, H, W = x.shape
    count, places = N * H * W, list(np.ndindex(N, H, W))
    dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(C), np.zeros(C)
    for c in range(C):
        mean, var = _statistics(x, c)
        std = np.sqrt(var + bn_param.get("eps", 1e-5))
        for n, h, w in places:
            dbeta[c] += dout[n, c, h, w]
            dgamma[c] += dout[n, c, h, w] * (x[n, c, h, w] - mean) / std
        for n, h, w in places:
            x_hat = (x[n, c, h, w] - mean) / std
            dx[n, c, h, w] = gamma[c] / std * (dout[n, c, h, w] - dbeta[c] / count - x_hat * dgamma[c] / count)
    return dx, dgamma, dbeta


def _statistics(x: Any, c: int) -> tuple[float, float]:
    """Mean and variance of a channel."""
    N, _, H, W = x.shape
    total, squares = 0.0, 0.0
    for n, h, w in np.ndindex(N, H, W):
        total += float(x[n, c, h, w])
    mean = total / (N * H * W)
    for n, h, w in np.ndindex(N, H, W):
        squares += (float(x[n, c, h, w]) - mean) ** 2
    return mean, squares / (N * H * W)
