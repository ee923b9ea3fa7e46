"""Runs inside: what a submission reads of memory that nobody set is the same number everywhere, and every time.

That is what `np.empty` leaves as it is, and what lies beyond an array to which `as_strided` gave a shape too large.
Whatever was in memory is another number in each run: often 0, so that a submission would be right by luck, and now and
then what an earlier call put there. So nothing that is not timed sees it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib import stride_tricks

UNSET = 54304.0
"""What floats of an array begin with: float16 has it exactly, and a sum that begins with it is another number."""
BEYOND = 54272.0
"""What floats beyond an array are: float16's next smaller number."""
_FAR = 2**24
"""So many bytes are laid out around an array; what looks further is left to end as it does anywhere."""


class _Standing:
    """Stands in the place of a function that makes an array. Like that, it is no method of a class that has it."""

    def __init__(self, original: Callable[..., Any], made: Callable[[Any, Any], Any]) -> None:
        self._original = original
        self._made = made
        self.__name__ = original.__name__
        self.__doc__ = original.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        made = self._original(*args, **kwargs)
        if not isinstance(made, np.ndarray) or made.dtype.kind not in "fc":
            return made
        return self._made(made, args[0] if args else kwargs.get("x"))


def _filled(made: Any, _: Any) -> Any:
    np.ndarray.fill(made, UNSET)
    return made


def _within(view: Any, of: Any) -> Any:
    """The view, or where it reaches beyond the memory that this array is a part of, one of a copy that goes on."""
    if type(of) is not np.ndarray or view.size == 0:
        return view
    owner = of
    while type(owner.base) is np.ndarray:
        owner = owner.base
    (low, high), (first, past) = _bounds(owner), _bounds(view)
    if (low <= first and past <= high) or not owner.flags.forc or owner.dtype != view.dtype:
        return view
    size, begin, end = view.itemsize, min(low, first), max(high, past)
    if end - begin > _FAR:
        return view
    before, after = -(-(low - begin) // size), -(-(end - high) // size)
    memory = np.full(before + owner.size + after, BEYOND, view.dtype)
    memory[before : before + owner.size] = owner.ravel(order="K")
    seen = np.ndarray(view.shape, view.dtype, memory, before * size + _begin(view) - low, view.strides)
    seen.flags.writeable = view.flags.writeable
    return seen


def _begin(array: Any) -> int:
    """The address of an array's first number."""
    address: int = array.__array_interface__["data"][0]
    return address


def _bounds(array: Any) -> tuple[int, int]:
    """The addresses between which an array's numbers lie."""
    ways = [(length - 1) * step for length, step in zip(array.shape, array.strides, strict=True)]
    first = _begin(array) + sum(min(0, way) for way in ways)
    return first, _begin(array) + sum(max(0, way) for way in ways) + array.itemsize


def fill() -> None:
    """Have these functions see to what they make; what is forbidden stays so."""
    for module, name, made in ((np, "empty", _filled), (np, "empty_like", _filled),
                               (stride_tricks, "as_strided", _within)):  # fmt: skip
        original = getattr(module, name)
        if not (getattr(original, "__module__", None) or "").startswith(__package__):
            setattr(module, name, _Standing(original, made))
