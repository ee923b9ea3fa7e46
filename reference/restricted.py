"""Those problems of an operator that a course asks, where it does not ask them all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.sizes import Ranges, Sizes, Space, Table

_MOST_DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedSpace(Space):
    """Those problems of a space that a course asks: some sizes are always the same, some equal to each other."""

    all: Space
    fixed: Mapping[str, int] = field(default_factory=dict)
    equal: tuple[tuple[str, str], ...] = ()

    def _asked(self, sizes: Any) -> NDArray[np.bool_]:
        """Whether the course asks for these sizes, or columns of some of them."""
        kept = [sizes[name] == value for name, value in self.fixed.items() if name in sizes]
        kept += [sizes[one] == sizes[other] for one, other in self.equal if one in sizes and other in sizes]
        return np.logical_and.reduce(kept) if kept else np.asarray(True)

    def fits(self, sizes: Any) -> Any:
        """As `Space.fits`."""
        return self.all.fits(sizes) & self._asked(sizes)

    def divides(self, sizes: Any) -> Any:
        """As `Space.divides`."""
        return self.all.divides(sizes)

    def completed(self, sizes: Sizes) -> Sizes:
        """As `Space.completed`."""
        equal = {other: sizes[one] for one, other in self.equal if one in sizes}
        return {**equal, **self.fixed, **sizes}

    def has_backward(self, sizes: Sizes) -> bool:
        """As `Space.has_backward`."""
        return self.all.has_backward(sizes)

    def tables(self, ranges: Ranges, *, ragged: bool) -> tuple[Table, ...]:
        """As `Space.tables`."""
        return tuple(self._asked_rows(table) for table in self.all.tables(ranges, ragged=ragged))

    def _asked_rows(self, table: Table) -> Table:
        rows = np.broadcast_to(self._asked(table), next(iter(table.values())).shape)
        return {name: column[rows] for name, column in table.items()}

    def any_sizes(self, ranges: Ranges, rng: np.random.Generator, *, ragged: bool) -> dict[str, int] | None:
        """As `Space.any_sizes`; where wide ranges give nothing that the course asks, draws are made into it."""
        drawn = (self.all.any_sizes(ranges, rng, ragged=ragged) for _ in range(_MOST_DRAWS))
        turned = None
        for sizes in drawn:
            if sizes is None or self._asked(sizes):
                return sizes
            turned = turned or self._turned(sizes, ranges, ragged=ragged)
        return turned

    def _turned(self, sizes: Sizes, ranges: Ranges, *, ragged: bool) -> dict[str, int] | None:
        """These sizes with those equal that have to be; None where that cannot be asked."""
        equal = {**sizes, **{other: sizes[one] for one, other in self.equal}}
        inside = all(ranges[name][0] <= equal[name] <= ranges[name][1] for name in equal)
        return equal if inside and self.allows(equal, ragged=ragged) else None

    def largest(self, ranges: Ranges) -> Sizes:
        """As `Space.largest`."""
        return {**self.all.largest(ranges), **self.fixed}

    def range_problems(self, ranges: Ranges, *, ragged: bool) -> Iterator[tuple[str | None, str]]:
        """As `Space.range_problems`."""
        found = list(self.all.range_problems(ranges, ragged=ragged))
        yield from found
        if not found and not self.feasible(ranges, ragged=ragged):
            yield None, "no combination of these sizes is one that the interface asks for"

    def misfits(self, sizes: Sizes, *, ragged: bool) -> Iterator[str]:
        """As `Space.misfits`."""
        yield from self.all.misfits(sizes, ragged=ragged)
        wrong = [name for name, value in self.fixed.items() if sizes[name] != value]
        yield from (f"{name} is always {self.fixed[name]} in this interface" for name in wrong)
        unequal = (pair for pair in self.equal if sizes[pair[0]] != sizes[pair[1]])
        yield from (f"{one} and {other} are the same in this interface" for one, other in unequal)

    def small_sizes(self, numbers: Callable[[Any], Any]) -> Sequence[Sizes]:
        """As `Space.small_sizes`."""
        return [sizes for sizes in self.all.small_sizes(numbers) if self._asked(sizes)]

    def descents(self, sizes: Sizes) -> Iterator[Sizes]:
        """As `Space.descents`."""
        for step in self.all.descents(sizes):
            both = {other: step[one] for one, other in self.equal if one in step}
            yield {name: size for name, size in {**step, **both}.items() if name not in self.fixed}
