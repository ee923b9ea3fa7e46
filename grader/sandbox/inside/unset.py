"""Runs inside: what `np.empty` leaves unset is the same number everywhere, and every time.

Whatever was in memory is another number in each run: often 0, so that a submission would be right by luck, and now and
then what an earlier call put there. So nothing that is not timed sees it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

UNSET = 54304.0
"""What floats of an array begin with: float16 has it exactly, and a sum that begins with it is another number."""


class _Filling:
    """Stands in the place of a function that makes an array. Like that, it is no method of a class that has it."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self._original = original
        self.__name__ = original.__name__
        self.__doc__ = original.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        made = self._original(*args, **kwargs)
        if isinstance(made, np.ndarray) and made.dtype.kind in "fc":
            np.ndarray.fill(made, UNSET)
        return made


def fill() -> None:
    """Have `np.empty` and `np.empty_like` set what they make; what is forbidden stays so."""
    for name in ("empty", "empty_like"):
        original = getattr(np, name)
        if not (getattr(original, "__module__", None) or "").startswith(__package__):
            setattr(np, name, _Filling(original))
