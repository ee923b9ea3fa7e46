"""The function returns in the first turn of a loop."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, exchange, then

_FIRST_TURNS = ((0,), (0, 1), (0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 2, 3), (1,), (2,), (2, 3))
"""The axes of out, or of dout, of which such a loop, and those around it, see only the first."""


def _first_of(axes: tuple[int, ...]) -> Callable[..., Array]:
    """Everything but the first of these axes becomes zero."""

    def keep(values: Array, *_: Any) -> Array:
        kept = np.zeros_like(values)
        place = tuple(slice(1) if axis in axes else slice(None) for axis in range(values.ndim))
        kept[place] = values[place]
        return kept

    return keep


def _of_backward() -> Iterator[Change]:
    """The gradients that the loop adds up, which may be all, those of the last loops, or one."""
    for axes in _FIRST_TURNS:
        first = _first_of(axes)
        yield exchange(upstream=first)
        yield exchange(dx_upstream=first, dw_upstream=first)
        yield exchange(dx_upstream=first)
        yield exchange(dw_upstream=first)
        yield exchange(db_upstream=first)


_WHERE = "The return statement: how far is it indented?"
_HINT = "A function ends where it returns. How often is the loop run that the return stands in?"
BUGS = (
    bug(
        "bwd-returns-early", "backward returns inside a loop",
        "The return stands in the body of a loop, so the function ends after the first turn. What the other turns "
        "would have added is missing.",
        _WHERE, _HINT, *_of_backward(), spoils=("dx", "dw", "db"), place="return in loop", in_text=True,
    ),
    bug(
        "out-returns-early", "forward returns inside a loop",
        "The return stands in the body of a loop, so the function ends after the first turn. What the other turns "
        "would have computed stays as it was made.",
        _WHERE, _HINT, *(then("bias", _first_of(axes)) for axes in _FIRST_TURNS), place="return in loop", in_text=True,
    ),
)  # fmt: skip
