"""Spatial batch normalization in the ways that students find one after the other, for the axis of a board.

NumPy only, since they are timed in a sandbox like a submission. Same signatures and results as the fast baseline's.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Parameters = dict[str, Any]
Cache = tuple[Array, Array, Array, Parameters]
Gradients = tuple[Array, Array, Array]


def spatial_batchnorm_forward_rows(x: Array, gamma: Array, beta: Array, bn_param: Parameters) -> tuple[Array, Cache]:
    """A row of an image at once."""
    mean, std = _mean_and_std(x, bn_param, _statistics_of_rows)
    out = np.empty(x.shape, x.dtype)
    for c in range(x.shape[1]):
        for n in range(len(x)):
            for h in range(x.shape[2]):
                out[n, c, h] = gamma[c] * (x[n, c, h] - mean[c]) / std[c] + beta[c]
    return out, (x, gamma, beta, bn_param)


def spatial_batchnorm_backward_rows(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    x, gamma, beta, bn_param = cache
    (N, C, H, W), (mean, var) = x.shape, _statistics_of_rows(x)
    std = np.sqrt(var + bn_param.get("eps", 1e-5))
    dx, dgamma, dbeta = np.empty(x.shape, x.dtype), np.zeros_like(gamma), np.zeros_like(beta)
    for c in range(C):
        for n in range(N):
            for h in range(H):
                dbeta[c] += dout[n, c, h].sum()
                dgamma[c] += (dout[n, c, h] * (x[n, c, h] - mean[c]) / std[c]).sum()
        for n in range(N):
            for h in range(H):
                by_variance = (x[n, c, h] - mean[c]) / std[c] * dgamma[c]
                dx[n, c, h] = gamma[c] / std[c] * (dout[n, c, h] - (dbeta[c] + by_variance) / (N * H * W))
    return dx, dgamma, dbeta


def spatial_batchnorm_forward_channels(
    x: Array, gamma: Array, beta: Array, bn_param: Parameters
) -> tuple[Array, Cache]:
    """A channel at once."""
    mean, std = _mean_and_std(x, bn_param, _statistics_of_channels)
    out = np.empty(x.shape, x.dtype)
    for c in range(x.shape[1]):
        out[:, c] = gamma[c] * (x[:, c] - mean[c]) / std[c] + beta[c]
    return out, (x, gamma, beta, bn_param)


def spatial_batchnorm_backward_channels(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    x, gamma, beta, bn_param = cache
    mean, var = _statistics_of_channels(x)
    std = np.sqrt(var + bn_param.get("eps", 1e-5))
    dx, dgamma, dbeta = np.empty(x.shape, x.dtype), np.empty_like(gamma), np.empty_like(beta)
    for c in range(x.shape[1]):
        x_hat, upstream = (x[:, c] - mean[c]) / std[c], dout[:, c]
        dbeta[c], dgamma[c] = upstream.sum(), (upstream * x_hat).sum()
        dx[:, c] = gamma[c] / std[c] * (upstream - upstream.mean() - x_hat * (upstream * x_hat).mean())
    return dx, dgamma, dbeta


def spatial_batchnorm_forward_formula(x: Array, gamma: Array, beta: Array, bn_param: Parameters) -> tuple[Array, Cache]:
    """The formula, over all channels at once."""
    mean, std = map(_wide, _mean_and_std(x, bn_param, _statistics))
    return _wide(gamma) * ((x - mean) / std) + _wide(beta), (x, gamma, beta, bn_param)


def spatial_batchnorm_backward_formula(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    x, gamma, _, bn_param = cache
    mean, var = map(_wide, _statistics(x))
    std = np.sqrt(var + bn_param.get("eps", 1e-5))
    x_hat = (x - mean) / std
    dbeta, dgamma = dout.sum(axis=(0, 2, 3)), (dout * x_hat).sum(axis=(0, 2, 3))
    count = x.size // x.shape[1]
    return _wide(gamma) / std * (dout - _wide(dbeta) / count - x_hat * _wide(dgamma) / count), dgamma, dbeta


def spatial_batchnorm_forward_line(x: Array, gamma: Array, beta: Array, bn_param: Parameters) -> tuple[Array, Cache]:
    """A factor and a shift for each channel, and nothing else for each number."""
    mean, std = _mean_and_std(x, bn_param, _statistics_by_products)
    factor = gamma / std
    out = x * _wide(factor)
    out += _wide(beta - mean * factor)
    return out, (x, gamma, beta, bn_param)


def spatial_batchnorm_backward_line(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients: dx is a factor of dout, one of what x is without its mean, and a shift."""
    x, gamma, _, bn_param = cache
    count, mean = x.size // x.shape[1], _sums(x) * x.shape[1] / x.size
    centred = x - _wide(mean)
    std = np.sqrt(_products(centred, centred) / count + bn_param.get("eps", 1e-5))
    dbeta, dgamma = _sums(dout), _products(dout, centred) / std
    centred *= _wide(dgamma / (std * count))
    dx = dout - centred
    dx -= _wide(dbeta / count)
    dx *= _wide(gamma / std)
    return dx, dgamma, dbeta


def _mean_and_std(
    x: Array, bn_param: Parameters, statistics: Callable[[Array], tuple[Array, Array]]
) -> tuple[Array, Array]:
    """Of each channel, by what the mode says; in training the running averages move."""
    names, momentum = ("running_mean", "running_var"), bn_param.get("momentum", 0.9)
    running = found = [np.asarray(bn_param.get(name, np.zeros(x.shape[1], x.dtype))) for name in names]
    if bn_param["mode"] == "train":
        found = list(statistics(x))
        running = [momentum * old + (1 - momentum) * new for old, new in zip(running, found, strict=True)]
    bn_param.update(zip(names, running, strict=True))
    return found[0], np.sqrt(found[1] + bn_param.get("eps", 1e-5))


def _statistics_of_rows(x: Array) -> tuple[Array, Array]:
    """Mean and variance of each channel, row by row."""
    (N, C, H), count = x.shape[:3], x.size // x.shape[1]
    mean, var = np.zeros(C, x.dtype), np.zeros(C, x.dtype)
    for c in range(C):
        mean[c] = sum(x[n, c, h].sum() for n in range(N) for h in range(H)) / count
        var[c] = sum(((x[n, c, h] - mean[c]) ** 2).sum() for n in range(N) for h in range(H)) / count
    return mean, var


def _statistics_of_channels(x: Array) -> tuple[Array, Array]:
    channels = range(x.shape[1])
    return np.array([x[:, c].mean() for c in channels]), np.array([x[:, c].var() for c in channels])


def _statistics(x: Array) -> tuple[Array, Array]:
    return x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))


def _statistics_by_products(x: Array) -> tuple[Array, Array]:
    """By sums that are matrix products."""
    count = x.size // x.shape[1]
    mean = _sums(x) / count
    centred = x - _wide(mean)
    return mean, _products(centred, centred) / count


def _sums(x: Array) -> Array:
    """Over N, H and W, by a matrix product."""
    N, C, H, W = x.shape
    found: Array = (x.reshape(N * C, H * W) @ np.ones(H * W, x.dtype)).reshape(N, C).sum(axis=0)
    return found


def _products(one: Array, other: Array) -> Array:
    """The sums of their products over N, H and W."""
    N, C, H, W = one.shape
    rows = one.reshape(N * C, 1, H * W) @ other.reshape(N * C, H * W, 1)
    found: Array = rows.reshape(N, C).sum(axis=0)
    return found


def _wide(values: Array) -> Array:
    """A number for each channel, in a shape that meets (N, C, H, W)."""
    return values[:, None, None]
