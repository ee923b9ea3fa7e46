"""Normalization, whatever is normalized together: the mathematics that batch and group normalization share.

Some of the axes of an array are *normalized together*: of the numbers along them, a *set*, the mean is subtracted, and
what is left is divided by the standard deviation. For a set of m numbers x_1, ..., x_m:

    mean  = (x_1 + ... + x_m) / m
    var   = ((x_1 - mean)^2 + ... + (x_m - mean)^2) / m        divided by m, not by m - 1
    x^_i  = (x_i - mean) / sqrt(var + eps)                     eps is below the root

Backward. Each x_i moves all the x^ of its set: its own directly, and every one of them through the mean and the
variance. With g_i = dL/dx^_i, the chain rule gives three terms, in which the sums are over the set:

    dx_i = (g_i  -  (g_1 + ... + g_m) / m  -  x^_i (g_1 x^_1 + ... + g_m x^_m) / m) / sqrt(var + eps)
            itself        by the mean                    by the variance

The second term takes away what all g have in common, since a constant added to all x changes no x^. The third takes
away what is proportional to x^, since stretching all x changes no x^ either (but for eps).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Axes = tuple[int, ...]
DEFAULT_EPS, DEFAULT_MOMENTUM = 1e-5, 0.9
"""What the course's functions take where the parameter dict says nothing."""


def statistics(x: Array, together: Axes) -> tuple[Array, Array]:
    """Mean and variance of each set, with axes of length one where x has those that are normalized together.

    >>> mean, var = statistics(np.array([[1.0, 3.0]]), (1,))
    >>> mean.tolist(), var.tolist()
    ([[2.0]], [[1.0]])
    """
    mean = x.mean(axis=together, keepdims=True)
    return mean, ((x - mean) ** 2).mean(axis=together, keepdims=True)


def normalized(x: Array, mean: Array, var: Array, eps: float) -> Array:
    """x^: every number without the mean, over the standard deviation."""
    found: Array = (x - mean) / np.sqrt(var + eps)
    return found


def gradient(g: Array, x: Array, together: Axes, eps: float) -> Array:
    """dL/dx, where g is dL/dx^ and x^ is normalized with the statistics of x itself.

    Args:
        g: of the shape of x.
        x: in float64.
        together: the axes that are normalized together.
        eps: what is added to the variance.
    """
    mean, var = statistics(x, together)
    x_hat = normalized(x, mean, var, eps)
    by_mean = g.mean(axis=together, keepdims=True)
    by_variance = x_hat * (g * x_hat).mean(axis=together, keepdims=True)
    found: Array = (g - by_mean - by_variance) / np.sqrt(var + eps)
    return found
