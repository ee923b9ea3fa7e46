"""Mistakes in the forward pass of any normalization, the commonest first."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.normalization.core import DEFAULT_EPS, Array, Axes
from reference.normalization.steps import Change, exchange
from reference.spec import Bug


def unbiased(centred: Array, together: Axes) -> Array:
    """The variance with m - 1 below."""
    count = int(np.prod([centred.shape[axis] for axis in together]))
    found: Array = (centred**2).sum(axis=together, keepdims=True) / (count - 1)
    return found


def deviation(centred: Array, together: Axes) -> Array:
    """The standard deviation in the variance's place."""
    found: Array = np.sqrt((centred**2).mean(axis=together, keepdims=True))
    return found


NOT_CENTRED = (
    "The mean of x**2 is taken for the variance",
    "The variance is the mean of (x - mean)**2: the mean is subtracted before the square. The mean of x**2 is as large "
    "only where the mean is 0.",
    "The line that computes the variance.",
    "What is the variance of three numbers that are all 5, and what does your line give?",
)


def not_centred(x: Array, mean: Array) -> Array:
    """As `squared`, with the mean left where it is."""
    return x


def rightly_divided(centred: Array, var: Array, eps: float) -> Array:
    """As it should be, for a mistake that is made in one mode only."""
    found: Array = centred / np.sqrt(var + eps)
    return found


def _with_eps_twice(centred: Array, var: Array, eps: float) -> Array:
    return rightly_divided(centred, var, 2 * eps)


OTHERS = (1e-8, 1e-6, 1e-7, 1e-3)
"""What eps is in the place of 1e-5."""
OTHER_DEFAULTS = (*OTHERS, 1e-4, 0.0)


def other_default(other: float, default: float = DEFAULT_EPS) -> Callable[[float], float]:
    """Another eps where the parameter dict has none."""
    return lambda given: other if given == default else given


def always(other: float) -> Callable[[float], float]:
    """The same eps whatever the parameter dict says."""
    return lambda eps: other


def _in_training_too(divide: Callable[[Array, Array, float], Array]) -> tuple[Change, Change]:
    """A wrong division in both modes, and in training alone, where test mode has a formula of its own."""
    return exchange(divide=divide), exchange(divide=divide, divide_in_test=rightly_divided)


def forward_bugs(of_variance: tuple[str, ...]) -> tuple[Bug, ...]:
    """All of them; `of_variance` are the outputs that a wrong variance spoils."""

    def bug(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
        outputs = more.pop("outputs", ("out",))
        return Bug(id, "forward", outputs, title, explanation, where, hint, variants, **more)

    return (
        bug(
            "out-unbiased", "The variance is divided by m - 1",
            "The variance of the m numbers that are normalized together is a mean of squares, so it is divided by m. "
            "Division by m - 1 is for estimating the variance of something larger.",
            "The line that computes the variance.",
            "What does `ddof` do in `np.var`, and what is its default?",
            exchange(variance=unbiased), outputs=of_variance, place="ddof",
        ),
        bug(
            "out-not-centred", *NOT_CENTRED, exchange(squared=not_centred), outputs=of_variance,
            place="mean of squares",
        ),
        bug(
            "out-eps-outside", "eps is added to the standard deviation",
            "eps is added to the variance, below the root: sqrt(var + eps). Added to the root it has another effect, "
            "above all where eps is not tiny.",
            "The line that divides by the standard deviation.",
            "Where does the formula of the assignment have eps, inside the root or outside?",
            *_in_training_too(lambda centred, var, eps: centred / (np.sqrt(var) + eps)), place="eps beside a root",
        ),
        bug(
            "out-eps-fixed", "eps is not taken from the parameter dict",
            "The dict can hold another eps than 1e-5, and the result is as if it did not.",
            "The lines that read the parameter dict.",
            "Which value of eps does your function use when the dict says 0.01?",
            exchange(eps=lambda eps: DEFAULT_EPS), place="fixed eps",
        ),
        bug(
            "out-eps-other", "eps is always the same, and another number than 1e-5",
            "eps is what the parameter dict holds, and 1e-5 where it holds none. Here it is another one, whatever the "
            "dict says.",
            "The line that sets eps.",
            "Which eps does your function use when the dict has none, and which when it says 0.01?",
            *(exchange(eps=always(other)) for other in OTHERS), place="fixed eps",
        ),
        bug(
            "out-no-eps", "eps is left out",
            "What is divided by is sqrt(var + eps), and here it is sqrt(var): where all the numbers are equal, that is "
            "a division by 0.",
            "The lines that divide by the standard deviation.",
            "What does your function divide by where all the numbers are equal?",
            exchange(eps=lambda eps: 0.0), place="root without eps",
        ),
        bug(
            "out-eps-twice", "eps is added twice",
            "What is divided by is sqrt(var + eps), and here eps is added to the variance and then to that sum again.",
            "The lines that compute the variance and the standard deviation.",
            "Where does your code add eps, and is it in the variance already by then?",
            *_in_training_too(_with_eps_twice), place="eps added",
        ),
        bug(
            "out-eps-default", "Where the parameter dict has no eps, another one than 1e-5 is taken",
            "eps is 1e-5 where the dict says nothing.",
            "The line that reads eps from the parameter dict.",
            "Which value does your `.get` fall back to?",
            *(exchange(eps=other_default(other)) for other in OTHER_DEFAULTS), place="other default of eps",
        ),
        bug(
            "out-no-root", "The numbers are divided by the variance, not by its root",
            "What is left has a standard deviation of 1 only after a division by the standard deviation, which is the "
            "square root of the variance.",
            "The line that divides.",
            "If all numbers were ten times as large, what should change in the result?",
            *_in_training_too(lambda centred, var, eps: centred / (var + eps)),
        ),
        bug(
            "out-not-divided", "Nothing is divided by the standard deviation",
            "The mean is subtracted, but the numbers keep their spread.",
            "The lines that compute the normalized x.",
            "Which standard deviation has your normalized x?",
            *_in_training_too(lambda centred, var, eps: centred),
        ),
        bug(
            "out-not-normalized", "x is scaled and shifted as it came",
            "gamma and beta are for the normalized x^ = (x - mean) / sqrt(var + eps). Here x is in its place.",
            "The line that computes out.",
            "If all x were ten times as large, what should change in the result?",
            exchange(normalized=lambda x, mean, var, eps: x),
        ),
        bug(
            "out-mean-divided", "Only the mean is divided by the standard deviation",
            "x^ is (x - mean) / sqrt(var + eps): the difference is divided. Without the parentheses the division comes "
            "first, and x is left as it came.",
            "The line that computes the normalized x.",
            "In which order does Python compute a - b / c?",
            exchange(normalized=lambda x, mean, var, eps: x - mean / np.sqrt(var + eps)),
        ),
        bug(
            "out-no-gamma", "gamma is not used",
            "The normalized numbers are shifted but not scaled: each channel is to be multiplied by its gamma.",
            "The line that computes out.",
            "What would change in your result if gamma were twice as large?",
            exchange(scale=lambda x_hat, gamma, beta: x_hat + beta),
        ),
        bug(
            "out-not-scaled", "gamma and beta are not used",
            "The normalized numbers are returned as they are: each channel is to be multiplied by its gamma, and gets "
            "its beta added.",
            "The line that computes out.",
            "What would change in your result if gamma were twice as large?",
            exchange(scale=lambda x_hat, gamma, beta: x_hat),
        ),
        bug(
            "out-no-beta", "beta is not added",
            "The normalized numbers are scaled but not shifted: each channel gets its beta added.",
            "The line that computes out.",
            "What would change in your result if beta were twice as large?",
            exchange(scale=lambda x_hat, gamma, beta: gamma * x_hat),
        ),
        bug(
            "out-beta-scaled", "beta is multiplied by gamma",
            "gamma scales the normalized numbers only; beta is added afterwards, as it is.",
            "The line that computes out.",
            "In which order do the multiplication and the addition happen?",
            exchange(scale=lambda x_hat, gamma, beta: gamma * (x_hat + beta)),
        ),
    )  # fmt: skip
