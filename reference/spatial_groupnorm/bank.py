"""The bank of mistakes that people make in a spatial group normalization, and what they give.

What all normalizations have in common is in `reference/normalization/`; here is what is about groups.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.normalization.bugs import twice
from reference.normalization.bugs.backward import backward_bugs, in_view
from reference.normalization.bugs.forward import forward_bugs
from reference.normalization.core import Array
from reference.normalization.steps import Backward, Change, Forward, Given, View, both, exchange, exchange_view, run
from reference.spatial_groupnorm.oracle import TOGETHER, in_groups
from reference.spec import Bank, Bug, Form

VIEW = View(split=in_groups, together=TOGETHER)
_WHERE = "The reshape, and the axes of the mean and the variance."
_WHERE_HANDED = "What is handed to the normalization, or the axes of the mean and the variance."
_WHERE_GROUPS_ARE_MADE = "The reshape or the slices that make groups of channels."


def _mixed(x: Array, G: int) -> Array:
    """A column for each group, of which each takes every so many numbers."""
    return x.reshape(-1, len(x) * G)


def _mixed_and_turned(x: Array, G: int) -> Array:
    """The same as rows, which are one behind the other in the result, too."""
    return _mixed(x, G).T


_VIEWS = (
    in_view(
        "groups-interleaved", "Channels of a group do not stand next to each other",
        "A group is C/G channels that stand next to each other. Here it takes every so many channels, as a reshape to "
        "(N, C // G, G, H, W) does whose second axis is normalized.",
        _WHERE_GROUPS_ARE_MADE, "With 6 channels and 2 groups, which channels are in the first group?",
        exchange_view(split=lambda x, G: in_groups(x, x.shape[1] // G), together=(1, 3, 4)),
        place="reshape into groups",
    ),
    in_view(
        "groups-of-g", "G is taken for how many channels a group has",
        "G is how many groups there are, and each has C/G channels.",
        _WHERE_GROUPS_ARE_MADE, "With 6 channels and G = 2, how many channels does a group have?",
        exchange_view(split=lambda x, G: in_groups(x, x.shape[1] // G)),
        place="reshape into groups",
    ),
    in_view(
        "groups-mixed", "The reshape mixes the groups",
        "x.reshape(-1, N * G) puts N*G numbers that stand next to each other in memory into a row, one of them into "
        "each column: a column has numbers of many groups. x.reshape(N * G, -1) has one group in each row.",
        _WHERE_GROUPS_ARE_MADE + " And the reshape back.",
        "With N = 1 and G = 2, which numbers of x are in the first column of your reshape?",
        exchange_view(split=_mixed, together=(0,)), exchange_view(split=_mixed_and_turned, together=(1,)),
        place="reshape into groups",
    ),
    in_view(
        "one-group", "All channels of an image are normalized together",
        "All channels together are layer normalization, as if G were 1.",
        _WHERE, "How many means does an image have?",
        exchange_view(split=lambda x, G: in_groups(x, 1)),
    ),
    in_view(
        "each-channel", "Each channel is normalized by itself",
        "A channel by itself is instance normalization, as if G were C: a group has one mean and one variance.",
        _WHERE, "How many means does an image have?",
        exchange_view(together=(3, 4)),
    ),
    in_view(
        "images-together", "All images are normalized together",
        "Group normalization never looks at another image: each has its own means and variances.",
        _WHERE, "If you took one image out of the batch, would the others' results change?",
        exchange_view(together=(0, 2, 3, 4)),
    ),
    in_view(
        "batch-statistics", "Each channel is normalized over all images",
        "Batch normalization does so. Here no image has to do with another, and the channels of a group have one mean "
        "and one variance.",
        _WHERE, "How many means does an image have, and would another image in the batch change them?",
        exchange_view(together=(0, 3, 4)),
    ),
    in_view(
        "each-place", "Each place is normalized by itself",
        "A group's mean and variance are over its channels and over all rows and columns.",
        _WHERE_HANDED, "How many numbers have the same mean?",
        exchange_view(together=(2,)), place="each place",
    ),
)  # fmt: skip


def _with_axes(*shape: int) -> Change:
    """Both in a shape of more than four axes, with -1 for C, and what comes of it."""
    scale = exchange(scale=lambda x_hat, gamma, beta: gamma.reshape(shape) * x_hat + beta.reshape(shape))
    return both(scale, exchange_view(leave=lambda out, x: out))


_AFFINE = (
    Bug(
        "out-axes-of-gamma", "forward", ("out",), "gamma and beta get axes that they have already",
        "gamma and beta have shape (1, C, 1, 1) here, and fit x of shape (N, C, H, W) as they are. An index with None "
        "or np.newaxis, which makes that shape of (C,), gives them axes on top, and the result has these, too.",
        "The line that computes out.", "Which shape has gamma before that index, and which after it?",
        (_with_axes(1, 1, 1, 1, -1, 1, 1), _with_axes(1, 1, 1, -1, 1, 1)), "axes added to gamma",
    ),
)  # fmt: skip
_COLUMNS = (
    "Where a group is a column, the columns become rows again (.T) before they get the shape of x. Without that, "
    "numbers of different groups come to stand next to each other."
)


def _as_columns(values: Array) -> Array:
    """Values of shape (N, G, ...) in the order in which they lie where a group is a column."""
    return values.reshape(values.shape[0] * values.shape[1], -1).T


def _dx_as_columns(dx: Array, given: Given) -> Array:
    return _as_columns(dx.reshape(len(dx), given.groups, -1)).reshape(dx.shape)


_BACK = (
    Bug(
        "out-not-moved-back", "forward", ("out",), "The result is not moved back to the order of x", _COLUMNS,
        "The transpose and the reshape after the normalization.",
        "Just before the last reshape, does a row of your result hold one group?",
        (exchange(divide=lambda centred, var, eps: _as_columns(centred / np.sqrt(var + eps))),),
    ),
    Bug(
        "dx-not-moved-back", "backward", ("dx",), "dx is not moved back to the order of x", _COLUMNS,
        "The transpose and the reshape that make dx.",
        "Just before the last reshape, does a row of dx hold one group?",
        (exchange(finish=_dx_as_columns),),
    ),
)  # fmt: skip
BUGS = (
    *backward_bugs((-1,), (1, -1), (-1, 1, 1)),
    *(backward for _, backward in _VIEWS),
    *_BACK,
    *forward_bugs(("out",)),
    *_AFFINE,
    *(forward for forward, _ in _VIEWS),
)
"""The whole bank."""


def _run(form: Form, arrays: Mapping[str, Array], dout: Array, parameters: Mapping[str, Any]) -> dict[str, Array]:
    return run(Forward(VIEW), Backward(VIEW, (1, -1, 1, 1)), form, arrays, dout, parameters)


BANK = Bank(BUGS, _run, twice(*(forward.id.removeprefix("out-") for forward, _ in _VIEWS)))
