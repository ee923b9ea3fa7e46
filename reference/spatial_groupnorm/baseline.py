"""The fast baseline, in the students' own signature: sums by matrix products, then one line for each channel.

With the sums of x and of x*x over each group, the means and variances are known without touching x again, and
everything that is left is a line: out = scale * x + shift, with two numbers for each channel of each image. Backward's
three terms are such a line too, dx = a * dout + b * x + c. Sums over rows are products with a vector of ones, which is
the fastest way to add in NumPy. They are taken of all images at once, the lines in blocks of images that stay in the
processor's cache between the passes.

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
_BLOCK_BYTES = 1024 * 1024
"""What a block of images may take: a usual second-level cache."""
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
    mean, var = _statistics(x, G)
    scale = gamma.reshape(-1) / np.sqrt(var + gn_param.get("eps", 1e-5))
    shift = beta.reshape(-1) - mean * scale
    out = np.empty(x.shape, x.dtype)
    with _short_buffers():
        for images in _blocks(x):
            np.multiply(x[images], _wide(scale[images]), out=out[images])
            out[images] += _wide(shift[images])
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
    (N, C, H, W), count, factor = x.shape, x[0].size // G, gamma.reshape(-1)
    mean, var = _statistics(x, G)
    over_std = 1 / np.sqrt(var + gn_param.get("eps", 1e-5))
    upstream = dout.reshape(N, C, H * W)
    sums = _sums(upstream)
    products = over_std * (_products(upstream, x.reshape(N, C, H * W)) - mean * sums)
    of_dout = factor * over_std
    of_x = -over_std * over_std * _of_groups(factor * products, G) / count
    shift = -over_std * _of_groups(factor * sums, G) / count - of_x * mean
    dx = np.empty(x.shape, x.dtype)
    with _short_buffers():
        for images in _blocks(x):
            np.multiply(x[images], _wide(of_x[images]), out=dx[images])
            dx[images] += dout[images] * _wide(of_dout[images])
            dx[images] += _wide(shift[images])
    return dx, products.sum(axis=0).reshape(gamma.shape), sums.sum(axis=0).reshape(beta.shape)


def _statistics(x: Array, G: int) -> tuple[Array, Array]:
    """Mean and variance of the group of each channel, shape (N, C)."""
    groups = x.reshape(len(x), G, x[0].size // G)
    count = groups.shape[2]
    mean = _sums(groups) / count
    var = _products(groups, groups) / count - mean * mean
    if (mean * mean > _LARGE * var).any():
        centred = groups - mean[:, :, None]
        var = _products(centred, centred) / count
    return mean.repeat(x.shape[1] // G, axis=1), var.repeat(x.shape[1] // G, axis=1)


def _sums(values: Array) -> Array:
    """Over the last of three axes."""
    rows: Array = values.reshape(-1, values.shape[2]) @ np.ones(values.shape[2], values.dtype)
    return rows.reshape(values.shape[:2])


def _products(one: Array, other: Array) -> Array:
    """The sums of their products over the last of three axes."""
    found: Array = one[:, :, None, :] @ other[:, :, :, None]
    return found[:, :, 0, 0]


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
