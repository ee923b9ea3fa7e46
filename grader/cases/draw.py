"""Randomized cases: the same seed gives the same ones, byte for byte, to every student of a run.

The draw is stratified. First the *plain* case, which an operator chooses so that nearly any attempt at the task gets it
right. Then, for every trait that the ranges allow, *single-factor* cases: the plain case with that one thing changed. A
trait is judged on those alone, so that a failing trait points at a cause. What is left of the count are *combined*
cases, random draws that mix everything; they are judged together as one more trait. The published cases of a course's
notebook are fixed and come on top of the count.

Where the count has room for it, each trait has two single-factor cases. The second one is asked with numbers that
nobody can compute from the seed; with those of the seed only where something was wrong, to show and explain it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.cases.numbers import judged_functions, kinds
from grader.records import Case, Function
from grader.records.feedback import Example
from reference.sizes import Ranges, Sizes, Space, Table, Trait
from reference.spec import Operator

MINIMUM_COUNT = 16
COMBINED = "combined"
NOTEBOOK = "notebook"
_FLOAT32 = "float32"


def draw_cases(
    operator: Operator, ranges: Ranges, count: int, dtypes: tuple[str, ...], *, ragged: bool, seed: int
) -> tuple[Case, ...]:
    """All the cases of a run.

    Args:
        operator: that the cases are problems of.
        ranges: `{size: (low, high)}`, inclusive, for every size of the operator.
        count: how many to draw, at least `MINIMUM_COUNT`. If the single-factor cases alone need as many,
            one combined case is added to them.
        dtypes: of the inputs; the first is the plain one.
        ragged: whether sizes may leave a remainder.
        seed: of the whole draw.

    Returns:
        Cases in order of growing complication, notebook cases first.

    Raises:
        ValueError: where no sizes within the ranges fit together (see `Space.feasible`).

    >>> from reference.conv2d import OPERATOR
    >>> ranges = {k: (1, 4) for k in OPERATOR.space.names}
    >>> cases = draw_cases(OPERATOR, ranges, 20, ("float64",), ragged=False, seed=1)
    >>> [c.judges for c in cases if c.sizes["pad"] == 0 and c.judges != ("combined",)]
    []
    """
    draw = _Draw(operator, ranges, dtypes, np.random.default_rng(seed), ragged=ragged)
    drafts = [*draw.published(), *draw.single_factor(count)]
    left = count - sum(1 for draft in drafts if draft["judges"] != (NOTEBOOK,))
    drafts += [draw.combined() for _ in range(max(1, left))]
    return tuple(
        Case(index=i, seed=(seed, i), functions=_judged(operator, draft), **draft) for i, draft in enumerate(drafts)
    )


def _judged(operator: Operator, draft: Mapping[str, Any]) -> tuple[Function, ...]:
    """What is judged on such a case: backward only where neither sizes nor numbers are against it."""
    functions = judged_functions(operator, draft.get("kinds", ()))
    return functions if operator.space.has_backward(draft["sizes"]) else ("forward",)


def secret_cases(public: Sequence[Case], secret: Sequence[int]) -> tuple[Case, ...]:
    """One case of each trait, with numbers that nobody can compute from the rubric's seed.

    That is each second one of a trait, and the first one of a trait that has no second.

    Args:
        public: the cases of a run, from `draw_cases`.
        secret: non-negative integers.

    Returns:
        Cases whose indices go on where those of `public` end.
    """
    asked: dict[str, Case] = {}
    for case in sorted(public, key=lambda case: not case.second):
        for trait in case.judges:
            asked.setdefault(trait, case)
    chosen = sorted({case.index: case for case in asked.values()}.items())
    return tuple(
        replace(case, index=len(public) + i, seed=(*secret, i), spaced={}, secret=True, second=False)
        for i, (_, case) in enumerate(chosen)
    )


def number_traits(operator: Operator) -> tuple[str, ...]:
    """Traits of the numbers."""
    return (_FLOAT32, *kinds(operator))


def traits_of(operator: Operator, case: Case | Example) -> tuple[str, ...]:
    """Every trait that the case has, whether it is judged on it or not."""
    of_sizes = [name for name, trait in operator.space.traits.items() if trait.holds(case.sizes)]
    return (*of_sizes, *((_FLOAT32,) if case.dtype == _FLOAT32 else ()), *case.kinds)


def complication(operator: Operator, case: Case) -> tuple[bool, int, int]:
    """Orders cases by how little there is to look at: few traits first, then few numbers."""
    return COMBINED in case.judges, len(traits_of(operator, case)), operator.numbers(case.sizes)


class _Draw:
    """One draw of a rubric's cases, as what is to be put into a Case.

    The plain and the single-factor cases are taken from tables of sizes that fit together.
    """

    def __init__(
        self, operator: Operator, ranges: Ranges, dtypes: tuple[str, ...], rng: np.random.Generator, *, ragged: bool
    ) -> None:
        self.space = operator.space
        self.kinds = kinds(operator)
        self.ranges, self.dtypes, self.ragged, self.rng = ranges, dtypes, ragged, rng
        self.tables = self.space.tables(ranges, ragged=ragged)
        self._others: dict[str, Any] = {}
        if not all(len(column) for table in self.tables for column in table.values()):
            raise ValueError("no sizes within the ranges fit together")

    def published(self) -> Iterator[dict[str, Any]]:
        """The cases that students know, in which sizes need not be within the ranges."""
        for case in self.space.published:
            yield {"sizes": case.sizes, "judges": (NOTEBOOK,), "spaced": case.spaced, "kinds": case.kinds}

    def single_factor(self, count: int) -> Iterator[dict[str, Any]]:
        """The plain case, then each trait on its own: twice where the count has room for it."""
        base: dict[str, Any] = {"dtype": self.dtypes[0]}
        plain: dict[str, int] = {}
        for table in self.tables:
            plain |= _nearest_to_plain(self.space, table)
        for table in self.tables:
            self._others |= _other_traits(self.space, table, plain)
        traits = self.space.traits
        plain_traits = [name for name, trait in traits.items() if trait.holds(plain)]
        if self.dtypes[0] == _FLOAT32:
            plain_traits.append(_FLOAT32)
        yield {"sizes": plain, "judges": tuple(plain_traits), **base}
        of_numbers, before = 1 + len(self.kinds), dict[str, Sizes]()
        for second in (False, True) if count >= 2 * (len(traits) + of_numbers) else (False,):
            base["second"] = second
            for name in traits:
                sizes = self._change_one_thing(name, plain, before.get(name))
                if sizes is not None:
                    before[name] = sizes
                    yield {"sizes": sizes, "judges": (name,), **base}
            if _FLOAT32 in self.dtypes[1:]:
                yield {"sizes": plain, "judges": (_FLOAT32,), **base, "dtype": _FLOAT32}
            for name in self.kinds:
                yield {"sizes": plain, "judges": (name,), "kinds": (name,), **base}

    def combined(self) -> dict[str, Any]:
        """A random draw of everything, from the whole ranges."""
        shares = [kind.share for kind in self.kinds.values()]
        chosen = self.rng.random(len(shares)) < shares
        sizes = self.space.any_sizes(self.ranges, self.rng, ragged=self.ragged)
        if sizes is None:
            sizes = {name: size for table in self.tables for name, size in _row(table, 0).items()}
        return {
            "sizes": sizes,
            "judges": (COMBINED,),
            "dtype": str(self.rng.choice(self.dtypes)),
            "kinds": tuple(name for name, is_chosen in zip(self.kinds, chosen, strict=True) if is_chosen),
        }

    def _change_one_thing(self, name: str, plain: Sizes, before: Sizes | None) -> dict[str, int] | None:
        """The plain sizes changed so that this trait holds and as little else as possible is different.

        Where that was done `before`, and the trait compares two sizes, the other one is the larger this time.
        None where the ranges do not allow the trait, or where the plain case has it already and changing its
        value would bring nothing.
        """
        trait = self.space.traits[name]
        table = next(table for table in self.tables if trait.sizes[0] in table)
        changed = sum((table[size] != plain[size]).astype(np.int64) for size in table)
        others = self._others[name]
        candidates = np.asarray(trait.holds(table)) & (changed > 0)
        if trait.holds(plain):  # another value of the same trait, such as pad 2 beside the plain pad 1
            if len(trait.sizes) > 1:
                return None
            candidates &= (others == 0) & (changed == 1) & (table[trait.sizes[0]] != plain[trait.sizes[0]])
        if not candidates.any():
            return None
        cost = np.where(candidates, others * 100 + changed, np.iinfo(np.int64).max)
        best = np.flatnonzero(cost == cost.min())
        chosen = int(self.rng.choice(best))
        if before is not None and len(trait.sizes) == 2:
            one, other = trait.sizes
            turned = best[np.sign(table[one] - table[other])[best] == np.sign(before[other] - before[one])]
            chosen = int(turned[chosen % len(turned)]) if len(turned) and chosen not in turned else chosen
        return {**plain, **_row(table, chosen)}


def _row(table: Table, i: int) -> dict[str, int]:
    return {name: int(column[i]) for name, column in table.items()}


def _nearest_to_plain(space: Space, table: Table) -> dict[str, int]:
    """The row that has the fewest special traits and, among those, is nearest to the plain case."""
    traits = _traits_within(space, table)
    unlike = sum(((trait.holds(table) != trait.holds(space.plain)).astype(np.int64) for trait in traits), np.int64(0))
    distance = sum((np.abs(table[name] - space.plain[name]) for name in table), np.int64(0))
    return _row(table, int(np.lexsort((distance, np.broadcast_to(unlike, distance.shape)))[0]))


def _other_traits(space: Space, table: Table, plain: Sizes) -> dict[str, Any]:
    """By trait of the table, in how many others each row is unlike the plain case."""
    unlike = {
        name: (trait.holds(table) != trait.holds(plain)).astype(np.int64)
        for name, trait in space.traits.items()
        if trait.sizes[0] in table
    }
    return {name: sum(unlike.values(), np.int64(0)) - own for name, own in unlike.items()}


def _traits_within(space: Space, table: Table) -> list[Trait]:
    """The traits that depend on the sizes of this table."""
    return [trait for trait in space.traits.values() if trait.sizes[0] in table]
