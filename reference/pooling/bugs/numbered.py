"""Windows that are numbered one after the other, by another size than that of a row of them."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import Place, exchange, on_every_edge, windows
from reference.spec import Bug

Array = NDArray[Any]
Apart = Callable[[int, int], tuple[Array, Array]]
"""H_out and W_out -> the row and the column of each number."""


def _apart(*, rows: bool, columns: bool) -> Apart:
    """The row is number // H_out, or the column number % H_out, or both are."""

    def of(H_out: int, W_out: int) -> tuple[Array, Array]:
        number = np.arange(H_out * W_out)
        return number // (H_out if rows else W_out), number % (H_out if columns else W_out)

    return of


def _put_at(out: Array) -> Array:
    """The result of window (r, c) is stored as number r * H_out + c."""
    H_out, W_out = out.shape[2:]
    found = np.zeros((*out.shape[:2], H_out * W_out))
    for r, c in np.ndindex(H_out, W_out):
        found[:, :, r * H_out + c] = out[:, :, r, c]
    return found.reshape(out.shape)


def _stored(apart: Apart) -> Callable[[Array], Array]:
    """The result with a number is stored in that row and column."""

    def finish(out: Array) -> Array:
        found = np.zeros_like(out)
        rows, columns = apart(*out.shape[2:])
        for at, (r, c) in enumerate(np.ndindex(*out.shape[2:])):
            found[:, :, rows[at], columns[at]] = out[:, :, r, c]
        return found

    return finish


def _read(apart: Apart) -> Callable[..., Array]:
    """The result with a number is that of the window in that row and column, which may lie past the last one."""

    def cut(x: Array, starts: Place, window: tuple[int, int], **edges: bool) -> Array:
        sizes = (len(starts[0]), len(starts[1]))
        stride = max(int(axis[1:2].sum()) for axis in starts)
        rows, columns = apart(*sizes)
        beginning = (np.arange(1 + rows.max(initial=0)) * stride, np.arange(1 + columns.max(initial=0)) * stride)
        found: Array = windows(x, beginning, window, **edges)[:, :, rows, columns]
        return found.reshape(*x.shape[:2], *sizes, *window)

    return cut


_WRONG = tuple(_apart(rows=rows, columns=columns) for rows, columns in product((True, False), repeat=2))[:3]
FLAT_INDEX = Bug(
    "out-flat-index", "forward", ("out",), "The windows are numbered by the wrong size",
    "A number that counts all windows goes through a row of W_out columns first: window (r, c) has the number "
    "r*W_out + c, so r is number // W_out and c is number % W_out. H_out in these places is right only where the "
    "output is square.",
    "The lines that make a number of a row and a column, or take one apart.",
    "With 2 rows and 3 columns, in which row and column is number 3? And by your formula?",
    (
        exchange(finish=_put_at), *(exchange(finish=_stored(apart)) for apart in _WRONG),
        *on_every_edge(*(exchange(cut=_read(apart)) for apart in _WRONG)),
    ),
    "flat index",
)  # fmt: skip
"""H_out stands where W_out belongs."""
