"""Spatial group normalization in the ways that students find one after the other, for the axis of a board.

NumPy only, since they are timed in a sandbox like a submission. Same signatures and results as the fast baseline's.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Parameters = dict[str, Any]
Cache = tuple[Array, Array, Array, int, Parameters]
Gradients = tuple[Array, Array, Array]


def spatial_groupnorm_forward_rows(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: Parameters
) -> tuple[Array, Cache]:
    """A row of an image at once."""
    out = np.empty(x.shape, x.dtype)
    for n in range(len(x)):
        for g in range(G):
            channels = _channels(x, G, g)
            mean, std = _mean_and_std_of_rows(x[n], channels, gn_param)
            for c in channels:
                for h in range(x.shape[2]):
                    out[n, c, h] = gamma[0, c, 0, 0] * (x[n, c, h] - mean) / std + beta[0, c, 0, 0]
    return out, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward_rows(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    x, gamma, beta, G, gn_param = cache
    dx, dgamma, dbeta = np.empty(x.shape, x.dtype), np.zeros_like(gamma), np.zeros_like(beta)
    for n in range(len(x)):
        for g in range(G):
            channels = _channels(x, G, g)
            rows = [(c, h) for c in channels for h in range(x.shape[2])]
            mean, std = _mean_and_std_of_rows(x[n], channels, gn_param)
            total, products, count = 0.0, 0.0, len(rows) * x.shape[3]
            for c, h in rows:
                upstream, x_hat = dout[n, c, h], (x[n, c, h] - mean) / std
                dbeta[0, c, 0, 0] += upstream.sum()
                dgamma[0, c, 0, 0] += (upstream * x_hat).sum()
                total += (gamma[0, c, 0, 0] * upstream).sum()
                products += (gamma[0, c, 0, 0] * upstream * x_hat).sum()
            for c, h in rows:
                x_hat = (x[n, c, h] - mean) / std
                dx[n, c, h] = (gamma[0, c, 0, 0] * dout[n, c, h] - (total + x_hat * products) / count) / std
    return dx, dgamma, dbeta


def spatial_groupnorm_forward_groups(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: Parameters
) -> tuple[Array, Cache]:
    """A group of an image at once."""
    out = np.empty(x.shape, x.dtype)
    for n in range(len(x)):
        for g in range(G):
            own = _slice(x, G, g)
            group = x[n, own]
            x_hat = (group - group.mean()) / np.sqrt(group.var() + gn_param.get("eps", 1e-5))
            out[n, own] = gamma[0, own] * x_hat + beta[0, own]
    return out, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward_groups(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    x, gamma, beta, G, gn_param = cache
    dx, dgamma, dbeta = np.empty(x.shape, x.dtype), np.zeros_like(gamma), np.zeros_like(beta)
    for n in range(len(x)):
        for g in range(G):
            own = _slice(x, G, g)
            group, upstream = x[n, own], dout[n, own]
            std = np.sqrt(group.var() + gn_param.get("eps", 1e-5))
            x_hat, scaled = (group - group.mean()) / std, gamma[0, own] * upstream
            dbeta[0, own] += upstream.sum(axis=(1, 2), keepdims=True)
            dgamma[0, own] += (upstream * x_hat).sum(axis=(1, 2), keepdims=True)
            dx[n, own] = (scaled - scaled.mean() - x_hat * (scaled * x_hat).mean()) / std
    return dx, dgamma, dbeta


def spatial_groupnorm_forward_formula(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: Parameters
) -> tuple[Array, Cache]:
    """The formula, over all groups at once."""
    x_hat, _ = _normalized(x, G, gn_param)
    return gamma * x_hat.reshape(x.shape) + beta, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward_formula(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients."""
    x, gamma, _, G, gn_param = cache
    x_hat, std = _normalized(x, G, gn_param)
    scaled = (gamma * dout).reshape(x_hat.shape)
    by_variance = x_hat * (scaled * x_hat).mean(axis=2, keepdims=True)
    dx = ((scaled - scaled.mean(axis=2, keepdims=True) - by_variance) / std).reshape(x.shape)
    dgamma = (dout * x_hat.reshape(x.shape)).sum(axis=(0, 2, 3), keepdims=True)
    return dx, dgamma, dout.sum(axis=(0, 2, 3), keepdims=True)


def spatial_groupnorm_forward_line(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: Parameters
) -> tuple[Array, Cache]:
    """A factor for each channel of each image, and nothing else for each number; sums are matrix products."""
    centred, std = _centred(x, G, gn_param)
    centred *= gamma / std
    centred += beta
    return centred, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward_line(dout: Array, cache: Cache) -> Gradients:
    """The same for the gradients: dx is a factor of dout, one of what x is without its mean, and a shift."""
    x, gamma, _, G, gn_param = cache
    count, (centred, std) = x[0].size // G, _centred(x, G, gn_param)
    sums, products = _products(dout, np.ones_like(x)), _products(dout, centred) / std
    dx = dout * (gamma / std)
    centred *= _of_groups(gamma * products, G) / (std * std * count)
    dx -= centred
    dx -= _of_groups(gamma * sums, G) / (std * count)
    return dx, products.sum(axis=0, keepdims=True), sums.sum(axis=0, keepdims=True)


def _channels(x: Array, G: int, g: int) -> range:
    """Those of a group."""
    each = x.shape[1] // G
    return range(g * each, (g + 1) * each)


def _slice(x: Array, G: int, g: int) -> slice:
    channels = _channels(x, G, g)
    return slice(channels.start, channels.stop)


def _mean_and_std_of_rows(image: Array, channels: range, gn_param: Parameters) -> tuple[Any, Any]:
    """Of some channels of an image (C, H, W), row by row."""
    rows = [image[c, h] for c in channels for h in range(image.shape[1])]
    count = len(rows) * image.shape[2]
    mean = sum(row.sum() for row in rows) / count
    var = sum(((row - mean) ** 2).sum() for row in rows) / count
    return mean, np.sqrt(var + gn_param.get("eps", 1e-5))


def _normalized(x: Array, G: int, gn_param: Parameters) -> tuple[Array, Array]:
    """x^ as (N, G, numbers of a group), and what was divided by."""
    groups = x.reshape(len(x), G, -1)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + gn_param.get("eps", 1e-5))
    return (groups - groups.mean(axis=2, keepdims=True)) / std, std


def _centred(x: Array, G: int, gn_param: Parameters) -> tuple[Array, Array]:
    """What x is without the mean of its group, and the standard deviation of each channel's group, (N, C, 1, 1)."""
    count = x[0].size // G
    centred = x - _of_groups(_products(x, np.ones_like(x)), G) / count
    var = _of_groups(_products(centred, centred), G) / count
    return centred, np.sqrt(var + gn_param.get("eps", 1e-5))


def _products(one: Array, other: Array) -> Array:
    """The sums of their products over H and W, shape (N, C, 1, 1)."""
    N, C, H, W = one.shape
    rows: Array = one.reshape(N * C, 1, H * W) @ other.reshape(N * C, H * W, 1)
    return rows.reshape(N, C, 1, 1)


def _of_groups(values: Array, G: int) -> Array:
    """Sums for channels, shape (N, C, 1, 1), as those of the group that each channel is in."""
    N, C = values.shape[:2]
    sums: Array = values.reshape(N, G, C // G).sum(axis=2)
    return sums.repeat(C // G, axis=1)[:, :, None, None]
