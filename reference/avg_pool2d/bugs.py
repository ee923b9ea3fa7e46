"""Mistakes about what the mean of a window is, and about how its gradient is shared.

Where a size of the window is meant, both are tried: a course whose windows are square has one name for the two.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import (
    Change,
    Geometry,
    Share,
    all_win,
    assigned,
    assigned_by_columns,
    both,
    exchange,
    first_wins,
    inside,
    on_every_edge,
    shared,
)
from reference.spec import Bug

Array = NDArray[Any]


def mean(view: Array) -> Array:
    """Windows (N, C, H_out, W_out, height, width) -> their means, as np.mean of a slice that the edge may shorten."""
    with np.errstate(invalid="ignore"):
        out: Array = inside(view).sum(axis=(4, 5)) / cells(view).sum(axis=(4, 5))
    return out


def cells(view: Array) -> Array:
    """1 for every cell of a window that lies in the image."""
    return np.isfinite(view).astype(float)


def shared_evenly(dout: Array, wins: Array, view: Array, g: Geometry) -> Array:
    """As `Share`: each cell gets one of height * width equal parts."""
    share: Array = dout[..., None, None] * wins / (g.height * g.width)
    return share


def _forward(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
    return Bug(id, "forward", ("out",), title, explanation, where, hint, variants, **more)


def _backward(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
    return Bug(id, "backward", ("dx",), title, explanation, where, hint, variants, **more)


def _sum_by(number: Callable[[int, int], float]) -> Change:
    """The sum of a window divided by something of its height and width."""
    return exchange(pick=lambda view: inside(view).sum(axis=(4, 5)) / number(*view.shape[4:]))


def _divided(number: Callable[[Geometry], float]) -> Change:
    """Each cell gets the gradient divided by something of the sizes."""
    return exchange(share=lambda dout, wins, view, g: dout[..., None, None] * wins / number(g))


def _by_output(dout: Array, wins: Array, view: Array, g: Geometry) -> Array:
    share: Array = dout[..., None, None] * wins / (dout.shape[2] * dout.shape[3])
    return share


def _corner(view: Array) -> Array:
    wins = np.zeros(view.shape)
    wins[..., 0, 0] = 1
    return wins


def _of_all_channels(dout: Array, wins: Array, view: Array, g: Geometry) -> Array:
    """What all channels of dout send goes to each of them."""
    return np.broadcast_to(shared_evenly(dout, wins, view, g).sum(axis=1, keepdims=True), wins.shape)


def _means_spread(dout: Array, wins: Array, view: Array, g: Geometry) -> Array:
    spread: Array = np.nan_to_num(mean(view))[..., None, None] * wins
    return spread


def _times_mean(share: Share) -> Share:
    return lambda dout, wins, view, g: share(dout * np.nan_to_num(mean(view)), wins, view, g)


def _undivided(dout: Array, wins: Array, view: Array, g: Geometry) -> Array:
    share: Array = dout[..., None, None] * wins
    return share


BACKWARD = (
    _backward(
        "dx-not-divided", "Every cell of a window gets its whole gradient",
        "The mean divides by how many cells a window has, so a cell gets that part of dout. Here it gets all.",
        "The line that computes what is added to dx.",
        "If one of four cells grows by 1, by how much does their mean grow?",
        _divided(lambda g: 1),
    ),
    _backward(
        "dx-divided-by-side", "The gradient is divided by one side of the window only",
        "A window has pool_height * pool_width cells. Here dout is divided by pool_height or by pool_width alone.",
        "The line that computes what is added to dx.",
        "How many cells does a window of 2 rows and 3 columns have?",
        _divided(lambda g: g.height), _divided(lambda g: g.width),
    ),
    _backward(
        "dx-divided-by-square", "The gradient is divided by the square of one side",
        "A window has pool_height * pool_width cells. The square of one side is as many only where it is square.",
        "The line that computes what is added to dx.",
        "How many cells does a window of 2 rows and 3 columns have?",
        _divided(lambda g: g.height**2), _divided(lambda g: g.width**2),
    ),
    _backward(
        "dx-divided-by-sides", "The gradient is divided by the sum of the sides",
        "Height and width are added where they are to be multiplied. Windows of 2 by 2 hide this.",
        "The line that computes what is added to dx.",
        "How many cells does a window of 3 rows and 3 columns have?",
        _divided(lambda g: g.height + g.width),
    ),
    _backward(
        "dx-divided-twice", "The gradient is divided twice",
        "Each cell gets dout divided by the square of how many cells there are: the division stands in two places.",
        "The lines that compute what is added to dx, and a function that they call.",
        "What do the shares of one window add up to, and what should they?",
        _divided(lambda g: (g.height * g.width) ** 2),
    ),
    _backward(
        "dx-divided-by-stride", "The gradient is divided by the stride",
        "How far a window moves says nothing about how many cells it has.",
        "The line that computes what is added to dx.",
        "Windows of 3 by 3 move by 1. How many cells share the gradient of one of them?",
        _divided(lambda g: g.stride**2), _divided(lambda g: g.stride),
    ),
    _backward(
        "dx-divided-by-output", "The gradient is divided by the size of dout",
        "The gradient of a window is shared by the window's cells. Here it is divided by how many windows there are.",
        "The shape that is handed to the function that shares the gradient.",
        "Windows of 2 by 2, an image of 8 by 8: how many cells share the gradient of one window?",
        exchange(share=_by_output), _divided(lambda g: g.H * g.W),
    ),
    _backward(
        "dx-assigned", "Windows that overlap replace each other's gradient",
        "A cell can lie in several windows. Their shares add up; here the last window replaces what the others left.",
        "The line that stores into dx.",
        "With windows of 2 and stride 1, how many windows does an inner cell lie in? Is your line an = or a +=? "
        "(A += whose index is an array that names a cell twice adds once: `np.add.at` adds both.)",
        *on_every_edge(exchange(scatter=assigned), exchange(scatter=assigned_by_columns)),
    ),
    _backward(
        "dx-to-the-largest", "The gradient goes to the largest cell",
        "Only max pooling does so. All cells of a window count in its mean, so all of them get a share.",
        "The branch that backward takes for average pooling.",
        "If a cell that is not the largest becomes a little larger, what happens to the mean?",
        *(exchange(wins=wins, share=_undivided) for wins in (first_wins, all_win, shared)),
        exchange(wins=first_wins), exchange(wins=all_win),
        place="maximum",
    ),
    _backward(
        "dx-to-the-first-cell", "The gradient goes to the first cell of each window",
        "What a window sends back is stored at its upper left corner only. Each of its cells gets a share.",
        "The indices with which dx is stored into.",
        "How many cells of a window does your line change?",
        exchange(wins=_corner), exchange(wins=_corner, share=_undivided),
    ),
    _backward(
        "dx-times-value", "The gradient is multiplied by the numbers of x",
        "The derivative of a mean does not depend on the numbers: each cell counts 1 / (pool_height * pool_width).",
        "The line that computes what is added to dx.",
        "If x were twice as large, would dx change?",
        exchange(share=lambda dout, wins, view, g: shared_evenly(dout, inside(view), view, g)),
        exchange(share=lambda dout, wins, view, g: dout[..., None, None] * inside(view)),
        exchange(share=_times_mean(shared_evenly)), exchange(share=_times_mean(_undivided)),
    ),
    _backward(
        "dx-value", "dx holds means of x, not gradients",
        "What is spread over a window is the mean of its numbers; dout is not used.",
        "The line that computes what is added to dx.",
        "What is dx where dout is zero?",
        exchange(share=_means_spread),
        exchange(share=lambda dout, wins, view, g: _means_spread(dout, wins, view, g) / (g.height * g.width)),
    ),
    _backward(
        "dx-one", "dout is not used in dx",
        "Each cell gets 1 / (pool_height * pool_width), which is right only where dout is 1.",
        "The line that computes what is added to dx.",
        "What is dx where dout is zero?",
        exchange(share=lambda dout, wins, view, g: wins / (g.height * g.width)),
    ),
    _backward(
        "dx-over-channels", "The gradient of one channel goes to all channels",
        "Each channel is pooled for itself. Here what a window of one channel sends back is added to every channel.",
        "The last index with which dx is stored into, and the loop over channels.",
        "Two channels, and dout is zero in the second: which channels of dx may differ from zero?",
        exchange(share=_of_all_channels),
    ),
)  # fmt: skip

FORWARD = (
    _forward(
        "out-sum", "The numbers of a window are added up, not averaged",
        "A mean is the sum divided by how many numbers there are. The division is missing.",
        "The line that computes the output from a window.",
        "What is the mean of 1, 2, 3 and 6?",
        _sum_by(lambda height, width: 1),
        place="sum",
    ),
    _forward(
        "out-divided-by-side", "The sum is divided by one side of the window only",
        "A window has pool_height * pool_width cells. Here their sum is divided by pool_height or by pool_width alone.",
        "The line that computes the output from a window.",
        "How many cells does a window of 2 rows and 3 columns have?",
        _sum_by(lambda height, width: height), _sum_by(lambda height, width: width),
    ),
    _forward(
        "out-divided-by-square", "The sum is divided by the square of one side",
        "A window has pool_height * pool_width cells. The square of one side is as many only where it is square.",
        "The line that computes the output from a window.",
        "How many cells does a window of 2 rows and 3 columns have?",
        _sum_by(lambda height, width: height**2), _sum_by(lambda height, width: width**2),
    ),
    _forward(
        "out-max", "The largest number of each window is taken, not the mean",
        "The largest number is taken by max pooling.",
        "The line that computes the output from a window, and the branch that forward takes for average pooling.",
        "Which function of the window is asked for?",
        exchange(pick=lambda view: view.max(axis=(4, 5))),
        place="maximum",
    ),
    _forward(
        "out-over-channels", "The mean is taken over all channels together",
        "Each channel is pooled for itself, so out has as many channels as x. Here one number goes to all channels of "
        "an image, or even to those of all images.",
        "The slice that cuts the window out, and the axes of the mean.",
        "Two channels, in which the means of a window are 3 and 8: what are the two outputs?",
        *(exchange(view=lambda view, axes=axes: np.broadcast_to(view.mean(axis=axes, keepdims=True), view.shape))
          for axes in (1, (0, 1))),
        both(_sum_by(lambda height, width: height * width),
             exchange(view=lambda view: np.broadcast_to(view.sum(axis=1, keepdims=True), view.shape))),
        place="mean of all",
    ),
    _forward(
        "out-whole-numbers", "Means are cut off to whole numbers",
        "The mean is turned into an integer, by int(), by // or by an array of integers that it is stored in.",
        "The line that computes the output from a window, and the one that makes out.",
        "What is the mean of 1 and 2, and can your out hold it?",
        exchange(finish=np.trunc), exchange(finish=np.floor), exchange(finish=np.round),
    ),
    _forward(
        "out-first-row", "The mean is taken over one row or column of each window",
        "Only the first row or the first column of a window counts; it has pool_height rows and pool_width columns.",
        "The slice that cuts the window out, and the axes of the mean.",
        "A window has two axes. Over how many does your mean go?",
        exchange(pick=lambda view: mean(view[..., :1, :])), exchange(pick=lambda view: mean(view[..., :1])),
    ),
)  # fmt: skip
