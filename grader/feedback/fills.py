"""The numbers that small problems begin with."""

from collections.abc import Callable, Sequence

import numpy as np

from grader.records import Array

Fill = Callable[[Sequence[int], int], Array]
"""Numbers of a shape, others for each of the arrays of a problem."""


def _counting(shape: Sequence[int], which: int) -> Array:
    """1, 2, 3, ... to 9, and again, from another number on for each array."""
    return ((np.arange(int(np.prod(shape))) + which) % 9 + 1.0).reshape(shape)


def _signed(shape: Sequence[int], which: int) -> Array:
    """-1, 2, -3, ..."""
    values = _counting(shape, which)
    values.reshape(-1)[which % 2 :: 2] *= -1
    return values


def _halves(shape: Sequence[int], which: int) -> Array:
    return _counting(shape, which) - 0.5


def _fractions(shape: Sequence[int], which: int) -> Array:
    """1/3, 1/5, 1/7, ...: none of them exact."""
    return 1 / (2 * _counting(shape, which) + 1)


def _negative(shape: Sequence[int], which: int) -> Array:
    return -_counting(shape, which)


def _peak(shape: Sequence[int], which: int) -> Array:
    """1, 9, 8, 7, ...: the largest is not the last, and of three in a row it is the middle one."""
    return ((which - np.arange(int(np.prod(shape)))) % 9 + 1.0).reshape(shape)


def _equal(shape: Sequence[int], which: int) -> Array:
    """-1, -1, -1, ..., and another number for each array. The kind "ties" makes zeros of them, and so it is told."""
    return np.full(shape, -1.0 - which % 9)


WHOLE: tuple[Fill, ...] = (_counting, _peak, _equal, _negative)
"""Small whole numbers in every order that matters where numbers are compared. Those that show a mistake in a large
problem, which repeats them, need not be those that show it in the smallest."""
FILLS: tuple[Fill, ...] = (_counting, _signed, _halves, _fractions, _negative)
"""What the numbers are at first: small whole ones show nearly everything."""
