"""The sizes of an operator's problems: which fit together, what is special about some, how to find them.

The methods of `Space` serve any operator. One whose sizes hang together in a way of its own replaces some of them, as
the convolution does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Sizes = Mapping[str, int]
"""Every size of one problem by its name, such as `{"N": 1, "C": 3, ..., "stride": 2, "pad": 1}`."""
Ranges = Mapping[str, tuple[int, int]]
"""`{size: (low, high)}`, inclusive."""
Shapes = dict[str, tuple[int, ...]]
Table = dict[str, Array]
"""Sizes of many problems: a column for each size, a row for each combination that fits."""

MOST_TRIES = 1000
MOST_SMALL_NUMBERS = 40
_MOST_VALUES = 9
_SMALL = 4
"""Each size of a small problem is one of so many, from its lowest on."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Something about the sizes of a problem that programs get wrong."""

    holds: Callable[[Any], Any]
    """Takes one problem's sizes, or whole columns of them (so `&` and `|` in place of `and` and `or`)."""
    sizes: tuple[str, ...]
    """Those that it is about."""
    after_for: str = ""
    """What it is called in a sentence, after "for" or "with", where its name does not fit there."""
    named: Callable[[Any], Any] | None = None
    """What its name says, where that is so of more problems than are taken for it."""

    def is_said_of(self, sizes: Mapping[str, int]) -> bool:
        """Whether its name is true of one problem, taken for it or not."""
        return bool((self.named or self.holds)(sizes))


@dataclass(frozen=True, slots=True)
class Published:
    """A case that students know, from the course's notebook."""

    sizes: Sizes
    spaced: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By array, the ends of evenly spaced numbers; where there are none, numbers are random."""
    kinds: tuple[str, ...] = ()
    """What is special about its numbers."""


@dataclass(frozen=True, slots=True)
class Space:
    """All problems that can be asked, by their sizes."""

    names: tuple[str, ...]
    """Those that a rubric's `cases.ranges` gives ranges for."""
    plain: Sizes
    """The plain case, where ranges allow it: nearly any attempt at the task gets it right."""
    lowest: Sizes
    """What no size is below."""
    traits: Mapping[str, Trait]
    enough: Ranges
    """Ranges with which every known mistake is seen."""
    groups: tuple[tuple[str, ...], ...]
    """All names: sizes of different groups fit together whatever they are, and no trait is about two groups."""
    ragged: str = ""
    """The trait that only rubrics with `ragged: true` allow: that `divides` does not hold."""
    published: tuple[Published, ...] = ()
    by_value: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Sizes of which every value has one of these traits: where all of them fail, it is said with which values."""

    def fits(self, sizes: Any) -> Any:
        """Whether sizes (or columns of them) fit together at all."""
        return True

    def divides(self, sizes: Any) -> Any:
        """Whether nothing is left over, which rubrics ask for unless they say `ragged: true`."""
        return True

    def has_backward(self, sizes: Sizes) -> bool:
        """Whether backward is asked of a problem of these sizes, and not forward alone."""
        return True

    def completed(self, sizes: Sizes) -> Sizes:
        """With the sizes that follow from these."""
        return sizes

    def allows(self, sizes: Any, *, ragged: bool) -> Any:
        """Whether a rubric that is `ragged`, or is not, may ask for these sizes, or columns of them."""
        return self.fits(sizes) & (ragged | self.divides(sizes))

    def tables(self, ranges: Ranges, *, ragged: bool) -> tuple[Table, ...]:
        """For each group the combinations that can be asked; of long ranges the values near the plain one."""
        return tuple(self._table(group, ranges, ragged=ragged) for group in self.groups)

    def _table(self, group: tuple[str, ...], ranges: Ranges, *, ragged: bool) -> Table:
        columns = as_table(group, list(product(*(near(ranges[name], self.plain[name]) for name in group))))
        asked = np.broadcast_to(self.allows({**self.plain, **columns}, ragged=ragged), columns[group[0]].shape)
        return {name: column[asked] for name, column in columns.items()}

    def feasible(self, ranges: Ranges, *, ragged: bool) -> bool:
        """Whether any sizes within the ranges can be asked."""
        return all(len(column) for table in self.tables(ranges, ragged=ragged) for column in table.values())

    def any_sizes(self, ranges: Ranges, rng: np.random.Generator, *, ragged: bool) -> dict[str, int] | None:
        """Sizes that can be asked, drawn evenly; None if none were met with."""
        for _ in range(MOST_TRIES):
            sizes = {name: int(rng.integers(*bounds, endpoint=True)) for name, bounds in ranges.items()}
            if self.allows(sizes, ragged=ragged):
                return sizes
        return None

    def largest(self, ranges: Ranges) -> Sizes:
        """Sizes with the most numbers."""
        return {name: high for name, (_, high) in ranges.items()}

    def range_problems(self, ranges: Ranges, *, ragged: bool) -> Iterator[tuple[str | None, str]]:
        """Why nothing can be asked: the size that it is about, or None, and what is wrong."""
        if not self.feasible(ranges, ragged=ragged):
            allow = "" if ragged or not self.ragged else f", or not without '{self.ragged}' (ragged: true allows it)"
            yield None, f"no combination of these sizes fits together{allow}"

    def misfits(self, sizes: Sizes, *, ragged: bool) -> Iterator[str]:
        """What is wrong with sizes that cannot be asked."""
        if not self.fits(sizes):
            yield "these sizes do not fit together"
        elif not (ragged or self.divides(sizes)):
            yield f"{self.ragged}, which only `ragged: true` allows"

    def small_sizes(self, numbers: Callable[[Any], Any]) -> Sequence[Sizes]:
        """Sizes of problems with at most `MOST_SMALL_NUMBERS` numbers, those with the fewest first.

        `numbers` says how many a problem has, also of columns of sizes.
        """
        values = [range(self.lowest[name], self.lowest[name] + _SMALL) for name in self.names]
        return self.fewest_first(as_table(self.names, list(product(*values))), numbers)

    def fewest_first(
        self, table: Table, numbers: Callable[[Any], Any], then: Callable[[Any], Any] | None = None
    ) -> list[Sizes]:
        """Rows that fit and have few numbers, the fewest first; of as many, by `then`, and then by the sizes."""
        fitting = np.flatnonzero(np.broadcast_to(self.fits(table), table[self.names[0]].shape))
        table = {name: column[fitting] for name, column in table.items()}
        count = numbers(table)
        keys = [*reversed(table.values()), *((then(table),) if then is not None else ()), count]
        order = [i for i in np.lexsort(keys) if count[i] <= MOST_SMALL_NUMBERS]
        rows = zip(*(column[order].tolist() for column in table.values()), strict=True)
        return [dict(zip(table, row, strict=True)) for row in rows]

    def descents(self, sizes: Sizes) -> Iterator[Sizes]:
        """Changes on the way to a smaller problem: everything at its lowest, then one size lower."""
        yield self.lowest
        for name, least in self.lowest.items():
            values = {least, sizes[name] // 2, sizes[name] - 1} & set(range(least, sizes[name]))
            yield from ({name: value} for value in sorted(values))


def near(bounds: tuple[int, int], plain: int) -> list[int]:
    """The values of a range; of a very long one, those nearest to the plain value and the last.

    >>> near((1, 3), 2), near((1, 100), 7)
    ([2, 1, 3], [7, 6, 8, 5, 9, 4, 10, 3, 100])
    """
    values = sorted(range(bounds[0], bounds[1] + 1), key=lambda value: abs(value - plain))
    return [*values[: _MOST_VALUES - 1], bounds[1]] if len(values) > _MOST_VALUES else values


def as_table(names: Sequence[str], rows: Sequence[Sequence[int]] | np.ndarray[Any, Any]) -> Table:
    """Rows of sizes as columns."""
    columns = np.array(rows, dtype=np.int64).reshape(len(rows), len(names)).T.copy()
    return dict(zip(names, columns, strict=True))
