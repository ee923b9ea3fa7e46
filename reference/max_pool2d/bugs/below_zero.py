"""The largest number of a window is looked for from zero on in backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import Change, all_win, exchange, first_wins, last_wins, shared
from reference.spec import Bug

Array = NDArray[Any]


def _bug(id: str, title: str, explanation: str, *variants: Change) -> Bug:
    return Bug(
        id, "backward", ("dx",), title, explanation, "The line in which the running maximum gets its first value.",
        "What is the largest of -3, -1 and -2, and with which first value does your loop find it?", variants,
        "from zero",
    )  # fmt: skip


def _none_below_zero(wins: Callable[[Array], Array]) -> Change:
    return exchange(wins=lambda view: wins(view) * (view.max(axis=(4, 5), keepdims=True) >= 0))


def _first_below_zero(view: Array) -> Array:
    """What a search finds that begins with 0 at the first cell, and takes only what is larger."""
    is_positive = view.max(axis=(4, 5), keepdims=True) > 0
    first_cell = np.zeros(view.shape)
    first_cell[..., 0, 0] = 1
    return np.where(is_positive, first_wins(view), first_cell)


BUGS = (
    _bug(
        "dx-none-below-zero", "Windows of negative numbers get no gradient",
        "The largest number is looked for from zero on, so no cell of a negative window equals it.",
        _none_below_zero(first_wins), _none_below_zero(last_wins), _none_below_zero(shared),
    ),
    _bug(
        "dx-none-below-zero-all", "Windows of negative numbers get no gradient, and equal cells all of it each",
        "The largest number is looked for from zero on, so no cell of a negative window equals it. And where several "
        "cells equal it, each gets the whole gradient.",
        _none_below_zero(all_win),
    ),
    _bug(
        "dx-first-below-zero", "In windows of negative numbers the first cell gets the gradient",
        "The largest number is looked for from zero on. In a window of negative numbers none is larger, so its place "
        "stays what it was at first.",
        exchange(wins=_first_below_zero),
    ),
)  # fmt: skip
