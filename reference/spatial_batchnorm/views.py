"""Mistakes about what is normalized together, and the view of a picture as rows of channels, the commonest first."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.normalization.core import Array
from reference.normalization.steps import OVER, Change, both, exchange, exchange_view
from reference.spec import Bug

AVERAGES = ("running_mean", "running_var")


def bug(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
    """A mistake in forward, about the running averages, if nothing else is said."""
    outputs = more.pop("outputs", AVERAGES)
    return Bug(id, more.pop("function", "forward"), outputs, title, explanation, where, hint, variants, **more)


def _mixed(x: Array) -> Array:
    """Rows of C numbers that stand next to each other in memory, as channels."""
    return x.reshape(-1, x.shape[1], 1, 1)


def _as_rows(x: Array) -> Array:
    """Rows of one number of each channel, in the shape of `_mixed`."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1], 1, 1)


def _moved_back(rows: Array, x: Array) -> Array:
    """What rows of one number of each channel give, in the shape of x."""
    N, C, H, W = x.shape
    return rows.reshape(N, H, W, C).transpose(0, 3, 1, 2)


def _not_moved_back(out: Array, x: Array) -> Array:
    """The channels are last, as for the computation, and the shape says that they are second."""
    return out.transpose(0, 2, 3, 1).reshape(x.shape)


def _turned(out: Array, x: Array) -> Array:
    """Rows and columns come back in each other's place."""
    return out.swapaxes(2, 3).reshape(x.shape)


def _channel_by_channel(x: Array) -> Array:
    """A channel's picture in a row, as a column for each place."""
    return x.reshape(*x.shape[:2], 1, -1)


def _one_after_the_other(old: Array, new: Array, momentum: float) -> Array:
    """The averages after each row of new ones are the old ones of the next."""
    for row in new:
        old = momentum * old + (1 - momentum) * row
    return old


_EACH_PLACE = (
    "Each place is normalized by itself",
    "A channel has one mean and one variance, over all images, rows and columns. Here each row and column has its own, "
    "as when a channel is handed to the normalization of vectors as rows of H*W numbers: these must be one column.",
    "What is handed to the normalization, or the axes of the mean and the variance.",
    "Two images of 3 rows and 3 columns: how many numbers of a channel have the same mean?",
)
_EACH_IMAGE = (
    "Each image is normalized by itself",
    "A channel has one mean and one variance, over all images, rows and columns. Here each image has its own, for each "
    "channel or for all of them.",
    "The axes of the mean and the variance, and whether the normalization is in a loop over images.",
    "Two images of 3 rows and 3 columns: how many numbers of a channel have the same mean?",
)
_ALL_CHANNELS = (
    "All channels are normalized together",
    "Each channel has a mean and a variance of its own, over all images, rows and columns. Here there is one mean and "
    "one variance for all of them.",
    "The axes of the mean and the variance.",
    "If one channel were multiplied by 100, would the others' results change?",
)
_OF_IMAGES, _OF_WHOLE_IMAGES = exchange_view(together=(2, 3)), exchange_view(together=(1, 2, 3))
_OF_ALL = exchange_view(together=(0, 1, 2, 3))


def _in_turn(rows: Callable[[Array], Array]) -> Change:
    """The averages get the statistics in turn, of which `rows` makes a row of C numbers for each."""
    first = {name: lambda new: np.zeros(new.shape[1]) for name in ("first", "first_variance")}
    return exchange(of_batch=lambda statistic, channels: rows(statistic), average=_one_after_the_other, **first)


def _of_one_batch(change: Change) -> tuple[Change, Change]:
    """The averages are right, or get the mean of the statistics."""
    return both(change, exchange(kept_over=OVER)), both(
        change, exchange(of_batch=lambda statistic, channels: np.broadcast_to(statistic.mean(axis=OVER), channels))
    )


_OF_PLACES = exchange_view(enter=_channel_by_channel, together=(0,))
_MIXED = (
    "The reshape mixes the channels",
    "x.reshape(-1, C) takes C numbers that stand next to each other in memory, and these are of one channel, not of C "
    "channels. The channels must be the last axis before that.",
    "The reshape before the normalization, and the one back.",
    "Which axis has to be last, so that each row of a reshape to (-1, C) has one number of each channel?",
)
_BACK = (
    "The result is not moved back to the order of x",
    "The shape that the numbers get after the normalization has to name the axes in the order in which the transpose "
    "before it left them, such as (N, H, W, C); then the axes are moved back.",
    "The transpose and the reshape before the normalization, and those after it.",
    "In which order do the axes lie after your first transpose, and in which order does the last reshape name them?",
)
_DX_BACK = (
    "dx is not moved back to the order of x",
    "Where dx is computed of rows, one for each place, its numbers lie in the order (N, H, W, C). So they get that "
    "shape first, and then the axes are moved back.",
    "The reshape and the transpose that make dx.",
    "In which order do the axes of dx lie just before the last reshape?",
)
_TURNED = exchange_view(leave=lambda out, x: out.swapaxes(2, 3))

_MIXED_ON_ONE_WAY = tuple(
    exchange_view(enter=x, enter_upstream=dout, leave=leave)
    for x, dout in ((_mixed, _as_rows), (_as_rows, _mixed))
    for leave in (_moved_back, lambda rows, x: rows.reshape(x.shape))
)
"""Where x or dout comes to the rows in the right way, and the other does not."""

FORWARD = (
    bug(
        "out-channels-mixed", *_MIXED, exchange_view(enter=_mixed), exchange_view(enter=_mixed, leave=_moved_back),
        outputs=("out", *AVERAGES), place="reshape of an argument",
    ),
    bug(
        "out-each-place", *_EACH_PLACE,
        both(
            _OF_PLACES,
            _in_turn(lambda statistic: statistic[0, :, 0]),
            exchange(beside_x=lambda averages: averages),
        ),
        both(_OF_PLACES, _in_turn(lambda statistic: statistic[0, :, 0].T)), *_of_one_batch(_OF_PLACES),
        both(
            exchange_view(split=lambda x, G: x.reshape(len(x), -1), together=(0,)),
            exchange(beside_x=lambda averages: averages),
        ),
        outputs=("out", *AVERAGES),
        place="each place",
    ),
    bug(
        "out-each-image", *_EACH_IMAGE,
        both(_OF_IMAGES, _in_turn(lambda statistic: statistic[:, :, 0, 0])), *_of_one_batch(_OF_IMAGES),
        *_of_one_batch(_OF_WHOLE_IMAGES),
        outputs=("out", *AVERAGES), place="each image",
    ),
    bug(
        "out-all-channels", *_ALL_CHANNELS, *_of_one_batch(_OF_ALL), outputs=("out", *AVERAGES), place="all channels",
    ),
    bug(
        "out-not-moved-back", *_BACK, exchange_view(leave=_not_moved_back), exchange_view(leave=_turned),
        outputs=("out",),
    ),
    bug(
        "out-turned", "Rows and columns of the result are swapped",
        "What belongs to row h and column w stands at row w and column h, so that out has the shape (N, C, W, H). "
        "Where H and W are equal, the shape is right and the picture is mirrored.",
        "The reshape and the transpose after the normalization, and those before it.",
        "In which order do the axes of your rows lie before the last transpose, and which does it move where?",
        _TURNED, outputs=("out",),
    ),
)  # fmt: skip

BACKWARD = (
    bug(
        "dx-channels-mixed", *_MIXED, exchange_view(enter=_mixed), exchange_view(enter=_mixed, leave=_moved_back),
        *_MIXED_ON_ONE_WAY,
        outputs=("dx", "dgamma", "dbeta"),
        function="backward", place="reshape of an argument",
    ),
    bug("dx-each-place", *_EACH_PLACE, _OF_PLACES, outputs=("dx", "dgamma"), function="backward",
         place="each place"),
    bug(
        "dx-each-image", *_EACH_IMAGE, _OF_IMAGES, _OF_WHOLE_IMAGES, outputs=("dx", "dgamma"), function="backward",
        place="each image",
    ),
    bug(
        "dx-all-channels", *_ALL_CHANNELS, _OF_ALL, outputs=("dx", "dgamma"), function="backward",
        place="all channels",
    ),
    bug(
        "dx-not-moved-back", *_DX_BACK, exchange_view(leave=_not_moved_back), exchange_view(leave=_turned),
        outputs=("dx",), function="backward",
    ),
    bug(
        "dx-turned", "Rows and columns of dx are swapped",
        "What belongs to row h and column w stands at row w and column h, so that dx has the shape (N, C, W, H). "
        "Where H and W are equal, the shape is right and the picture is mirrored.",
        "The reshape and the transpose that make dx, and those of dout.",
        "In which order do the axes of dx lie before the last transpose, and which does it move where?",
        _TURNED, outputs=("dx",), function="backward",
    ),
)  # fmt: skip
