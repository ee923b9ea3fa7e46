"""Mistakes about where the gradient of a window goes, and how much of it."""

from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.max_pool2d.bugs.winners import BY_HEIGHT, TURNED
from reference.pooling.steps import (
    Change,
    Geometry,
    Place,
    all_win,
    assigned,
    assigned_by_columns,
    both,
    exchange,
    however_ties_are_split,
    inside,
    winners_assigned,
    winners_assigned_by_columns,
)
from reference.spec import Bug

Array = NDArray[Any]


def _bug(id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, **more: Any) -> Bug:
    return Bug(id, "backward", ("dx",), title, explanation, where, hint, variants, **more)


def _corner(view: Array) -> Array:
    wins = np.zeros(view.shape)
    wins[..., 0, 0] = 1
    return wins


def _absolute(view: Array) -> Array:
    return np.abs(inside(view))


def _upside_down(view: Array) -> Array:
    return np.where(np.isinf(view), -np.inf, -view)


def _shared_by_all(view: Array) -> Array:
    """What a mask gives that is divided by all that it marks, in every image and channel."""
    wins = all_win(view)
    share: Array = wins / wins.sum(axis=(0, 1, 4, 5), keepdims=True)
    return share


def _times_largest(dout: Array, wins: Array, view: Array, g: Geometry) -> Array:
    share: Array = dout[..., None, None] * wins * view.max(axis=(4, 5), keepdims=True)
    return share


def _winner_of_all(*axes: int) -> Change:
    """Only channels, or images and channels, that have the winner of all of them get something."""

    def among(wins: Array, view: Array, x: Array) -> Array:
        of_each, of_all = (view.max(axis=over, keepdims=True) for over in ((4, 5), (*axes, 4, 5)))
        return np.where(of_each == of_all, wins, 0.0)

    return exchange(among=among)


def _winner_of_picture(*axes: int) -> Change:
    """Only windows that hold the winner of the whole picture, of all channels, or of all images get something."""

    def among(wins: Array, view: Array, x: Array) -> Array:
        has_it = view.max(axis=(4, 5), keepdims=True) == x.max(axis=axes, keepdims=True)[..., None, None]
        return np.where(has_it, wins, 0.0)

    return exchange(among=among)


def _without_stride(rows: bool, columns: bool) -> Change:
    def into(g: Geometry, starts: Place) -> Place:
        return starts[0] // (g.stride if rows else 1), starts[1] // (g.stride if columns else 1)

    return exchange(into=into)


def _at_the_origin(g: Geometry, starts: Place) -> Place:
    return np.zeros_like(starts[0]), np.zeros_like(starts[1])


BUGS = (
    _bug(
        "dx-ties-to-all", "Equal cells get the whole gradient each",
        "Where several cells of a window are the largest, a mask such as x == x.max() marks all of them, and each gets "
        "all of dout. Together they get more than there is: out would grow by as much only once.",
        "The line that compares the window with its largest number.",
        "Two cells of a window are 5. What must their gradients add up to? Choose one of them (np.argmax does), or "
        "share dout among them.",
        exchange(wins=all_win), place="compared",
    ),
    _bug(
        "dx-shared-by-all", "The gradient is divided by how many cells win in all images and channels",
        "Each image and channel has a window of its own here, and the gradient of a window is shared among the largest "
        "cells of that window alone. The sum of the whole mask counts those of the others, too, so each gets too "
        "little.",
        "The line that divides the mask by its sum.",
        "Two images, with one largest cell each: by what does your code divide, and by what should it?",
        exchange(wins=_shared_by_all),
    ),
    _bug(
        "dx-assigned", "Windows that overlap replace each other's gradient",
        "A cell can be the largest of several windows. Their gradients add up; here the last window replaces what the "
        "others left.",
        "The line that stores into dx.",
        "With windows of 2 and stride 1, how many windows does an inner cell lie in? Is your line an = or a +=? "
        "(A += whose index is an array that names a cell twice adds once: `np.add.at` adds both.)",
        *however_ties_are_split(*(exchange(scatter=scatter) for scatter in (
            assigned, winners_assigned, assigned_by_columns, winners_assigned_by_columns))),
        place="assigned into dx",
    ),
    _bug(
        "dx-to-the-whole-window", "Every cell of a window gets its gradient",
        "Only the largest cell of a window decides about out, so only it gets the gradient.",
        "The line that stores into dx.",
        "If a cell that is not the largest becomes a little larger, what happens to out?",
        exchange(wins=lambda view: np.ones(view.shape)),
    ),
    _bug(
        "dx-mean", "The gradient is spread evenly over each window",
        "Average pooling spreads it evenly. In max pooling only the largest cell decides about out.",
        "The line that stores into dx.",
        "If a cell that is not the largest becomes a little larger, what happens to out?",
        exchange(wins=lambda view: np.full(view.shape, 1 / (view.shape[4] * view.shape[5]))),
    ),
    _bug(
        "dx-to-the-first-cell", "The gradient goes to the first cell of each window",
        "Each window's gradient is stored at its upper left corner. It belongs to the window's largest cell.",
        "The indices with which dx is stored into.",
        "Where in its window does the largest number lie, and where does your code say so?",
        exchange(wins=_corner),
    ),
    _bug(
        "dx-stored-without-stride", "The gradient is stored as if the stride were 1",
        "The winner is looked for in the right window, and its gradient is stored in the one that begins at row i or "
        "column j of x, not at i*stride and j*stride.",
        "The indices with which dx is stored into.",
        "With stride 2, at which row of x does the second window begin? And at which does your code store?",
        *however_ties_are_split(*starmap(_without_stride, ((True, True), (True, False), (False, True)))),
        place="stored by one",
    ),
    _bug(
        "dx-winner-turned", "Row and column of the winner are swapped",
        "np.argmax counts cell by cell along the rows, so place // pool_width is the row and place % pool_width the "
        "column. Here these are the other way round.",
        "The line that turns the place of the largest number into a row and a column.",
        "In a window of 2 rows and 3 columns, the largest number is the one at place 2 of the flat window. In which "
        "row and column is it?",
        *TURNED, place="winner turned",
    ),
    _bug(
        "dx-winner-by-height", "The winner's place is divided by the height of its window",
        "np.argmax counts cell by cell along the rows, and a row has pool_width cells. So the place is divided by "
        "pool_width: the quotient is the row, the rest the column. Square windows hide this.",
        "The line that turns the place of the largest number into a row and a column.",
        "In a window of 2 rows and 3 columns, the largest number is the one at place 2 of the flat window. In which "
        "row is it?",
        *BY_HEIGHT,
        place="winner by height",
    ),
    _bug(
        "dx-no-offset", "The winner's place in its window is taken as a place in dx",
        "Row and column of the winner count from the corner of its window. In dx the window begins at i*stride and "
        "j*stride.",
        "The indices with which dx is stored into.",
        "The winner of the window at row 4 lies in its second row. Which row of dx is that?",
        *however_ties_are_split(exchange(into=_at_the_origin)),
    ),
    _bug(
        "dx-times-value", "The gradient is multiplied by the largest number",
        "The winner gets dout times its own value. The derivative of a maximum with respect to its winner is 1.",
        "The line that computes what is stored into dx.",
        "If the winner grows by 0.1, by how much does out grow, and does that depend on how large the winner is?",
        *however_ties_are_split(
            exchange(share=lambda dout, wins, view, g: dout[..., None, None] * wins * inside(view))
        ),
    ),
    _bug(
        "dx-mask-of-value", "The largest number itself is used as the mask",
        "A mask says of each cell of a window whether it is the largest: it is of the window's shape, and true or "
        "false. Here the largest number stands in its place, so every cell gets the gradient, times that number.",
        "The line that makes the mask, perhaps in a function of its own.",
        "Which shape has your mask, and what does it hold for a window of 1, 2, 3 and 4?",
        exchange(wins=lambda view: np.ones(view.shape), share=_times_largest),
    ),
    _bug(
        "dx-value", "dx holds the largest numbers, not their gradients",
        "The winner gets its own value; dout is not used.",
        "The line that computes what is stored into dx.",
        "What is dx where dout is zero?",
        *however_ties_are_split(exchange(share=lambda dout, wins, view, g: wins * inside(view))),
        both(exchange(share=lambda dout, wins, view, g: wins * inside(view)), exchange(wins=all_win)),
    ),
    _bug(
        "dx-one", "The winner gets 1, not the gradient of its window",
        "dout is not used: each winner gets 1, which is right only where dout is.",
        "The line that computes what is stored into dx.",
        "What is dx where dout is zero?",
        *however_ties_are_split(exchange(share=lambda dout, wins, view, g: wins)),
        both(exchange(share=lambda dout, wins, view, g: wins), exchange(wins=all_win)),
    ),
    _bug(
        "dx-negated", "The gradient has the wrong sign",
        "dx is the negative of what it should be.",
        "The line that computes what is stored into dx.",
        "If the winner grows, does out grow or shrink?",
        *however_ties_are_split(exchange(share=lambda dout, wins, view, g: -dout[..., None, None] * wins)),
    ),
    _bug(
        "dx-of-absolute", "Signs are ignored when the winner is looked for",
        "The gradient goes to the number that is farthest from zero, and not to the largest.",
        "The line that finds the largest number.",
        "Which is larger, -5 or 2?",
        *however_ties_are_split(exchange(view=_absolute)),
    ),
    _bug(
        "dx-min", "The gradient goes to the smallest number of each window",
        "The minimum is looked for in place of the maximum.",
        "The line that finds the largest number.",
        "Try a window of 1, 2, 3 and 4 by hand.",
        *however_ties_are_split(exchange(view=_upside_down)),
        place="minimum",
    ),
    _bug(
        "dx-over-channels", "One winner is looked for in all channels together",
        "Each channel is pooled for itself, so there is a winner in each of them, in every image.",
        "The slice that cuts the window out, and the axes of the maximum.",
        "Two channels, in which the largest numbers of a window are 3 and 8: how many winners are there?",
        *however_ties_are_split(_winner_of_all(1), _winner_of_all(0, 1)), place="maximum of all",
    ),
    _bug(
        "dx-winner-of-picture", "The winner is looked for in the whole picture",
        "The gradient of a window goes to the largest cell of that window. Here cells are compared with the largest of "
        "the picture, so only windows that hold that one give anything to dx.",
        "The line that finds the largest number.",
        "How many windows are there, and how many cells of dx get something where dout is all ones?",
        *however_ties_are_split(*starmap(_winner_of_picture, ((2, 3), (1, 2, 3), (0, 1, 2, 3)))),
        place="maximum of picture",
    ),
)  # fmt: skip
