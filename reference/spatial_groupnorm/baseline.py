"""The fast baseline, in the students' own signature: a few groups at a time, which stay in the processor's cache.

A group of an image is a row of numbers that lie next to each other, so x is seen as N*G rows. A row needs its mean
before its variance and both before its output; for as many rows as fit into the cache only the first of these passes
comes from memory. The mean is subtracted into the output, whose scalar product with itself is the variance. Scale and
shift are for channels: both of them and the standard deviation are folded into one product for each channel of each
image. `python -m benchmarks.baseline` prints how fast it is.

NumPy only, since it runs in a sandbox like a submission's. Results have the dtype of x.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Array, Array, int, dict[str, Any]]
_BLOCK_BYTES = 256 * 1024
"""What the images of a block may take: a part of a usual second-level cache."""


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
        over_std = _centre(x[images], out[images], G, eps)
        channels = out[images]
        channels *= _by_channel(over_std, x) * gamma
        channels += beta
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
    eps, count, C = gn_param.get("eps", 1e-5), x[0].size // G, x.shape[1]
    dx, dgamma, dbeta = np.empty(x.shape, x.dtype), np.zeros(C, x.dtype), np.zeros(C, x.dtype)
    for images in _blocks(x):
        upstream, centred = dout[images], dx[images]
        over_std = _centre(x[images], centred, G, eps)
        sums = upstream.sum(axis=(2, 3))
        products = np.einsum("nchw,nchw->nc", upstream, centred) * over_std.repeat(C // G, axis=1)
        dbeta += sums.sum(axis=0)
        dgamma += products.sum(axis=0)
        by_mean, by_variance = (_by_group(each * gamma.reshape(C), G) / count for each in (sums, products))
        centred *= _by_channel(-over_std * over_std * by_variance, x)
        centred -= _by_channel(over_std * by_mean, x)
        centred += upstream * (_by_channel(over_std, x) * gamma)
    return dx, dgamma.reshape(gamma.shape), dbeta.reshape(beta.shape)


def _centre(x: Array, centred: Array, G: int, eps: float) -> Array:
    """Write images x without their groups' means; 1 over the standard deviation of each group, shape (N, G)."""
    count = x[0].size // G
    mean = _by_group(x.sum(axis=(2, 3)), G) / count
    np.subtract(x, _by_channel(mean, x), out=centred)
    var = _by_group(np.einsum("nchw,nchw->nc", centred, centred), G) / count
    over_std: Array = 1 / np.sqrt(var + eps)
    return over_std


def _by_group(values: Array, G: int) -> Array:
    """Sums for channels, shape (N, C), as sums for groups, shape (N, G)."""
    found: Array = values.reshape(len(values), G, -1).sum(axis=2)
    return found


def _by_channel(values: Array, x: Array) -> Array:
    """Numbers for groups, shape (N, G), in a shape that meets (N, C, H, W)."""
    return values.repeat(x.shape[1] // values.shape[1], axis=1)[:, :, None, None]


def _blocks(x: Array) -> Iterator[slice]:
    """Images that stay in the cache together."""
    step = max(1, _BLOCK_BYTES * len(x) // max(1, x.nbytes))
    return (slice(start, start + step) for start in range(0, len(x), step))
