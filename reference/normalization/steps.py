"""A normalization step by step, so that a mistake is an exchanged step.

A pass is a record of its steps (`Forward`, `Backward`): what is normalized together, what the variance is, where eps
is added. The steps as they stand give the right results, and a bug exchanges one or two of them, so two bugs are
combined by exchanging both. Batch and group normalization differ in what they normalize together, which is the first
steps (`View`). A mistake can have several forms (`variants`), which all bear one name. Computed in float64.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from reference.normalization.core import DEFAULT_EPS, DEFAULT_MOMENTUM, Array, Axes

OVER = (0, 2, 3)
"""The axes of x that a number for each channel does not have."""


@dataclass(frozen=True, slots=True)
class View:
    """What is normalized together."""

    split: Callable[[Array, int], Array] = lambda x, G: x
    """x (N, C, H, W) and the number of groups -> x with axes of which some are normalized together."""
    together: Axes = OVER
    """Those axes."""
    enter: Callable[[Array], Array] = lambda x: x
    """x as the code sees it: (N', C, H', W'), perhaps with the numbers in other places."""
    enter_upstream: Callable[[Array], Array] | None = None
    """The same for the upstream gradient, where it is another."""
    leave: Callable[[Array, Array], Array] = lambda out, x: out.reshape(x.shape)
    """What was computed of that, and the x that it was computed of -> (N, C, H, W)."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a call is given."""

    x: Array
    gamma: Array
    """(1, C, 1, 1)"""
    beta: Array
    groups: int
    eps: float
    momentum: float
    is_test: bool
    averages: tuple[Array, Array] | None
    """Running mean and variance, where there are some."""

    @classmethod
    def of(cls, arrays: Mapping[str, Array], parameters: Mapping[str, Any]) -> "Given":
        """From a problem's arrays, and from its scalars and parameters by name."""
        x, gamma, beta = (arrays[name].astype(np.float64) for name in ("x", "gamma", "beta"))
        held = [parameters.get(name) for name in ("running_mean", "running_var")]
        return cls(
            x,
            gamma.reshape(1, -1, 1, 1),
            beta.reshape(1, -1, 1, 1),
            parameters.get("G", 1),
            parameters.get("eps", DEFAULT_EPS),
            parameters.get("momentum", DEFAULT_MOMENTUM),
            parameters.get("mode") == "test",
            None if held[0] is None or held[1] is None else (held[0].astype(float), held[1].astype(float)),
        )


def mean_over(x: Array, together: Axes) -> Array:
    """Kept as axes of length one."""
    found: Array = x.mean(axis=together, keepdims=True)
    return found


def _variance(centred: Array, together: Axes) -> Array:
    return mean_over(centred**2, together)


def _divided(centred: Array, var: Array, eps: float) -> Array:
    return centred / np.sqrt(var + eps)


def _averaged(old: Array, new: Array, momentum: float) -> Array:
    return momentum * old + (1 - momentum) * new


def _of_channels(statistic: Array, channels: int) -> Array:
    """A number for each channel, of a statistic of shape (1, C, 1, 1)."""
    return statistic.reshape(-1)


@dataclass(frozen=True, slots=True)
class Forward:
    """The steps of the forward pass."""

    view: View
    eps: Callable[[float], float] = lambda eps: eps
    squared: Callable[[Array, Array], Array] = np.subtract
    """x and its mean -> of what the variance is the mean of the squares."""
    variance: Callable[[Array, Axes], Array] = _variance
    divide: Callable[[Array, Array, float], Array] = _divided
    normalized: Callable[[Array, Array, Array, float], Array] | None = None
    """x, its mean, its variance and eps -> x^, where that is not the difference, divided."""
    scale: Callable[[Array, Array, Array], Array] = lambda x_hat, gamma, beta: gamma * x_hat + beta
    momentum: Callable[[float], float] = lambda momentum: momentum
    average: Callable[[Array, Array, float], Array] = _averaged
    other_average: Mapping[str, Callable[[Array, Array, float], Array]] = field(default_factory=dict)
    """By the name of a running average, where it is another way."""
    kept_variance: Callable[[Array, int, float], Array] = lambda var, count, eps: var
    """The batch's variance, of how many numbers, and eps -> what is averaged."""
    of_batch: Callable[[Array, int], Array] = _of_channels
    """The batch's mean or variance, and C -> what is averaged."""
    kept_over: Axes | None = None
    """The axes of x that the averaged mean and variance go over, where they are others than what is used."""
    writes: tuple[str, ...] = ("running_mean", "running_var")
    """The averages that are written: the others are left as they were, or are not there."""
    first: Callable[[Array], Array] = np.zeros_like
    """What the averages are at first, beside those of the batch."""
    first_variance: Callable[[Array], Array] = np.zeros_like
    shape: Callable[[Array], Array] = lambda averages: averages
    """What is done to new averages of the shape (C,)."""
    shaped: tuple[str, ...] = ("running_mean", "running_var")
    """To which of them."""
    beside_x: Callable[[Array], Array] = lambda averages: averages.reshape(1, -1, 1, 1)
    """Averages of the shape (C,) as they meet x in test mode."""
    uses_averages: bool = True
    """In test mode."""
    divide_in_test: Callable[[Array, Array, float], Array] | None = None
    """Where it is another way than in training."""
    scale_in_test: Callable[[Array, Array, Array], Array] | None = None
    uses_updated: bool = False
    """In test mode: the averages that `updates_in_test` has changed."""
    updates_in_test: bool = False

    def run(self, given: Given, *, averages: bool) -> dict[str, Array]:
        """The outputs by name, the running averages too if there are any; raises whatever this code would raise."""
        x = self.view.enter(given.x)
        seen, together, eps = self.view.split(x, given.groups), self.view.together, self.eps(given.eps)
        mean = mean_over(seen, together)
        var = self.variance(self.squared(seen, mean), together)
        found = self._averages(given, *self._kept(x, mean, var), seen.size // mean.size, eps) if averages else {}
        if given.is_test and self.uses_averages and given.averages is not None:
            used = tuple(found.values()) if self.uses_updated else given.averages
            mean, var = (self.beside_x(each) for each in used)
        divide = self.divide_in_test if given.is_test and self.divide_in_test is not None else self.divide
        x_hat = divide(seen - mean, var, eps) if self.normalized is None else self.normalized(seen, mean, var, eps)
        x_hat = x_hat.reshape(x.shape)
        scale = self.scale_in_test if given.is_test and self.scale_in_test is not None else self.scale
        out = self.view.leave(scale(x_hat, given.gamma, given.beta), given.x)
        return {"out": out, **{name: value for name, value in found.items() if given.averages or name in self.writes}}

    def _kept(self, x: Array, mean: Array, var: Array) -> tuple[Array, Array]:
        """The mean and the variance that are averaged."""
        if self.kept_over is None:
            return mean, var
        mean = mean_over(x, self.kept_over)
        return mean, self.variance(x - mean, self.kept_over)

    def _averages(self, given: Given, mean: Array, var: Array, count: int, eps: float) -> dict[str, Array]:
        of_mean, of_var = (self.of_batch(statistic, given.gamma.size) for statistic in (mean, var))
        new = of_mean, self.kept_variance(of_var, count, eps)
        old = given.averages or (self.first(new[0]), self.first_variance(new[1]))
        momentum, names = self.momentum(given.momentum), ("running_mean", "running_var")
        if given.is_test and not self.updates_in_test:
            return dict(zip(names, old, strict=True))
        pairs = zip(names, old, new, strict=True)
        averages = {
            name: self.other_average.get(name, self.average)(before, now, momentum) if name in self.writes else before
            for name, before, now in pairs
        }
        return {
            name: self.shape(average) if name in self.shaped and name in self.writes else average
            for name, average in averages.items()
        }


@dataclass(frozen=True, slots=True)
class Parts:
    """What a backward pass has at hand, all of it in the shape that is normalized."""

    g: Array
    """dL/dx^"""
    x: Array
    x_hat: Array
    centred: Array
    var: Array
    std: Array
    eps: float
    together: Axes

    def mean(self, values: Array) -> Array:
        """The mean of each set, to be subtracted from it."""
        return mean_over(values, self.together)


def by_mean(p: Parts) -> Array:
    """What comes through the mean."""
    return p.mean(p.g)


def by_variance(p: Parts) -> Array:
    """What comes through the variance."""
    return p.x_hat * p.mean(p.g * p.x_hat)


@dataclass(frozen=True, slots=True)
class Backward:
    """The steps of the backward pass."""

    view: View
    shape: tuple[int, ...]
    """Shape of the gradients of gamma and beta, with -1 for C."""
    other_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By the name of the gradient, where it is not that."""
    eps: Callable[[float], float] = lambda eps: eps
    squared: Callable[[Array, Array], Array] = np.subtract
    """As in `Forward`."""
    variance: Callable[[Array, Axes], Array] = _variance
    upstream: Callable[[Array, Array], Array] = lambda dout, gamma: gamma * dout
    by_mean: Callable[[Parts], Array | float] = by_mean
    by_variance: Callable[[Parts], Array | float] = by_variance
    deviation: Callable[[Array, float], Array] = lambda var, eps: np.sqrt(var + eps)
    over_std: Callable[[Parts], Array | float] = lambda p: 1 / p.std
    finish: Callable[[Array, Given], Array] = lambda dx, given: dx
    x_hat_of_gamma: Callable[[Parts], Array] = lambda p: p.x_hat
    """x^ as dgamma has it."""
    dgamma: Callable[[Array, Array, Array], Array] = lambda dout, x_hat, x: dout * x_hat
    """dout, x^ and x -> what is summed."""
    dbeta: Callable[[Array], Array] = lambda dout: dout
    total: Callable[[Array], Array] = lambda values: values.sum(axis=OVER, keepdims=True)
    partly: Mapping[str, Callable[[Array], Array]] = field(default_factory=dict)
    """By the name of the gradient, how it is summed where axes are left."""
    swaps: bool = False
    """dgamma and dbeta are returned in each other's place."""

    def run(self, dout: Array, given: Given) -> dict[str, Array]:
        """dx, dgamma and dbeta by name; raises whatever this code would raise."""
        x, upstream = self.view.enter(given.x), (self.view.enter_upstream or self.view.enter)(dout)
        seen, together, eps = self.view.split(x, given.groups), self.view.together, self.eps(given.eps)
        mean = mean_over(seen, together)
        centred = seen - mean
        var = self.variance(self.squared(seen, mean), together)
        std = self.deviation(var, eps)
        x_hat = centred / std
        g = self.view.split(self.upstream(upstream, given.gamma), given.groups)
        p = Parts(g, seen, x_hat, centred, var, std, eps, together)
        dx = ((g - self.by_mean(p) - self.by_variance(p)) * self.over_std(p)).reshape(x.shape)
        scaled = self.x_hat_of_gamma(p).reshape(x.shape)
        dgamma = self._summed("dgamma", self.dgamma(upstream, scaled, x))
        dbeta = self._summed("dbeta", self.dbeta(upstream))
        if self.swaps:
            dgamma, dbeta = dbeta, dgamma
        return {"dx": self.finish(self.view.leave(dx, given.x), given), "dgamma": dgamma, "dbeta": dbeta}

    def _summed(self, name: str, values: Array) -> Array:
        if name in self.partly:
            return self.partly[name](values)
        return self.total(values).reshape(self.other_shapes.get(name, self.shape))


Steps = Forward | Backward
Change = Callable[[Any], Any]


def exchange(**steps: Any) -> Change:
    """A variant that exchanges these steps."""
    return lambda found: replace(found, **steps)


def both(*changes: Change) -> Change:
    """A variant that makes several changes."""
    return lambda found: reduce(lambda changed, change: change(changed), changes, found)


def exchange_view(**steps: Any) -> Change:
    """A variant that exchanges these steps of the view."""
    return lambda found: replace(found, view=replace(found.view, **steps))


def run(forward: Forward, backward: Backward, form: Any, arrays: Any, dout: Array, parameters: Any) -> dict[str, Array]:
    """As `Bank.run`, for an operator whose right passes are these two."""
    is_forward = form[0][0].function == "forward"
    found: Any = forward if is_forward else backward
    for bug, variant in form:
        found = bug.variants[variant](found)
    given = Given.of(arrays, parameters)
    with np.errstate(all="ignore"):
        if is_forward:
            outputs: dict[str, Array] = found.run(given, averages="mode" in parameters)
            return outputs
        gradients: dict[str, Array] = found.run(dout.astype(np.float64), given)
        return gradients
