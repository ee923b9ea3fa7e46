"""The fast baseline, in the students' own signature: sums by matrix products, then one line for each channel.

With the sums of x and of x*x over a channel, mean and variance are known without touching x again, and everything that
is left is a line: out = scale * x + shift, with two numbers for each channel. Backward's three terms are such a line
too, dx = a * dout + b * x + c. Sums over rows are products with a vector of ones, and sums of products are products of
rows and columns: the fastest ways to add in NumPy. They are taken of all images at once, the lines in blocks of images
that stay in the processor's cache between the passes.

A difference of sums loses digits where the mean is large beside the standard deviation. There the variance is computed
again, from what is left after the mean is subtracted. `python -m benchmarks.baseline` prints how fast it is.

NumPy only, since it runs in a sandbox like a submission's. Results have the dtype of x.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Array, Array, dict[str, Any]]
_BLOCK_BYTES = 1024 * 1024
"""What a block of images may take: a usual second-level cache."""
_SHORTEST_BUFFER = 16
"""Elements; NumPy allows no fewer."""
_LARGE = 16
"""Squares of means that are so many times the variance cost digits."""


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
    running = [bn_param.get(name, np.zeros(C, x.dtype)) for name in ("running_mean", "running_var")]
    if bn_param["mode"] == "test":
        mean, var = running
    else:
        mean, var = _statistics(x)
        running = [momentum * old + (1 - momentum) * new for old, new in zip(running, (mean, var), strict=True)]
    bn_param["running_mean"], bn_param["running_var"] = running
    scale = gamma / np.sqrt(var + eps)
    factor, shift = _wide(scale), _wide(beta - mean * scale)
    out = np.empty(x.shape, x.dtype)
    with _short_buffers():
        for images in _blocks(x):
            np.multiply(x[images], factor, out=out[images])
            out[images] += shift
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
    count = x.size // x.shape[1]
    mean, var = _statistics(x)
    over_std = 1 / np.sqrt(var + bn_param.get("eps", 1e-5))
    dbeta = _sums(dout)
    dgamma = over_std * (_products(dout, x) - mean * dbeta)
    a = gamma * over_std
    b = -a * over_std * dgamma / count
    c = -a * dbeta / count - b * mean
    of_dout, of_x, shift = map(_wide, (a, b, c))
    dx = np.empty(x.shape, x.dtype)
    with _short_buffers():
        for images in _blocks(x):
            np.multiply(x[images], of_x, out=dx[images])
            dx[images] += dout[images] * of_dout
            dx[images] += shift
    return dx, dgamma, dbeta


def _statistics(x: Array) -> tuple[Array, Array]:
    """Mean and variance of each channel."""
    count = x.size // x.shape[1]
    mean = _sums(x) / count
    var = _products(x, x) / count - mean * mean
    if (mean * mean > _LARGE * var).any():
        centred = x - mean[:, None, None]
        var = _products(centred, centred) / count
    return mean, var


def _sums(x: Array) -> Array:
    """Over N, H and W."""
    N, C, H, W = x.shape
    rows: Array = x.reshape(N * C, H * W) @ np.ones(H * W, x.dtype)
    found: Array = rows.reshape(N, C).sum(axis=0)
    return found


def _products(one: Array, other: Array) -> Array:
    """The sums of their products over N, H and W."""
    N, C, H, W = one.shape
    rows: Array = one.reshape(N * C, 1, H * W) @ other.reshape(N * C, H * W, 1)
    found: Array = rows.reshape(N, C).sum(axis=0)
    return found


def _wide(values: Array) -> Array:
    """Numbers for each channel, in a shape that meets (N, C, H, W)."""
    return values[:, None, None]


@contextmanager
def _short_buffers() -> Iterator[None]:
    """While one number meets a row, NumPy is not to copy that number into a whole buffer, as it does where rows fit."""
    before = np.setbufsize(_SHORTEST_BUFFER)
    try:
        yield
    finally:
        np.setbufsize(before)


def _blocks(x: Array) -> Iterator[slice]:
    """Images that stay in the cache together."""
    step = max(1, _BLOCK_BYTES * len(x) // max(1, x.nbytes))
    return (slice(start, start + step) for start in range(0, len(x), step))
