"""Mistakes in the backward pass of any normalization, the commonest first."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.normalization.bugs import counts
from reference.normalization.bugs.affine import GAMMA, affine_bugs, bug
from reference.normalization.bugs.forward import (
    NOT_CENTRED,
    OTHER_DEFAULTS,
    OTHERS,
    always,
    not_centred,
    other_default,
    unbiased,
)
from reference.normalization.core import DEFAULT_EPS, Array
from reference.normalization.steps import Change, Parts, by_mean, by_variance, exchange
from reference.spec import Bug


def _eps_outside() -> tuple[Change, ...]:
    """The variance's part with that deviation too, with its own derivative, and as where eps is below the root."""
    factors = (
        lambda p: p.std / np.sqrt(p.var),
        lambda p: (p.std / np.sqrt(p.var + p.eps)) ** 3,
    )
    outside = {"deviation": lambda var, eps: np.sqrt(var) + eps}
    return exchange(**outside), *(exchange(**outside, by_variance=_scaled(factor)) for factor in factors)


def _scaled(factor: Callable[[Parts], Any]) -> Callable[[Parts], Array]:
    return lambda p: by_variance(p) * factor(p)


def _fixed(p: Parts) -> Array:
    """The deviation as if eps were its default."""
    found: Array = np.sqrt(p.var + DEFAULT_EPS)
    return found


def _own(p: Parts) -> Array:
    return p.std


def _by_variance_of(deviation: Callable[[Parts], Array], divided: Callable[[Parts], Array]) -> Any:
    """The variance's part with another deviation in its derivative than in what all of dx is divided by at the end."""
    return lambda p: p.centred * p.mean(p.g * p.centred) / deviation(p) ** 3 * divided(p)


def _by_unbiased(p: Parts) -> Array:
    """The derivative of that variance."""
    return by_variance(p) * counts.count(p) / (counts.count(p) - 1)


def backward_bugs(*other_shapes: tuple[int, ...]) -> tuple[Bug, ...]:
    """All of them; `other_shapes` are wrong ones for dgamma and dbeta, with -1 for C."""
    return (
        bug(
            "dx-direct-only", "Mean and variance are treated as constants",
            "x also moves its mean and its variance, and through them all the numbers that are normalized with it. "
            "Only the direct way from x to its own x^ is there.",
            "The line that computes dx.",
            "Draw the graph from x to out. How many ways lead from one x to the loss?",
            exchange(by_mean=lambda p: 0.0, by_variance=lambda p: 0.0),
        ),
        bug(
            "dx-no-mean", "The way through the mean is missing in dx",
            "A constant added to all x changes nothing, so the gradients of numbers that are normalized together add "
            "up to zero. Without the part that comes through the mean they do not.",
            "The lines that compute dx.",
            "What is the gradient with respect to the mean, and where does it go?",
            exchange(by_mean=lambda p: 0.0),
        ),
        bug(
            "dx-no-variance", "The way through the variance is missing in dx",
            "The variance depends on every x, and every x^ depends on the variance. That part of the gradient, which "
            "is in proportion to x^, is missing, or comes to 0.",
            "The lines that compute dx.",
            "What is the gradient with respect to the variance, and where does it go? (The mean of x^ is 0, and a "
            "mean of products is no product of means.)",
            exchange(by_variance=lambda p: 0.0),
        ),
        bug(
            "dx-no-gamma", "gamma is missing in dx",
            "out is gamma * x^ + beta, so what reaches x^ is gamma * dout.",
            "The line that computes the gradient of the normalized x.",
            "If gamma is 0, what should dx be?",
            exchange(upstream=lambda dout, gamma: dout),
        ),
        bug(
            "dx-gamma-twice", "gamma stands twice in dx",
            "out is gamma * x^ + beta, so what reaches x^ is gamma * dout, and dx follows from that. Here it is "
            "multiplied by gamma once more.",
            "The line that computes dx, and the one that computes the gradient of the normalized x.",
            "If gamma were twice as large, how much larger should dx be?",
            exchange(upstream=lambda dout, gamma: gamma**2 * dout),
            exchange(finish=lambda dx, given: given.gamma * dx),
        ),
        *counts.BUGS,
        bug(
            "dx-no-deviation", "dx is not divided by the standard deviation",
            "x^ is x without the mean, over the standard deviation, so every part of dx has 1 / sqrt(var + eps) too.",
            "The line that computes dx.",
            "If all x were ten times as large, x^ would be the same. How large would dx be?",
            exchange(over_std=lambda p: 1.0),
        ),
        bug(
            "dx-by-variance", "dx is divided by the variance, not by its root",
            "Every part of dx has 1 / sqrt(var + eps); here it is 1 / (var + eps).",
            "The line that computes dx.",
            "If all x were ten times as large, how large would dx be?",
            exchange(over_std=lambda p: 1 / (p.var + p.eps)),
        ),
        bug(
            "dx-mean-sign", "What comes through the mean has the wrong sign",
            "x^ is x minus the mean, so the part that comes through the mean is subtracted.",
            "The lines that compute dx.",
            "Larger mean, smaller x^: which sign has the derivative?",
            exchange(by_mean=lambda p: -by_mean(p)),
        ),
        bug(
            "dx-variance-sign", "What comes through the variance has the wrong sign",
            "A larger variance makes every x^ smaller, so the part that comes through the variance is subtracted.",
            "The lines that compute dx.",
            "What is the derivative of v ** -0.5?",
            exchange(by_variance=lambda p: -by_variance(p)),
        ),
        bug(
            "dx-variance-twice", "What comes through the variance has the wrong factor",
            "The derivative of (x - mean)^2 has the factor 2, and that of var ** -0.5 the factor 1/2; together they "
            "are 1. One of the two is missing.",
            "The lines that compute the gradients of the variance and of dx.",
            "Write both derivatives down, with their factors.",
            exchange(by_variance=lambda p: 2 * by_variance(p)), exchange(by_variance=lambda p: 0.5 * by_variance(p)),
        ),
        bug(
            "dx-variance-power", "What comes through the variance has the wrong power of var + eps",
            "x^ has (var + eps) ** -0.5, and the derivative of that with respect to the variance has the power -1.5. "
            "Here the power is another one.",
            "The line that computes the gradient of the variance.",
            "What is the derivative of v ** -0.5?",
            exchange(by_variance=lambda p: by_variance(p) * p.std**2),
            exchange(by_variance=lambda p: by_variance(p) * p.std),
            exchange(by_variance=lambda p: by_variance(p) / p.std),
        ),
        bug(
            "dx-eps-fixed", "The gradients do not use the eps of the parameter dict",
            "The dict can hold another eps than 1e-5, and the gradients are as if it did not.",
            "What the cache holds, and where eps is used in backward.",
            "Which eps does the dict hold, and how does backward know it?",
            exchange(eps=lambda eps: DEFAULT_EPS), outputs=("dx", "dgamma"), place="fixed eps",
        ),
        bug(
            "dx-eps-other", "The gradients always use the same eps, and another number than 1e-5",
            "eps is what the parameter dict holds, and 1e-5 where it holds none. The gradients are as if it were "
            "another one, whatever the dict says.",
            "The line that sets eps, in forward or in backward.",
            "Which eps does your function use when the dict has none, and which when it says 0.01?",
            *(exchange(eps=always(other)) for other in OTHERS), outputs=("dx", "dgamma"),
            place="fixed eps",
        ),
        bug(
            "dx-eps-fixed-alone", "dx does not use the eps of the parameter dict",
            "x^ comes from forward, with its eps. But dx, or a part of it, is computed as if eps were always 1e-5.",
            "Where eps is used in backward.", "Which eps does the dict hold, and how does backward know it?",
            exchange(by_variance=_by_variance_of(_fixed, _fixed), over_std=lambda p: 1 / _fixed(p)),
            exchange(by_variance=_by_variance_of(_fixed, _own)), place="fixed eps",
        ),
        bug(
            "bwd-no-eps", "The gradients are computed without eps",
            "x^ is divided by sqrt(var + eps), and so is every part of dx. Here it is sqrt(var), in x^ as well as in "
            "dx.",
            "The lines that compute the standard deviation, in forward or in backward.",
            "Where in the formula of x^ is eps, and where in yours?",
            exchange(eps=lambda eps: 0.0), outputs=("dx", "dgamma"), place="root without eps",
        ),
        bug(
            "dx-eps-twice", "The gradients have eps twice",
            "The standard deviation is sqrt(var + eps), in x^ as well as in dx. Here eps is added to the variance and "
            "then to that sum again.",
            "The lines that compute the variance and the standard deviation, in forward or in backward.",
            "Where does your code add eps, and is it in the variance already by then?",
            exchange(eps=lambda eps: 2 * eps), outputs=("dx", "dgamma"), place="eps added",
        ),
        bug(
            "dx-eps-outside", "The gradients divide by sqrt(var) + eps",
            "eps is added to the variance, below the root, in forward as in backward: sqrt(var + eps).",
            "The lines that compute the standard deviation, in forward or in backward.",
            "Where does the formula of the assignment have eps, inside the root or outside?",
            *_eps_outside(), outputs=("dx", "dgamma"), place="eps beside a root",
        ),
        bug(
            "dx-eps-default", "Where the parameter dict has no eps, the gradients take another one than 1e-5",
            "eps is 1e-5 where the dict says nothing.",
            "The line that reads eps from the parameter dict.",
            "Which value does your `.get` fall back to?",
            *(exchange(eps=other_default(other)) for other in OTHER_DEFAULTS), outputs=("dx", "dgamma"),
            place="other default of eps",
        ),
        bug(
            "dx-variance-no-eps", "The way through the variance has no eps",
            "The derivative with respect to the variance has (var + eps) ** -1.5, and here it is var ** -1.5.",
            "The line that computes the gradient of the variance.",
            "What is the derivative of 1 / sqrt(var + eps)?",
            exchange(by_variance=lambda p: by_variance(p) * ((p.var + p.eps) / p.var) ** 1.5), place="root without eps",
        ),
        bug(
            "dx-no-eps", "dx is divided by sqrt(var), without eps",
            "Every part of dx has 1 / sqrt(var + eps), as forward has. Here eps is left out.",
            "The line that computes dx.",
            "What does forward divide by?",
            exchange(over_std=lambda p: 1 / np.sqrt(p.var)), place="root without eps",
        ),
        bug(
            "dgamma-other-eps", "dgamma is computed with numbers that are normalized with eps elsewhere, or without it",
            "gamma multiplies x^ = (x - mean) / sqrt(var + eps), so dgamma is the sum of dout * x^ with that x^. Here "
            "eps is left out, or added to the root.",
            "Where the x^ comes from that dgamma is computed with, perhaps out of the cache.",
            "Is the x^ in your backward the one that forward should multiply by gamma?",
            exchange(x_hat_of_gamma=lambda p: p.centred / np.sqrt(p.var)),
            exchange(x_hat_of_gamma=lambda p: p.centred / (np.sqrt(p.var) + p.eps)), outputs=GAMMA,
            place="root without eps",
        ),
        bug(
            "dx-unbiased", "The gradients use a variance that is divided by m - 1",
            "The variance of the m numbers that are normalized together is divided by m.",
            "The line that computes the variance, in forward or in backward.",
            "What does `ddof` do in `np.var`, and what is its default?",
            exchange(variance=unbiased), exchange(variance=unbiased, by_variance=_by_unbiased),
            outputs=("dx", "dgamma"), place="ddof",
        ),
        bug(
            "dx-not-centred", *NOT_CENTRED, exchange(squared=not_centred), outputs=("dx", "dgamma"),
            place="mean of squares",
        ),
        *affine_bugs(*other_shapes),
    )  # fmt: skip


def in_view(
    id: str, title: str, explanation: str, where: str, hint: str, *views: Change, place: str = ""
) -> tuple[Bug, Bug]:
    """A mistake in what is normalized together: as it shows in forward, and in the gradients."""
    told = (title, explanation, where, hint)
    forward = Bug(f"out-{id}", "forward", ("out",), *told, views, place)
    return forward, Bug(f"dx-{id}", "backward", ("dx", "dgamma"), *told, views, place)
