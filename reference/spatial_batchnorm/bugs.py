"""Mistakes about running averages and test mode, the commonest first, and those of `views.py`."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from reference.normalization.bugs.forward import other_default, rightly_divided
from reference.normalization.core import DEFAULT_MOMENTUM, Array
from reference.normalization.steps import Change, exchange
from reference.spatial_batchnorm import views
from reference.spatial_batchnorm.views import AVERAGES, bug
from reference.spec import Bug

_OTHER_MOMENTA = (0.1, 0.99, 0.95, 0.5, 0.999, 0.0, 1.0)
_UPDATE = "The lines that update running_mean and running_var."


def _as_picture(averages: Array) -> Array:
    return averages.reshape(1, -1, 1, 1)


def _axes_kept() -> Iterator[Change]:
    """In all ways to begin and to test."""
    for first in (np.zeros_like, lambda new: np.zeros_like(_as_picture(new))):
        for beside_x in (_as_picture, lambda averages: averages):
            yield exchange(
                average=lambda old, new, m: m * old + (1 - m) * _as_picture(new),
                first=first,
                first_variance=first,
                beside_x=beside_x,
            )


def _too_many_axes(shaped: tuple[str, ...]) -> tuple[Change, ...]:
    shapes = (1, -1), (1, -1, 1, 1)
    return tuple(exchange(shape=partial(np.reshape, shape=shape), shaped=shaped) for shape in shapes)


def _axes_of_one(average: str, statistic: str) -> Bug:
    return bug(
        f"avg-shape-{statistic}", f"{average} has too many axes",
        f"{average} has one number for each channel, shape (C,). If the batch's {statistic} has more axes (by "
        "keepdims=True, np.newaxis or a reshape), its average gets them, too.",
        f"The line that updates {average}, and the one that computes the {statistic}.",
        f"Which shape has your {statistic}, and which {average} before the call?",
        *_too_many_axes((average,)), outputs=(average,), place=f"update of {average}",
    )  # fmt: skip


def _swapped(old: Array, new: Array, momentum: float) -> Array:
    return (1 - momentum) * old + momentum * new


def _swapped_in(average: str, short: str) -> Bug:
    return bug(
        f"avg-swapped-{short}", f"Momentum is the share of the new in {average}, not of the old",
        "momentum * old + (1 - momentum) * new is asked for, of both averages: with a momentum of 0.9, nine tenths of "
        f"the old one stay. For {average} alone it is the other way round.",
        f"The line that updates {average}.", "Compare the lines of the two averages: where does each have momentum?",
        exchange(other_average={average: _swapped}), outputs=(average,), place=f"update of {average}",
    )  # fmt: skip


def _unchanged_in(average: str, short: str, other: str) -> Bug:
    return bug(
        f"avg-unchanged-{short}", f"{average} is not updated",
        f"{average} is the same after a call as before it; at first there is none, or zeros.",
        f"The line that updates {average}, and the one that writes it into bn_param.",
        f"Is {average} computed anew, and is that written into bn_param?",
        exchange(other_average={average: lambda old, new, m: old}), exchange(writes=(other,)), outputs=(average,),
        place=f"{average} not written",
    )  # fmt: skip


FORWARD = (
    bug(
        "avg-shape", "The running averages have too many axes",
        "running_mean and running_var have one number for each channel, shape (C,). If the batch's mean has more "
        "axes (by keepdims=True, np.newaxis or a reshape), the averages get them, too.",
        _UPDATE, "Which shape has your mean, and which the running mean before the call?",
        *_too_many_axes(AVERAGES), place="update of averages",
    ),
    _axes_of_one("running_mean", "mean"),
    _axes_of_one("running_var", "variance"),
    bug(
        "avg-axes-kept", "The running averages are kept as a picture, of shape (1, C, 1, 1)",
        "running_mean and running_var have one number for each channel, shape (C,), and come in so. Beside an array of "
        "shape (1, C, 1, 1) or (N, C, H, W), the numbers of (C,) are taken for columns, not for channels.",
        "The lines that update running_mean and running_var, and the part for test mode.",
        "Which shape has bn_param['running_mean'] before the call, and which axis of x does it meet?",
        *_axes_kept(), outputs=("out", *AVERAGES), place="update of averages",
    ),
    bug(
        "avg-swapped", "Momentum is the share of the new, not of the old",
        "momentum * old + (1 - momentum) * new is asked for: with a momentum of 0.9, nine tenths of the old average "
        "stay. Here it is the other way round.",
        _UPDATE, "With momentum 1, should the averages ever change?",
        exchange(average=_swapped), place="update of averages",
    ),
    _swapped_in("running_mean", "mean"),
    _swapped_in("running_var", "variance"),
    bug(
        "avg-momentum-twice", "Old and new average have the same factor",
        "The shares of the old average and of the new are momentum and 1 - momentum.",
        _UPDATE, "What do your two factors add up to?",
        exchange(average=lambda old, new, m: m * old + m * new), place="update of averages",
    ),
    bug(
        "avg-replaced", "The averages are those of the last batch alone",
        "What was there before has no part in the new averages.",
        _UPDATE, "Where does momentum come in?",
        exchange(average=lambda old, new, m: new),
    ),
    bug(
        "avg-unchanged", "The running averages are not updated",
        "The averages are the same after a call as before it; at first there are none, or zeros.",
        _UPDATE, "Do you write the new averages into the bn_param that was handed in, and not into a copy of it?",
        exchange(average=lambda old, new, m: old), exchange(writes=()),
    ),
    _unchanged_in("running_mean", "mean", "running_var"),
    _unchanged_in("running_var", "variance", "running_mean"),
    bug(
        "avg-momentum-fixed", "The momentum is not taken from bn_param",
        "bn_param can hold another momentum than 0.9, and the averages are as if it did not.",
        "The lines that read bn_param.", "Which momentum do you use when bn_param says 0.4?",
        exchange(momentum=lambda m: DEFAULT_MOMENTUM),
    ),
    bug(
        "avg-momentum-default", "Where bn_param has no momentum, another one than 0.9 is taken",
        "momentum is 0.9 where bn_param says nothing.",
        "The line that reads momentum from bn_param.", "Which value does your `.get` fall back to?",
        *(exchange(momentum=other_default(other, DEFAULT_MOMENTUM)) for other in _OTHER_MOMENTA),
        place="other default of momentum",
    ),
    bug(
        "avg-begins-with-batch", "The first averages are those of the batch",
        "Where bn_param has no averages yet, they begin with zeros, and the first batch counts with 1 - momentum.",
        "The lines that make the first averages.", "What does `bn_param.get` give when there is nothing yet?",
        exchange(first=lambda new: new, first_variance=lambda new: new),
    ),
    bug(
        "avg-variance-begins-with-one", "The running variance begins with ones",
        "Where bn_param has no averages yet, both begin with zeros.",
        "The lines that make the first averages.", "What does `bn_param.get` give when there is nothing yet?",
        exchange(first_variance=np.ones_like), outputs=("running_var",),
    ),
    bug(
        "avg-deviation", "The running variance averages standard deviations",
        "running_var is an average of variances; the root comes later, in test mode.",
        _UPDATE, "Which of var and std goes into running_var?",
        exchange(kept_variance=lambda var, count, eps: np.sqrt(var)),
        exchange(kept_variance=lambda var, count, eps: np.sqrt(var + 1e-5)),
        exchange(kept_variance=lambda var, count, eps: np.sqrt(var + eps)), outputs=("running_var",),
        place="update of running_var",
    ),
    bug(
        "avg-unbiased", "The running variance is divided by m - 1",
        "The course averages the variance that it normalizes with, which is divided by m.",
        _UPDATE, "Which variance do you normalize with, and which do you keep?",
        exchange(kept_variance=lambda var, count, eps: var * count / (count - 1)), outputs=("running_var",),
        place="update of running_var",
    ),
    bug(
        "avg-eps", "eps goes into the running variance",
        "running_var averages the variance itself. eps is added where x is divided, in training and in test mode.",
        "The line that adds eps to the variance that is kept.",
        "Does eps belong to the variance that you keep, or to the root that you divide by?",
        exchange(kept_variance=lambda var, count, eps: var + eps), outputs=("running_var",),
        place="eps averaged",
    ),
    bug(
        "avg-in-test", "Test mode changes the running averages",
        "In test mode the averages are used and stay as they are.",
        "Where bn_param is written.", "Should looking at test images change the network?",
        exchange(updates_in_test=True),
    ),
    bug(
        "out-test-of-batch", "Test mode normalizes with the batch's own mean and variance",
        "In test mode the running averages take their place, so that a result does not depend on the other images.",
        "The part for test mode.", "Which mean do you subtract in test mode?",
        exchange(uses_averages=False), outputs=("out",), place="statistics in test mode",
    ),
    bug(
        "out-test-no-eps", "eps is missing in test mode, or stands outside the root",
        "Test mode divides by sqrt(running_var + eps), just as training divides by sqrt(var + eps).",
        "The part for test mode.", "Compare the two divisions, that of training and that of test mode.",
        exchange(divide_in_test=lambda centred, var, eps: centred / np.sqrt(var)),
        exchange(divide_in_test=lambda centred, var, eps: centred / (np.sqrt(var) + eps)), outputs=("out",),
        place="root of averages without eps",
    ),
    bug(
        "out-train-no-eps", "eps is missing in training",
        "Training divides by sqrt(var + eps); only test mode does here.",
        "The part for training.", "Compare the two divisions, that of training and that of test mode.",
        exchange(divide=lambda centred, var, eps: centred / np.sqrt(var), divide_in_test=rightly_divided),
        outputs=("out",), place="root without eps",
    ),
    bug(
        "out-test-no-gamma", "gamma and beta are not used in test mode",
        "The normalized numbers are scaled and shifted in test mode just as in training.",
        "The part for test mode.", "Compare what becomes of the normalized x in training and in test mode.",
        exchange(scale_in_test=lambda x_hat, gamma, beta: x_hat), outputs=("out",), place="test mode without gamma",
    ),
    bug(
        "out-test-not-scaled", "gamma is not used in test mode",
        "The normalized numbers are scaled in test mode just as in training; here they are only shifted.",
        "The part for test mode.", "Compare what becomes of the normalized x in training and in test mode.",
        exchange(scale_in_test=lambda x_hat, gamma, beta: x_hat + beta), outputs=("out",),
        place="test mode without gamma",
    ),
    bug(
        "out-test-no-beta", "beta is not added in test mode",
        "The normalized numbers are shifted in test mode just as in training; here they are only scaled.",
        "The part for test mode.", "Compare what becomes of the normalized x in training and in test mode.",
        exchange(scale_in_test=lambda x_hat, gamma, beta: gamma * x_hat), outputs=("out",),
        place="test mode without beta",
    ),
    bug(
        "out-test-updates", "Test mode updates the running averages",
        "In test mode the averages are used as they are, and stay so.",
        "Where the averages are updated: only training may do that.",
        "Should looking at test images change the network?",
        exchange(updates_in_test=True, uses_updated=True), outputs=("out", *AVERAGES),
    ),
    bug(
        "out-test-no-root", "Test mode divides by the running variance, not by its root",
        "running_var is a variance: its square root is what numbers are divided by.",
        "The part for test mode.", "Compare the two divisions, that of training and that of test mode.",
        exchange(divide_in_test=lambda centred, var, eps: centred / (var + eps)),
        exchange(divide_in_test=lambda centred, var, eps: centred / var),
        exchange(divide_in_test=lambda centred, var, eps: centred / np.sqrt(var**2 + eps)), outputs=("out",),
        place="averages divide",
    ),
    *views.FORWARD,
)  # fmt: skip
BACKWARD = views.BACKWARD
