"""The spatial batch normalization of CS231n as its definition.

A convolution looks for the same thing at every place of every image, so its output has a *channel* for each thing that
is looked for, and the numbers of a channel, over all images and places, are of one kind. Spatial batch normalization
normalizes each channel by itself, over N, H and W together (`reference/normalization/core.py` has the formulas), and
then gives it a scale gamma and a shift beta of its own:

    out[n, c, h, w] = gamma[c] * x^[n, c, h, w] + beta[c]

It is the batch normalization of fully connected layers after a change of view: seen as N*H*W rows of C features, an
image batch is an ordinary batch. So `x.transpose(0, 2, 3, 1).reshape(-1, C)` and a `batchnorm_forward` are enough; a
reshape without the transpose would mix the channels.

In *training* the statistics are those of the batch, and each call also moves the running averages in `bn_param` towards
them. Momentum is the share of the old average that stays:

    running = momentum * running + (1 - momentum) * of_the_batch        zeros, where there is no average yet

In *test* mode the running averages are used in place of the batch's statistics, and stay as they are: then the result
for an image does not depend on what else is in the batch. (PyTorch's momentum is the share of the new, and its running
variance is divided by m - 1; the course's convention is the one above.)
"""

from typing import Any

import numpy as np

from reference.normalization.core import DEFAULT_EPS, DEFAULT_MOMENTUM, Array, gradient, normalized, statistics

TOGETHER = (0, 2, 3)
Parameters = dict[str, Any]
Cache = tuple[Array, Array, Array, Parameters]


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Parameters) -> tuple[Array, Cache]:
    """Normalize every channel, and update the running averages.

    Args:
        x: images, shape (N, C, H, W).
        gamma: scale, shape (C,).
        beta: shift, shape (C,).
        bn_param: `mode`, "train" or "test"; `eps` (default 1e-5); `momentum` (default 0.9); `running_mean` and
            `running_var`, shape (C,), zeros where absent. New averages replace these two.

    Any real dtype; computed and returned in float64.

    Returns:
        `(out, cache)`: out of the shape of x, and `(x, gamma, beta, bn_param)` for the backward pass.

    Raises:
        ValueError: where the shapes do not fit together or the mode is neither.

    >>> x = np.arange(4.0).reshape(1, 1, 2, 2)
    >>> bn_param = {"mode": "train", "eps": 0.0}
    >>> out, _ = batchnorm_forward(x, np.ones(1), np.zeros(1), bn_param)
    >>> float(out.mean()), float(out.std()), float(bn_param["running_mean"][0].round(3))
    (0.0, 1.0, 0.15)
    """
    _check(x, gamma, beta, bn_param)
    C = x.shape[1]
    eps, momentum = bn_param.get("eps", DEFAULT_EPS), bn_param.get("momentum", DEFAULT_MOMENTUM)
    x = x.astype(np.float64)
    running_mean, running_var = (
        np.asarray(bn_param.get(name, np.zeros(C)), np.float64) for name in ("running_mean", "running_var")
    )
    if bn_param["mode"] == "train":
        mean, var = statistics(x, TOGETHER)
        running_mean = momentum * running_mean + (1 - momentum) * mean[0, :, 0, 0]
        running_var = momentum * running_var + (1 - momentum) * var[0, :, 0, 0]
    else:
        mean, var = by_channel(running_mean), by_channel(running_var)
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    out = by_channel(gamma) * normalized(x, mean, var, eps) + by_channel(beta)
    return out, (x, gamma, beta, bn_param)


def batchnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of a scalar loss, given dout = dL/d(out); of train mode, which is what the course asks for.

    beta[c] is added to every number of channel c, so dbeta[c] is the sum of dout over the channel. gamma[c] multiplies
    every x^ of the channel, so dgamma[c] is the sum of dout * x^. What reaches x^ is gamma * dout, and from there on it
    is the formula of `normalization/core.py`.

    Args:
        dout: upstream gradient, shape (N, C, H, W).
        cache: `(x, gamma, beta, bn_param)`.

    Returns:
        `(dx, dgamma, dbeta)` in float64, of the shapes of x, gamma and beta.

    Raises:
        ValueError: where dout is not of the shape of x, or the mode is not "train".

    >>> x = np.arange(4.0).reshape(1, 1, 2, 2)
    >>> dx, dgamma, dbeta = batchnorm_backward(np.ones_like(x), (x, np.ones(1), np.zeros(1), {"mode": "train"}))
    >>> float(np.abs(dx).max().round(9)), dbeta.tolist()  # a constant added to x changes nothing
    (0.0, [4.0])
    """
    x, gamma, beta, bn_param = cache
    _check(x, gamma, beta, bn_param)
    if bn_param["mode"] != "train" or dout.shape != x.shape:
        raise ValueError(f"backward is of train mode, with dout of the shape {x.shape}; got {dout.shape}")
    eps = bn_param.get("eps", DEFAULT_EPS)
    x, dout = x.astype(np.float64), dout.astype(np.float64)
    x_hat = normalized(x, *statistics(x, TOGETHER), eps)
    dx = gradient(by_channel(gamma) * dout, x, TOGETHER, eps)
    return dx, (dout * x_hat).sum(axis=TOGETHER), dout.sum(axis=TOGETHER)


def by_channel(values: Array) -> Array:
    """A number for each channel, shape (C,), in a shape that meets (N, C, H, W)."""
    return values.astype(np.float64)[None, :, None, None]


def _check(x: Array, gamma: Array, beta: Array, bn_param: Parameters) -> None:
    """Raise ValueError where the operands do not fit together."""
    if x.ndim != 4 or gamma.shape != x.shape[1:2] or beta.shape != gamma.shape:
        raise ValueError(f"expected x (N, C, H, W), gamma (C,), beta (C,); got {x.shape}, {gamma.shape}, {beta.shape}")
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError(f"the mode is 'train' or 'test', not {bn_param['mode']!r}")
