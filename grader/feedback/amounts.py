"""In which way numbers are wrong, and by how much: a factor, the bias, a shift, a part of an axis."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from grader import messages
from grader.cases.problems import Problem
from grader.judging.compare import relative_error
from grader.judging.judged import Wrong
from grader.records import Array, Verdict
from grader.records.feedback import Outline
from grader.records.sources import Origin
from reference.indexed import numbers
from reference.spec import Operator

_LARGEST_OFFSET = 1000
"""Larger ones come of something else than what an array begins with."""


@dataclass(frozen=True, slots=True)
class Axes:
    """One output, and what is known of its axes."""

    operator: Operator
    output: str
    text: Outline
    origin: Origin

    def number_alone(self, word: str, place: int) -> str:
        """The lines that take one place alone of what an axis is of."""
        wanted = (f"{place}", f"{word}s")
        found = {
            line for (over, *of, _), at in numbers(self.text.places) if not over and (*of,) == wanted for line in at
        }
        return self.origin.among(sorted(found))

    @property
    def letters(self) -> tuple[str, ...]:
        """The axes, by their letters in the operator's expressions."""
        return self.operator.axes_of(self.output)

    @property
    def words(self) -> tuple[str, ...]:
        """What each axis counts."""
        return self.operator.terms.words_of(self.output)

    @property
    def have_a_grid(self) -> bool:
        """Whether the last two are rows and columns of a picture."""
        return len(self.letters) > 1 and set(self.letters[-2:]) <= set(self.operator.grid)

    @property
    def counts(self) -> list[str]:
        """The sizes that are numbers of things, such as images or channels."""
        letters = {letter for array in self.operator.axes for letter in self.operator.axes_of(array)}
        return [name for name in self.operator.space.names if name in letters - set(self.operator.grid)]


def how(axes: Axes, wrong: Sequence[Wrong], *, is_always: bool) -> Iterator[str]:
    """In which way: the first description that holds for every wrong case."""
    output = axes.output
    pairs: list[tuple[Array, Array, Problem]] = []
    for w in wrong:
        if w.returned is None or w.returned.array is None or w.check.verdict is not Verdict.FAILED:
            return
        expected = w.problem.right_answer(output, w.returned.array)
        pairs.append((w.returned.array.astype(np.float64), expected, w.problem))
    if not any(got.any() for got, _, _ in pairs) and any(got.size for got, _, _ in pairs):
        yield messages.all_zero(output, always=is_always)
        return
    if any(got.shape != expected.shape for got, expected, _ in pairs):
        return
    with np.errstate(all="ignore"):
        for describe in _DESCRIPTIONS:
            said = {describe(axes, *pair) for pair in pairs}
            if len(said) == 1 and (text := said.pop()) is not None:
                yield text
                return
        yield from _places(axes, pairs)


def _close(got: Array, expected: Array) -> bool:
    return got.shape == expected.shape and bool(relative_error(got, expected) < 1e-4)


def _factor(axes: Axes, got: Array, expected: Array, problem: Problem) -> str | None:
    """The same factor everywhere: a number, or one that the sizes give."""
    total = float((expected * expected).sum())
    factor = float((got * expected).sum()) / total if total else 0.0
    if not factor or abs(factor - 1) < 1e-3 or not _close(got, factor * expected):
        return None
    if abs(factor - round(factor)) < 1e-4 * abs(factor):
        return messages.constant_factor(axes.output, f"{round(factor)}")
    sizes = problem.case.sizes
    for name in axes.counts:
        if sizes[name] > 1 and abs(factor * sizes[name] - 1) < 1e-4:
            return messages.constant_factor(axes.output, f"1/{name}")
    return None


def _off_by_number(axes: Axes, got: Array, expected: Array, problem: Problem) -> str | None:
    """By one whole number everywhere, as of an array that begins with ones."""
    middle = float(np.median(got - expected)) if got.size and np.isfinite(got).all() else 0.0
    by = round(middle) if abs(middle) < _LARGEST_OFFSET else 0
    is_so = by != 0 and relative_error(got - by, expected) < min(1e-4, 0.01 * relative_error(got, expected))
    return messages.off_by_number(axes.output, by) if is_so else None


def _off_by_bias(axes: Axes, got: Array, expected: Array, problem: Problem) -> str | None:
    """By an input of one axis, which the output has too: a number for each of its places."""
    signature, letters = axes.operator.signature, axes.letters
    if axes.output not in signature.forward_outputs or got.ndim != len(letters):
        return None
    for name in signature.inputs:
        own = axes.operator.axes_of(name)
        if len(own) == 1 and own[0] in letters:
            shape = [-1 if letter == own[0] else 1 for letter in letters]
            bias = problem.arrays[name].astype(np.float64).reshape(shape)
            errors = {times: relative_error(got - times * bias, expected) for times in (-2, -1, 1)}
            nearest = min(errors, key=lambda times: errors[times])
            if errors[nearest] < min(1e-4, 0.01 * relative_error(got, expected)):
                times = {-2: "-2", -1: "-", 1: "+"}[nearest]
                at = axes.origin.among(axes.text.places.get("bias twice", ())) if times == "+" else ""
                return messages.off_by(axes.output, f"{times}{name}", axes.operator.words[own[0]], at)
    return None


def _transposed(axes: Axes, got: Array, expected: Array, problem: Problem) -> str | None:
    if not axes.have_a_grid or got.ndim < 2 or got.shape[-1] != got.shape[-2]:
        return None
    return messages.transposed(axes.output) if _close(got.swapaxes(-2, -1), expected) else None


def _shifted(axes: Axes, got: Array, expected: Array, problem: Problem) -> str | None:
    """The right numbers, some places further."""
    if not axes.have_a_grid or got.ndim < 2:
        return None
    for down, right in product(range(-2, 3), repeat=2):
        moved = expected[..., max(0, -down) : expected.shape[-2] - max(0, down), max(0, -right) :]
        moved = moved[..., : expected.shape[-1] - abs(right)]
        place = got[..., max(0, down) :, max(0, right) :][..., : moved.shape[-2], : moved.shape[-1]]
        if (down or right) and min(moved.shape[-2:], default=0) > 1 and moved.any() and _close(place, moved):
            return messages.shifted(axes.output, (down, right))
    return None


Description = Callable[[Axes, Array, Array, Problem], str | None]
_DESCRIPTIONS: tuple[Description, ...] = (_off_by_bias, _off_by_number, _factor, _transposed, _shifted)


def _places(axes: Axes, pairs: Sequence[tuple[Array, Array, Problem]]) -> Iterator[str]:
    """Right but in one part of an axis: its first or its last place."""
    output = axes.output
    for axis, name in enumerate(axes.words):
        wrong = [(_wrong_along(*pair, axis), pair[0].shape[axis]) for pair in pairs]
        for where, place in (("first", 0), ("last", -1)):
            if _is_no_chance(wrong) and all(map(_only_there(place), wrong)):
                yield messages.right_except(output, where, name)
                return
            if all(map(_all_but_there(place), wrong)):
                yield messages.right_only(output, where, name, axes.number_alone(name, place))
                return


def _wrong_along(got: Array, expected: Array, problem: Problem, axis: int) -> set[int]:
    """Indices along an axis at which something is wrong."""
    scale = float(np.abs(expected).max(initial=0)) or 1.0
    differs = ~(np.abs(got - expected) <= (1e-5 if problem.case.dtype == "float32" else 1e-8) * scale)
    others = tuple(other for other in range(got.ndim) if other != axis)
    return set(map(int, np.flatnonzero(differs.any(axis=others))))


Along = tuple[set[int], int]
"""Where along an axis something is wrong, and how long the axis is."""
_ENOUGH = 4
"""Cases with more than one place on an axis: in fewer, single wrong numbers may lie at the same by chance."""


def _is_no_chance(wrong: Sequence[Along]) -> bool:
    """Whether the axis is long enough, often enough, for a place on it to say something.

    >>> _is_no_chance([({0}, 1), ({1}, 2)]), _is_no_chance([({1}, 2), ({2}, 3)])
    (False, True)
    """
    telling = sum(length > 1 for _, length in wrong)
    return telling >= _ENOUGH or (telling > 0 and telling == len(wrong))


def _only_there(place: int) -> Callable[[Along], bool]:
    return lambda along: along[1] > 0 and along[0] == {place % along[1]}


def _all_but_there(place: int) -> Callable[[Along], bool]:
    return lambda along: along[1] > 1 and along[0] == set(range(along[1])) - {place % along[1]}
