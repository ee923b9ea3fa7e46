"""Mistakes in the gradients of gamma and beta, the commonest first."""

import math
from functools import partial
from typing import Any

import numpy as np

from reference.normalization.core import Array, Axes
from reference.normalization.steps import OVER, Change, exchange
from reference.spec import Bug

GAMMA = ("dgamma",)


def bug(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
    """A mistake in backward: in dx, if nothing else is said."""
    outputs = more.pop("outputs", ("dx",))
    return Bug(id, "backward", outputs, title, explanation, where, hint, variants, **more)


def number(values: Array, axes: Axes) -> int:
    """How many numbers are in these axes together."""
    return math.prod(values.shape[axis] for axis in axes)


SUMMED: tuple[Axes, ...] = (OVER, (2, 3), (0,))
"""All axes over which dgamma and dbeta are sums, and some of them."""


def averaged(names: tuple[str, ...], over: Axes) -> Change:
    """dgamma, dbeta or both are means over these axes of dout (N, C, H, W), and sums over the others."""
    steps = {
        "dgamma": lambda dout, x_hat, x: dout * x_hat / number(dout, over),
        "dbeta": lambda dout: dout / number(dout, over),
    }
    return exchange(**{name: steps[name] for name in names})


_OVER_FEW = [partial(np.sum, axis=axes, keepdims=keeps) for axes in ((0,), (2, 3), (0, 2)) for keeps in (False, True)]
OF_BOTH = (("dgamma", "dbeta"), ("dgamma",), ("dbeta",))


def affine_bugs(*other_shapes: tuple[int, ...]) -> tuple[Bug, ...]:
    """All of them; `other_shapes` are wrong ones for dgamma and dbeta, with -1 for C."""
    return (
        bug(
            "dgamma-of-x", "dgamma is computed with x, not with the normalized x",
            "gamma multiplies the normalized x^, so its gradient is the sum of dout * x^.",
            "The line that computes dgamma.",
            "What is multiplied by gamma in the forward pass?",
            exchange(dgamma=lambda dout, x_hat, x: dout * x), outputs=GAMMA, place="dgamma",
        ),
        bug(
            "dgamma-no-x", "dgamma is the sum of dout alone",
            "gamma multiplies the normalized x^, so x^ is a factor of its gradient.",
            "The line that computes dgamma.",
            "What is the derivative of gamma * x^ with respect to gamma?",
            exchange(dgamma=lambda dout, x_hat, x: dout), outputs=GAMMA, place="dgamma",
        ),
        bug(
            "dgamma-dbeta-mean", "The gradient of gamma or beta is a mean, not a sum",
            "gamma and beta of a channel touch all its numbers, so their gradients are sums over these.",
            "The lines that compute dgamma and dbeta.",
            "If every image were there twice, how large would these gradients be?",
            *(averaged(names, over) for names in OF_BOTH for over in SUMMED), outputs=("dgamma", "dbeta"),
            place="mean for a gradient",
        ),
        bug(
            "dgamma-dbeta-swapped", "dgamma and dbeta are exchanged",
            "Each has the values of the other.",
            "The return statement, and the names that its caller gives to the values.",
            "In which order are the three gradients returned?",
            exchange(swaps=True), outputs=("dgamma", "dbeta"), place="gradients exchanged",
        ),
        bug(
            "dgamma-dbeta-axes-left", "The gradient of gamma or beta still has axes that it should be summed over",
            "gamma and beta of a channel touch its numbers in all images, rows and columns, so all of these are summed "
            "up, and one number is left for each channel.",
            "The axes in the sums for dgamma and dbeta.",
            "dout has shape (N, C, H, W). Which axes have to go, and which stays?",
            *(exchange(partly=dict.fromkeys(names, summed)) for names in OF_BOTH for summed in _OVER_FEW),
            outputs=("dgamma", "dbeta"), place="sum over few",
        ),
        bug(
            "dgamma-dbeta-shape", "The gradient of gamma or beta has the wrong shape",
            "A gradient has the shape of what it is the gradient of: dgamma that of gamma, dbeta that of beta.",
            "The lines that compute dgamma and dbeta.",
            "Which shape has gamma, and which axes are left after your sum? (`keepdims=True` leaves all of them.)",
            *(exchange(other_shapes=dict.fromkeys(names, shape)) for names in OF_BOTH for shape in other_shapes),
            outputs=("dgamma", "dbeta"), place="sum keeps no axes" if (-1,) in other_shapes else "sum keeps axes",
        ),
    )  # fmt: skip
