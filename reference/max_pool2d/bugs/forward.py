"""Mistakes of forward about what a window gives."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import Change, exchange, flat, inside
from reference.spec import Bug

Array = NDArray[Any]


def _bug(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
    return Bug(id, "forward", ("out",), title, explanation, where, hint, variants, **more)


def _first_of_row(view: Array) -> Array:
    out: Array = view[..., 0, :].max(axis=-1)
    return out


BUGS = (
    _bug(
        "out-from-zero", "The largest number is looked for from zero on",
        "The running maximum begins with 0, so a window of negative numbers gives 0.",
        "The line in which the running maximum, or out, gets its first value.",
        "What is the largest of -3, -1 and -2, and with which first value does your loop find it?",
        exchange(pick=lambda view: np.maximum(view.max(axis=(4, 5)), 0)), place="from zero",
    ),
    _bug(
        "out-of-absolute", "Signs are ignored when numbers are compared",
        "The number that is farthest from zero is taken, or its absolute value, and not the largest.",
        "The line that computes the maximum.",
        "Which is larger, -5 or 2?",
        exchange(pick=lambda view: np.take_along_axis(
            flat(view), np.abs(flat(inside(view))).argmax(axis=-1)[..., None], -1)[..., 0]),
        exchange(pick=lambda view: np.abs(inside(view)).max(axis=(4, 5))),
    ),
    _bug(
        "out-mean", "The mean of each window is taken, not the largest number",
        "The mean is taken by average pooling.",
        "The line that computes the output from a window.",
        "Which function of the window is asked for?",
        exchange(pick=lambda view: inside(view).mean(axis=(4, 5))),
        place="mean",
    ),
    _bug(
        "out-sum", "The numbers of each window are added up",
        "The numbers of the window are summed as in a convolution; pooling takes the largest.",
        "The line that computes the output from a window.",
        "Which function of the window is asked for?",
        exchange(pick=lambda view: inside(view).sum(axis=(4, 5))),
        place="sum",
    ),
    _bug(
        "out-min", "The smallest number of each window is taken",
        "The minimum is computed in place of the maximum.",
        "The line that computes the output from a window, and the direction of any comparison.",
        "Try a window of 1, 2, 3 and 4 by hand.",
        exchange(pick=lambda view: np.where(np.isinf(view), np.inf, view).min(axis=(4, 5))),
        place="minimum",
    ),
    _bug(
        "out-argmax", "The place of the largest number is returned, not the number",
        "np.argmax says where the largest number is; out holds the number itself.",
        "The line that computes the output from a window.",
        "What does np.argmax([5, 9, 7]) return, and what should be in out?",
        exchange(pick=lambda view: flat(view).argmax(axis=-1).astype(float)),
        place="argmax",
    ),
    _bug(
        "out-over-channels", "The maximum is taken over all channels together",
        "Each channel is pooled for itself, so out has as many channels as x. Here one number goes to all channels of "
        "an image, or even to those of all images.",
        "The slice that cuts the window out, and the axes of the maximum.",
        "Two channels, in which the largest numbers of a window are 3 and 8: what are the two outputs?",
        *(exchange(view=lambda view, axes=axes: np.broadcast_to(view.max(axis=axes, keepdims=True), view.shape))
          for axes in (1, (0, 1))), place="maximum of all",
    ),
    _bug(
        "out-maximum-and-mean", "The maximum is taken along one axis only, and a mean or a sum along the other",
        "The largest number of a window is the largest along both axes: of the largest of its rows it is the largest, "
        "not the mean.",
        "The line that computes the output from a window.",
        "A window has two axes. Over how many does your maximum go, and what is done along the other?",
        *(exchange(pick=lambda view, axis=axis, other=other: other(inside(view.max(axis=axis)), -1))
          for axis in (4, 5) for other in (np.mean, np.sum)),
        *(exchange(pick=lambda view, axis=axis: inside(view).mean(axis=axis).max(axis=-1)) for axis in (4, 5)),
        place="maximum and mean",
    ),
    _bug(
        "out-first-row", "Only the first row of each window is looked at",
        "The maximum is taken along one axis, or of one row; the window has pool_height rows.",
        "The slice that cuts the window out, and the axes of the maximum.",
        "A window has two axes. Over how many does your maximum go?",
        exchange(pick=_first_of_row),
    ),
)  # fmt: skip
