"""Ways to take the winner's place in its window apart that are right only in square windows, or not even there."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import Change, Place, all_win, both, exchange, first_wins, flat, last_wins

Array = NDArray[Any]


def _turned(wins: Callable[[Array], Array]) -> Change:
    """The winner's row taken for its column, and the reverse: then it may lie outside of its window."""
    return exchange(wins=lambda view: wins(view).swapaxes(4, 5))


def _by_height(wins: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The place in a window of h rows and w columns split as if it had w rows and h columns."""
    return lambda view: wins(view).reshape(*view.shape[:4], view.shape[5], view.shape[4])


def _down_the_columns(wins: Callable[[Array], Array]) -> Change:
    """The place in a window of h rows and w columns split into row place % h and column place // h."""

    def turned(view: Array) -> Array:
        place, found = np.arange(view.shape[4] * view.shape[5]), np.zeros(view.shape)
        split: Any = (..., place % view.shape[4], place // view.shape[4])
        found[split] = flat(wins(view))
        return found

    return exchange(wins=turned)


def _row_by_height(view: Array) -> Array:
    """The first winner's place in a window of h rows and w columns split into (place // h, place % w)."""
    height, width = view.shape[4:]
    place = np.arange(height * width)
    return _split(view, place // height, place % width)


def _column_by_height(view: Array) -> Array:
    """The first winner's place in a window of h rows and w columns split into (place // w, place % h)."""
    height, width = view.shape[4:]
    place = np.arange(height * width)
    return _split(view, place // width, place % height)


def _split(view: Array, row: Array, column: Array) -> Array:
    """1 where the first winner lies by its row and column, both of them given for each place in the window."""
    found = np.zeros((*view.shape[:4], max(view.shape[4], row.max() + 1), max(view.shape[5], column.max() + 1)))
    split: Any = (..., row, column)
    np.add.at(found, split, flat(first_wins(view)))
    return found


def _within_window(split: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The same places in an array of the size of a window, which some of them are outside of."""

    def wins(view: Array) -> Array:
        found, (height, width) = split(view), view.shape[4:]
        if found[..., height:, :].any() or found[..., width:].any():
            raise IndexError("index is out of bounds")
        kept = np.zeros(view.shape)
        inside_of_both = (..., slice(min(height, found.shape[4])), slice(min(width, found.shape[5])))
        kept[inside_of_both] = found[inside_of_both]
        return kept

    return wins


def _outside(dx: Array, parts: Array, starts: Place) -> Array:
    """Whether a cell of a window lies outside of dx, shape (H_out, W_out, height, width)."""
    reach = (axis[:, None] + np.arange(size) for axis, size in zip(starts, parts.shape[4:], strict=True))
    rows, columns = (cells >= size for cells, size in zip(reach, dx.shape[2:], strict=True))
    found: Array = rows[:, None, :, None] | columns[None, :, None, :]
    return found


def _raised(dx: Array, parts: Array, starts: Place) -> Array:
    """As an index does: no gradient may lie outside."""
    if np.any(parts * _outside(dx, parts, starts)):
        raise IndexError("index is out of bounds")
    return parts


def _lost(dx: Array, parts: Array, starts: Place) -> Array:
    """As with slices, which are empty there."""
    return np.where(_outside(dx, parts, starts), 0.0, parts)


_SPLITS = (_by_height(first_wins), _row_by_height, _column_by_height)
TURNED = (
    _turned(first_wins), _turned(last_wins), _turned(all_win), _down_the_columns(first_wins),
    _down_the_columns(last_wins),
)  # fmt: skip
"""Row and column are exchanged."""
BY_HEIGHT = (
    *(both(exchange(wins=wins), exchange(edge=_raised)) for wins in (*_SPLITS, _by_height(last_wins))),
    *(exchange(wins=_within_window(wins)) for wins in _SPLITS),
    *(both(exchange(wins=wins), exchange(edge=_lost)) for wins in _SPLITS),
)
"""The height of the window stands where its width belongs."""
