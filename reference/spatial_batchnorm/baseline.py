"""The fast baseline, in the students' own signature: a few channels at a time, which stay in the processor's cache.

A channel needs its mean before its variance and both before its output: three passes over x. For as many channels as
fit into the cache only the first of them comes from memory. The mean is subtracted into the output, whose scalar
product with itself is the variance; then the output is scaled and shifted in place. Backward folds its three terms into
one: dx = a * dout + b * (x - mean) + c, with three numbers for each channel. `python -m benchmarks.baseline` prints how
fast it is.

NumPy only, since it runs in a sandbox like a submission's. Results have the dtype of x.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Array, Array, dict[str, Any]]
_BLOCK_BYTES = 256 * 1024
"""What the channels of a block may take: a part of a usual second-level cache."""


def spatial_batchnorm_forward_fast(
    x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Normalize each channel of x (N, C, H, W), and update the running averages in `bn_param`.

    Args:
        x: images, any real dtype and memory layout.
        gamma: scale, shape (C,).
        beta: shift, shape (C,).
        bn_param: `mode`, and perhaps `eps`, `momentum`, `running_mean` and `running_var`.

    Returns:
        `(out, cache)`: out of the shape of x, cache = (x, gamma, beta, bn_param).
    """
    eps, momentum, C = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9), x.shape[1]
    mean, var = (bn_param.get(name, np.zeros(C, x.dtype)) for name in ("running_mean", "running_var"))
    out = np.empty(x.shape, x.dtype)
    if bn_param["mode"] == "test":
        scale = gamma / np.sqrt(var + eps)
        np.multiply(x, _wide(scale), out=out)
        out += _wide(beta - mean * scale)
    else:
        batch_mean, batch_var = np.empty(C, x.dtype), np.empty(C, x.dtype)
        for channels in _blocks(x):
            centred = out[:, channels]
            batch_mean[channels], batch_var[channels] = _centre(x[:, channels], centred)
            centred *= _wide(gamma[channels] / np.sqrt(batch_var[channels] + eps))
            centred += _wide(beta[channels])
        mean = momentum * mean + (1 - momentum) * batch_mean
        var = momentum * var + (1 - momentum) * batch_var
    bn_param["running_mean"], bn_param["running_var"] = mean, var
    return out, (x, gamma, beta, bn_param)


def spatial_batchnorm_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """The gradients of train mode, given dout (N, C, H, W).

    Args:
        dout: upstream gradient.
        cache: (x, gamma, beta, bn_param).

    Returns:
        `(dx, dgamma, dbeta)` of the shapes of x, gamma and beta.
    """
    x, gamma, _, bn_param = cache
    eps, count = bn_param.get("eps", 1e-5), x.size // x.shape[1]
    dx = np.empty(x.shape, x.dtype)
    dgamma, dbeta = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    for channels in _blocks(x):
        upstream, centred = dout[:, channels], dx[:, channels]
        over_std = 1 / np.sqrt(_centre(x[:, channels], centred)[1] + eps)
        dbeta[channels] = _sums(upstream)
        dgamma[channels] = over_std * _products(upstream, centred)
        scale = gamma[channels] * over_std
        centred *= _wide(-over_std * dgamma[channels] / count)
        centred += upstream
        centred -= _wide(dbeta[channels] / count)
        centred *= _wide(scale)
    return dx, dgamma, dbeta


def _centre(x: Array, centred: Array) -> tuple[Array, Array]:
    """Write x without its channels' means; the means and the variances."""
    count = x.size // x.shape[1]
    mean = _sums(x) / count
    np.subtract(x, _wide(mean), out=centred)
    return mean, _products(centred, centred) / count


def _sums(x: Array) -> Array:
    """Over N, H and W."""
    found: Array = x.sum(axis=(2, 3)).sum(axis=0)
    return found


def _products(one: Array, other: Array) -> Array:
    """The sums of their products over N, H and W; by image, so that few numbers are added in a row."""
    found: Array = np.einsum("nchw,nchw->nc", one, other).sum(axis=0)
    return found


def _wide(values: Array) -> Array:
    """Numbers for each channel, in a shape that meets (N, C, H, W)."""
    return values[:, None, None]


def _blocks(x: Array) -> Iterator[slice]:
    """Channels that stay in the cache together."""
    step = max(1, _BLOCK_BYTES * x.shape[1] // max(1, x.nbytes))
    return (slice(start, start + step) for start in range(0, x.shape[1], step))
