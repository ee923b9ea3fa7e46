"""The fast baselines of the normalizations beside the passes that they cannot do without, and beside plain NumPy.

`python -m benchmarks.baseline` prints it. No normalization reads its input only once: it needs two sums over x before
it can compute a single output. "passes" are the plainest NumPy that does what is left then: a sum and a sum of squares,
a product and a sum for each output; in backward two sums more, and a product and a sum more. They go over whole
arrays, with a single number in place of those for each channel. "one pass" is one of these products.
"plain" is the formula written down with `mean`, `var` and keepdims.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from reference.normalization.core import DEFAULT_EPS, Axes
from reference.spatial_batchnorm import baseline as batchnorm
from reference.spatial_batchnorm.oracle import batchnorm_backward, batchnorm_forward
from reference.spatial_groupnorm import baseline as groupnorm
from reference.spatial_groupnorm.oracle import groupnorm_backward, groupnorm_forward

Array = NDArray[Any]
Way = Callable[[], Array]
Measure = Callable[[Mapping[str, Callable[[], Any]], float], Mapping[str, float]]
WORKLOADS = ((50, 16, 16, 16), (100, 32, 16, 16), (16, 64, 32, 32))
GROUPS = 4


def plain_forward(x: Array, gamma: Array, beta: Array, together: Axes, seen: tuple[int, ...]) -> Array:
    """As the formula is written; `seen` is the shape in which `together` are the axes."""
    groups = x.reshape(seen)
    mean, var = groups.mean(axis=together, keepdims=True), groups.var(axis=together, keepdims=True)
    out: Array = gamma * ((groups - mean) / np.sqrt(var + DEFAULT_EPS)).reshape(x.shape) + beta
    return out


def plain_backward(dout: Array, x: Array, gamma: Array, together: Axes, seen: tuple[int, ...]) -> Array:
    """The gradient dx as the formula is written, with dgamma and dbeta on the way."""
    groups = x.reshape(seen)
    mean, var = groups.mean(axis=together, keepdims=True), groups.var(axis=together, keepdims=True)
    std = np.sqrt(var + DEFAULT_EPS)
    x_hat = (groups - mean) / std
    (dout * x_hat.reshape(x.shape)).sum(axis=(0, 2, 3))
    dout.sum(axis=(0, 2, 3))
    g = (gamma * dout).reshape(seen)
    by_variance = x_hat * (g * x_hat).mean(axis=together, keepdims=True)
    dx: Array = ((g - g.mean(axis=together, keepdims=True) - by_variance) / std).reshape(x.shape)
    return dx


def ways(shape: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Way], Array]]:
    """Each function of both: the ways to compute it, and the right result."""
    rng = np.random.default_rng(231)
    x, dout, room = rng.standard_normal(shape), rng.standard_normal(shape), np.empty(shape)
    N, C, H, W = shape
    gamma, beta = rng.standard_normal(C), rng.standard_normal(C)
    wide = gamma.reshape(1, C, 1, 1), beta.reshape(1, C, 1, 1)
    train: dict[str, Any] = {"mode": "train"}
    rows, up = x.reshape(N * C, H * W), dout.reshape(N * C, H * W)
    ones = np.ones(H * W)

    def line(values: Array) -> Array:
        values = values * 0.5
        values += 0.5
        return values

    def sums(values: Array, others: Array) -> tuple[Array, Array]:
        return values @ ones, np.einsum("ij,ij->i", values, others)

    once: dict[str, Way] = {
        "one pass": lambda: np.multiply(x, 0.5, out=room),
        "passes": lambda: (sums(rows, rows), line(rows))[1],
    }
    twice: dict[str, Way] = {
        "one pass": lambda: np.multiply(x, dout, out=room),
        "passes": lambda: (sums(rows, rows), sums(up, rows), line(rows), line(up))[2],
    }
    seen, together = (N, GROUPS, C // GROUPS, H, W), (2, 3, 4)
    yield (
        "batch, forward",
        once
        | {
            "baseline": lambda: batchnorm.spatial_batchnorm_forward_fast(x, gamma, beta, {"mode": "train"})[0],
            "plain": lambda: plain_forward(x, *wide, (0, 2, 3), shape),
        },
        batchnorm_forward(x, gamma, beta, {"mode": "train"})[0],
    )
    yield (
        "batch, backward",
        twice
        | {
            "baseline": lambda: batchnorm.spatial_batchnorm_backward_fast(dout, (x, gamma, beta, train))[0],
            "plain": lambda: plain_backward(dout, x, wide[0], (0, 2, 3), shape),
        },
        batchnorm_backward(dout, (x, gamma, beta, train))[0],
    )
    yield (
        "group, forward",
        once
        | {
            "baseline": lambda: groupnorm.spatial_groupnorm_forward_fast(x, *wide, GROUPS, {})[0],
            "plain": lambda: plain_forward(x, *wide, together, seen),
        },
        groupnorm_forward(x, *wide, GROUPS, {})[0],
    )
    yield (
        "group, backward",
        twice
        | {
            "baseline": lambda: groupnorm.spatial_groupnorm_backward_fast(dout, (x, *wide, GROUPS, {}))[0],
            "plain": lambda: plain_backward(dout, x, wide[0], together, seen),
        },
        groupnorm_backward(dout, (x, *wide, GROUPS, {}))[0],
    )


def report(measure: Measure, seconds: float) -> str:
    """The ratios as a table; every way is compared with the reference before it is timed."""
    rows = []
    for shape in WORKLOADS:
        for function, several, expected in ways(shape):
            for name in ("baseline", "plain"):
                np.testing.assert_allclose(several[name](), expected, rtol=1e-9, atol=1e-9)
            times = measure(several, seconds)
            ratios = [f"{times[name] / times['passes']:.2f}" for name in ("baseline", "plain")]
            milliseconds = [f"{1000 * times[name]:.2f}" for name in ("one pass", "passes")]
            rows.append([f"x{shape}", function, *milliseconds, *ratios])
    headers = ["normalization", "function", "one pass, ms", "passes, ms", "baseline", "plain"]
    return "normalizations, float64: time over the passes\n" + tabulate(rows, headers=headers, disable_numparse=True)
