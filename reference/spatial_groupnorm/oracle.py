"""The spatial group normalization of CS231n as its definition.

Batch normalization takes its statistics from the whole batch, which are poor where the batch is small. Group
normalization (Wu and He, 2018) never looks at another image: it divides the C channels of an image into G groups of
C/G channels that stand next to each other, and normalizes each group of each image over its channels, rows and columns
together (`reference/normalization/core.py` has the formulas). Then every channel gets a scale and a shift of its own:

    out[n, c, h, w] = gamma[c] * x^[n, c, h, w] + beta[c]

With G = 1 all of an image is one group, which is layer normalization; with G = C every channel is a group of its own,
which is instance normalization. `x.reshape(N, G, C // G, H, W)` has the groups as an axis, and the other three axes
behind it are normalized together. Reshaping to (N, C // G, G, H, W) would put channels into one group that do not stand
next to each other.

Scale and shift are for channels and not for groups, so they are applied after the groups are undone, and in backward
gamma multiplies dout before the groups are formed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.normalization.core import DEFAULT_EPS, Array, gradient, normalized, statistics

TOGETHER = (2, 3, 4)
"""The axes of (N, G, C / G, H, W) that are normalized together."""
OVER = (0, 2, 3)
"""The axes of x that gamma and beta do not have."""
Cache = tuple[Array, Array, Array, int, Mapping[str, Any]]


def groupnorm_forward(x: Array, gamma: Array, beta: Array, G: int, gn_param: Mapping[str, Any]) -> tuple[Array, Cache]:
    """Normalize each group of channels of each image.

    Args:
        x: images, shape (N, C, H, W).
        gamma: scale, shape (1, C, 1, 1).
        beta: shift, shape (1, C, 1, 1).
        G: how many groups; divides C.
        gn_param: `eps` (default 1e-5).

    Any real dtype; computed and returned in float64.

    Returns:
        `(out, cache)`: out of the shape of x, and `(x, gamma, beta, G, gn_param)` for the backward pass.

    Raises:
        ValueError: where the shapes do not fit together or G does not divide C.

    >>> x = np.arange(8.0).reshape(1, 2, 2, 2)
    >>> out, _ = groupnorm_forward(x, np.ones((1, 2, 1, 1)), np.zeros((1, 2, 1, 1)), 2, {"eps": 0.0})
    >>> bool(np.allclose(out[0, 0], out[0, 1]))  # the second channel is the first and 4 more
    True
    """
    _check(x, gamma, beta, G)
    groups = in_groups(x, G)
    x_hat = normalized(groups, *statistics(groups, TOGETHER), gn_param.get("eps", DEFAULT_EPS)).reshape(x.shape)
    out = gamma.astype(np.float64) * x_hat + beta.astype(np.float64)
    return out, (x, gamma, beta, G, gn_param)


def groupnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of a scalar loss, given dout = dL/d(out).

    dbeta and dgamma are sums over all images and places, of dout and of dout * x^. What reaches x^ is gamma * dout, and
    from there on it is the formula of `normalization/core.py`, group by group.

    Args:
        dout: upstream gradient, shape (N, C, H, W).
        cache: `(x, gamma, beta, G, gn_param)`.

    Returns:
        `(dx, dgamma, dbeta)` in float64, of the shapes of x, gamma and beta.

    Raises:
        ValueError: where dout is not of the shape of x.

    >>> x, gamma = np.arange(8.0).reshape(1, 2, 2, 2), np.ones((1, 2, 1, 1))
    >>> dx, dgamma, dbeta = groupnorm_backward(np.ones_like(x), (x, gamma, 0 * gamma, 1, {}))
    >>> float(np.abs(dx).max().round(9)), dbeta.ravel().tolist()
    (0.0, [4.0, 4.0])
    """
    x, gamma, beta, G, gn_param = cache
    _check(x, gamma, beta, G)
    if dout.shape != x.shape:
        raise ValueError(f"dout has shape {dout.shape}, the forward output has shape {x.shape}")
    eps, groups, dout = gn_param.get("eps", DEFAULT_EPS), in_groups(x, G), dout.astype(np.float64)
    x_hat = normalized(groups, *statistics(groups, TOGETHER), eps).reshape(x.shape)
    dx = gradient(in_groups(gamma * dout, G), groups, TOGETHER, eps).reshape(x.shape)
    return dx, (dout * x_hat).sum(axis=OVER, keepdims=True), dout.sum(axis=OVER, keepdims=True)


def in_groups(x: Array, G: int) -> Array:
    """X (N, C, H, W) as (N, G, C / G, H, W), in float64."""
    N, C, H, W = x.shape
    return x.astype(np.float64).reshape(N, G, C // G, H, W)


def _check(x: Array, gamma: Array, beta: Array, G: int) -> None:
    """Raise ValueError where the operands do not fit together."""
    if x.ndim != 4 or gamma.shape != (1, x.shape[1], 1, 1) or beta.shape != gamma.shape:
        given = f"{x.shape}, {gamma.shape}, {beta.shape}"
        raise ValueError(f"expected x (N, C, H, W), gamma (1, C, 1, 1), beta (1, C, 1, 1); got {given}")
    if G < 1 or x.shape[1] % G:
        raise ValueError(f"{G} groups do not divide {x.shape[1]} channels")
