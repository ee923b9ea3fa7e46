"""Nested loops in Python: the landmark beside which slow submissions are timed."""

from typing import Any

import numpy as np


def spatial_groupnorm_forward_loops(x: Any, gamma: Any, beta: Any, G: Any, gn_param: Any) -> Any:
    """As the oracle's: number by number."""
    N, C, H, W = x.shape
    out = np.zeros(x.shape)
    for n in range(N):
        for g in range(G):
            channels = range(g * (C // G), (g + 1) * (C // G))
            mean, var = _statistics(x[n], channels)
            for c in channels:
                for h in range(H):
                    for w in range(W):
                        x_hat = (x[n, c, h, w] - mean) / np.sqrt(var + gn_param.get("eps", 1e-5))
                        out[n, c, h, w] = gamma[0, c, 0, 0] * x_hat + beta[0, c, 0, 0]
    return out, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward_loops(dout: Any, cache: Any) -> Any:
    """As the oracle's: number by number."""
    x, gamma, beta, G, gn_param = cache
    N, C, H, W = x.shape
    dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(gamma.shape), np.zeros(beta.shape)
    for n, g in np.ndindex(N, G):
        channels = range(g * (C // G), (g + 1) * (C // G))
        places = [(c, h, w) for c in channels for h in range(H) for w in range(W)]
        mean, var = _statistics(x[n], channels)
        std = np.sqrt(var + gn_param.get("eps", 1e-5))
        total, products = 0.0, 0.0
        for c, h, w in places:
            x_hat, up = (x[n, c, h, w] - mean) / std, dout[n, c, h, w]
            dbeta[0, c, 0, 0] += up
            dgamma[0, c, 0, 0] += up * x_hat
            total += up * gamma[0, c, 0, 0]
            products += up * gamma[0, c, 0, 0] * x_hat
        for c, h, w in places:
            x_hat, count = (x[n, c, h, w] - mean) / std, len(places)
            own = dout[n, c, h, w] * gamma[0, c, 0, 0]
            dx[n, c, h, w] = (own - total / count - x_hat * products / count) / std
    return dx, dgamma, dbeta


def _statistics(x: Any, channels: Any) -> tuple[float, float]:
    """Mean and variance of some channels of one image."""
    places = [(c, h, w) for c in channels for h in range(x.shape[1]) for w in range(x.shape[2])]
    total, squares = 0.0, 0.0
    for place in places:
        total += float(x[place])
    mean = total / len(places)
    for place in places:
        squares += (float(x[place]) - mean) ** 2
    return mean, squares / len(places)
