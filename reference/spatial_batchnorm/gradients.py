"""Mistakes about dgamma and dbeta that dx is computed with, the commonest first.

The short formula of dx has both in it: `gamma / (m * std) * (m * dout - dbeta - x^ * dgamma)`.
"""

from typing import Any

from reference.normalization.bugs.affine import OF_BOTH, SUMMED, averaged, bug, number
from reference.normalization.core import Axes
from reference.normalization.steps import Change, Parts, both, by_mean, by_variance, exchange
from reference.spec import Bug


def _averaged(names: tuple[str, ...], over: Axes) -> Change:
    """As `averaged`, with that in dx, too."""
    steps = {
        "dgamma": {"by_variance": lambda p: by_variance(p) / number(p.g, over)},
        "dbeta": {"by_mean": lambda p: by_mean(p) / number(p.g, over)},
    }
    return both(averaged(names, over), *(exchange(**steps[name]) for name in names))


def _means(names: tuple[str, ...]) -> Bug:
    told = " and ".join(names)
    is_one = len(names) == 1
    what = "is a mean, not a sum, and dx is computed with it" if is_one else "are means, and dx is computed with them"
    return bug(
        f"dx-{'-'.join(names)}-mean",
        f"{told} {what}",
        "gamma and beta of a channel touch all its numbers, so their gradients are sums over these. dx is computed "
        f"with {told} here: it is right as soon as {'that is' if is_one else 'they are'}.",
        f"The line{'' if is_one else 's'} that compute{'s' if is_one else ''} {told}.",
        "If every image were there twice, how large would dbeta be?",
        *(_averaged(names, over) for over in SUMMED), outputs=("dx", *names), place="mean for a gradient",
    )  # fmt: skip


def _by_x(p: Parts) -> Any:
    return p.x_hat * p.mean(p.g * p.x)


def _by_nothing(p: Parts) -> Any:
    return p.x_hat * p.mean(p.g)


BUGS = (
    bug(
        "dx-dgamma-of-x", "dgamma is computed with x, not with the normalized x, and dx with that dgamma",
        "gamma multiplies the normalized x^, so its gradient is the sum of dout * x^. dx is computed with dgamma here: "
        "it is right as soon as that is.",
        "The line that computes dgamma.",
        "What is multiplied by gamma in the forward pass?",
        exchange(dgamma=lambda dout, x_hat, x: dout * x, by_variance=_by_x), outputs=("dx", "dgamma"), place="dgamma",
    ),
    bug(
        "dx-dgamma-no-x", "dgamma is the sum of dout alone, and dx is computed with it",
        "gamma multiplies the normalized x^, so x^ is a factor of its gradient. dx is computed with dgamma here: it is "
        "right as soon as that is.",
        "The line that computes dgamma.",
        "What is the derivative of gamma * x^ with respect to gamma?",
        exchange(dgamma=lambda dout, x_hat, x: dout, by_variance=_by_nothing), outputs=("dx", "dgamma"),
        place="dgamma",
    ),
    *map(_means, OF_BOTH),
)  # fmt: skip
