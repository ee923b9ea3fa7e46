"""Mistakes in how many numbers the means in dx are over, the commonest first."""

from typing import Any

from reference.normalization.bugs.affine import bug
from reference.normalization.steps import Change, Parts, by_mean, by_variance, exchange
from reference.spec import Bug


def count(p: Parts) -> float:
    """How many numbers are normalized together."""
    return p.g.size / p.mean(p.g).size


def _counted(by: Any, wrong: Any) -> Any:
    """A mean that is taken over another number than that of what is summed."""
    return lambda p: by(p) * count(p) / wrong(p)


def _of_the_first(p: Parts) -> float:
    """The length of the first of the axes that are normalized together."""
    return float(p.g.shape[p.together[0]])


def _of_the_others(p: Parts) -> float:
    return count(p) / _of_the_first(p)


def _one(p: Parts) -> float:
    return 1.0


def _in_both(wrong: Any) -> Change:
    return exchange(by_mean=_counted(by_mean, wrong), by_variance=_counted(by_variance, wrong))


def _sum_in_one(name: str, other: str, change: Change) -> Bug:
    return bug(
        f"dx-no-count-{name}", f"A sum stands in dx where a mean belongs: in the part that comes through the {name}",
        "The two parts that come through mean and variance are divided by m, how many numbers are normalized "
        f"together. Here the one that comes through the {name} is not; the one that comes through the {other} is "
        "right.",
        f"The lines that compute the part of dx that comes through the {name}.",
        "The derivative of a mean with respect to one of its m numbers is not 1. What is it?",
        change,
    )  # fmt: skip


BUGS = (
    bug(
        "dx-wrong-count", "dx counts something else than the numbers that are normalized together",
        "The means in the formula of dx are over all m numbers that are normalized together. Here m is the length "
        "of only some of their axes.",
        "The lines that compute dx: what do they divide by?",
        "How many numbers have the same mean and variance?",
        _in_both(_of_the_first), _in_both(_of_the_others),
    ),
    bug(
        "dx-no-count", "Sums stand in dx where means belong",
        "The two parts that come through mean and variance are divided by m, how many numbers are normalized "
        "together; here they are not.",
        "The lines that compute dx.",
        "The derivative of a mean with respect to one of its m numbers is not 1. What is it?",
        _in_both(_one),
    ),
    _sum_in_one("mean", "variance", exchange(by_mean=_counted(by_mean, _one))),
    _sum_in_one("variance", "mean", exchange(by_variance=_counted(by_variance, _one))),
)  # fmt: skip
