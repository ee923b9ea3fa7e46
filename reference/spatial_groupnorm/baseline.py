"""The fast baseline, in the students' own signature: sums by matrix products, then one line for each channel.

With the sums of x and of x*x over each channel of each image, the means and variances of the groups are known without
touching x again, and everything that is left is a line: out = scale * x + shift, with two numbers for each channel of
each image. Backward's three terms are such a line too, dx = a * dout + b * x + c. Sums over rows are products with a
vector of ones, which is the fastest way to add in NumPy. Images are taken in blocks that stay in the processor's cache
while several passes go over them.

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
Cache = tuple[Array, Array, Array, int, dict[str, Any]]
_BLOCK_BYTES = 2 * 1024 * 1024
"""What a block of images may take: a part of a usual second-level cache."""
_SHORTEST_BUFFER = 16
"""Elements; NumPy allows no fewer."""
_LARGE = 16
"""Squares of means that are so many times the variance cost digits."""


def spatial_groupnorm_forward_fast(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Normalize each group of channels of each image of x (N, C, H, W).

    Args:
        x: images, any real dtype and memory layout.
        gamma: scale, shape (1, C, 1, 1).
        beta: shift, shape (1, C, 1, 1).
        G: how many groups.
        gn_param: perhaps `eps`.

    Returns:
        `(out, cache)`: out of the shape of x, cache = (x, gamma, beta, G, gn_param).
    """
    eps, out = gn_param.get("eps", 1e-5), np.empty(x.shape, x.dtype)
    for images in _blocks(x):
        mean, var = _statistics(x[images], G)
        scale = gamma.reshape(-1) / np.sqrt(var + eps)
        shift = beta.reshape(-1) - mean * scale
        with _short_buffers():
            np.multiply(x[images], _wide(scale), out=out[images])
            out[images] += _wide(shift)
    return out, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """The gradients, given dout (N, C, H, W).

    Args:
        dout: upstream gradient.
        cache: (x, gamma, beta, G, gn_param).

    Returns:
        `(dx, dgamma, dbeta)` of the shapes of x, gamma and beta.
    """
    x, gamma, beta, G, gn_param = cache
    eps, count, factor = gn_param.get("eps", 1e-5), x[0].size // G, gamma.reshape(-1)
    dx, dgamma, dbeta = np.empty(x.shape, x.dtype), np.zeros_like(factor), np.zeros_like(factor)
    for images in _blocks(x):
        mean, var = _statistics(x[images], G)
        over_std = 1 / np.sqrt(var + eps)
        sums = _sums(dout[images])
        products = over_std * (_products(dout[images], x[images]) - mean * sums)
        dbeta += sums.sum(axis=0)
        dgamma += products.sum(axis=0)
        b = -over_std * over_std * _of_groups(factor * products, G) / count
        c = -over_std * _of_groups(factor * sums, G) / count - b * mean
        with _short_buffers():
            np.multiply(x[images], _wide(b), out=dx[images])
            dx[images] += dout[images] * _wide(factor * over_std)
            dx[images] += _wide(c)
    return dx, dgamma.reshape(gamma.shape), dbeta.reshape(beta.shape)


def _statistics(x: Array, G: int) -> tuple[Array, Array]:
    """Mean and variance of the group of each channel, shape (N, C)."""
    count = x[0].size // G
    mean = _of_groups(_sums(x), G) / count
    var = _of_groups(_products(x, x), G) / count - mean * mean
    if np.any(mean * mean > _LARGE * var):
        centred = x - _wide(mean)
        var = _of_groups(_products(centred, centred), G) / count
    return mean, var


def _sums(x: Array) -> Array:
    """Over H and W."""
    N, C, H, W = x.shape
    rows: Array = x.reshape(N * C, H * W) @ np.ones(H * W, x.dtype)
    return rows.reshape(N, C)


def _products(one: Array, other: Array) -> Array:
    """The sums of their products over H and W."""
    N, C, H, W = one.shape
    rows: Array = one.reshape(N * C, 1, H * W) @ other.reshape(N * C, H * W, 1)
    return rows.reshape(N, C)


def _of_groups(values: Array, G: int) -> Array:
    """Sums for channels, shape (N, C), as those of the group that each channel is in."""
    N, C = values.shape
    sums: Array = values.reshape(N, G, C // G).sum(axis=2)
    return sums.repeat(C // G, axis=1)


def _wide(values: Array) -> Array:
    """Numbers for each channel of each image, in a shape that meets (N, C, H, W)."""
    return values[:, :, None, None]


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
