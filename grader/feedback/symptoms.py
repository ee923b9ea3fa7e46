"""What can be said of the form of an output that is wrong, in plain words: where, when, by how much."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from grader import messages
from grader.cases.draw import DATA_TRAITS, SIZE_TRAITS, traits_of
from grader.cases.problems import Problem
from grader.judging.compare import relative_error
from grader.judging.judged import Wrong
from grader.records import Array, Verdict


def facts(output: str, wrong: Sequence[Wrong], right: Sequence[Problem]) -> tuple[str, ...]:
    """What can be said in plain words of an output that is wrong: where, when, by how much."""
    return (*_when(wrong, right), *_how(output, wrong))


def _when(wrong: Sequence[Wrong], right: Sequence[Problem]) -> Iterator[str]:
    """On which inputs: the trait that all wrong cases have and no right one has."""
    if not right:
        return
    for trait in (*SIZE_TRAITS, *DATA_TRAITS):
        if all(trait in traits_of(w.problem.case) for w in wrong) and not any(
            trait in traits_of(p.case) for p in right
        ):
            yield messages.wrong_just_where(trait)


def _how(output: str, wrong: Sequence[Wrong]) -> Iterator[str]:
    """In which way: the first description that holds for every wrong case."""
    pairs: list[tuple[Array, Array, Problem]] = []
    for w in wrong:
        if w.returned is None or w.returned.array is None or w.check.verdict is not Verdict.FAILED:
            return
        pairs.append((w.returned.array.astype(np.float64), w.problem.expected[output], w.problem))
    if not any(got.any() for got, _, _ in pairs) and any(got.size for got, _, _ in pairs):
        yield messages.all_zero(output)
        return
    if any(got.shape != expected.shape for got, expected, _ in pairs):
        return
    with np.errstate(all="ignore"):
        for describe in _DESCRIPTIONS:
            said = {describe(output, *pair) for pair in pairs}
            if len(said) == 1 and (text := said.pop()) is not None:
                yield text
                return
        yield from _places(output, pairs)


def _close(got: Array, expected: Array) -> bool:
    return got.shape == expected.shape and bool(relative_error(got, expected) < 1e-4)


def _factor(output: str, got: Array, expected: Array, problem: Problem) -> str | None:
    """The same factor everywhere: a number, or one that the sizes give."""
    total = float((expected * expected).sum())
    factor = float((got * expected).sum()) / total if total else 0.0
    if not factor or abs(factor - 1) < 1e-3 or not _close(got, factor * expected):
        return None
    if abs(factor - round(factor)) < 1e-4 * abs(factor):
        return messages.constant_factor(output, f"{round(factor)}")
    sizes = problem.case.sizes
    for name in ("N", "C", "F"):
        if sizes[name] > 1 and abs(factor * sizes[name] - 1) < 1e-4:
            return messages.constant_factor(output, f"1/{name}")
    return None


def _off_by_bias(output: str, got: Array, expected: Array, problem: Problem) -> str | None:
    if got.ndim != 4 or output != "out":
        return None
    b = problem.arrays["b"].astype(np.float64)[:, None, None]
    errors = {times: relative_error(got - times * b, expected) for times in (-2, -1, 1)}
    nearest = min(errors, key=lambda times: errors[times])
    if errors[nearest] < min(1e-4, 0.01 * relative_error(got, expected)):
        return messages.off_by(output, {-2: "-2b", -1: "-b", 1: "+b"}[nearest])
    return None


def _transposed(output: str, got: Array, expected: Array, problem: Problem) -> str | None:
    turned = got.ndim == 4 and got.shape[2] == got.shape[3] and _close(got.swapaxes(2, 3), expected)
    return messages.transposed(output) if turned else None


def _shifted(output: str, got: Array, expected: Array, problem: Problem) -> str | None:
    """The right numbers, some places further."""
    if got.ndim != 4:
        return None
    for down, right in product(range(-2, 3), repeat=2):
        moved = expected[:, :, max(0, -down) : expected.shape[2] - max(0, down), max(0, -right) :]
        moved = moved[..., : expected.shape[3] - abs(right)]
        place = got[:, :, max(0, down) :, max(0, right) :][:, :, : moved.shape[2], : moved.shape[3]]
        if (down or right) and min(moved.shape[2:], default=0) > 1 and moved.any() and _close(place, moved):
            return messages.shifted(output, (down, right))
    return None


Description = Callable[[str, Array, Array, Problem], str | None]
_DESCRIPTIONS: tuple[Description, ...] = (_off_by_bias, _factor, _transposed, _shifted)


def _places(output: str, pairs: Sequence[tuple[Array, Array, Problem]]) -> Iterator[str]:
    """Right but in one part of an axis: its first or its last place."""
    axes = _AXES.get(output, ())
    for axis, name in enumerate(axes):
        for where, place in (("first", 0), ("last", -1)):
            if all(_only_there(got, expected, axis, place) for got, expected, _ in pairs):
                yield messages.right_except(output, where, name)
                return
            if all(_all_but_there(got, expected, axis, place) for got, expected, _ in pairs):
                yield messages.right_only(output, where, name)
                return


_AXES: Mapping[str, tuple[str, ...]] = {
    "out": ("image", "filter", "row", "column"),
    "dx": ("image", "channel", "row", "column"),
    "dw": ("filter", "channel", "kernel row", "kernel column"),
    "db": ("filter",),
}


def _wrong_along(got: Array, expected: Array, axis: int) -> set[int]:
    """Indices along an axis at which something is wrong."""
    scale = float(np.abs(expected).max(initial=0)) or 1.0
    differs = ~(np.abs(got - expected) <= 1e-4 * scale)
    others = tuple(other for other in range(got.ndim) if other != axis)
    return set(map(int, np.flatnonzero(differs.any(axis=others))))


def _only_there(got: Array, expected: Array, axis: int, place: int) -> bool:
    length = got.shape[axis]
    return length > 1 and _wrong_along(got, expected, axis) == {place % length}


def _all_but_there(got: Array, expected: Array, axis: int, place: int) -> bool:
    length = got.shape[axis]
    return length > 1 and _wrong_along(got, expected, axis) == set(range(length)) - {place % length}
