"""What can be said in plain words of results that are wrong, beside on which inputs (`judging.kinds`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from grader import messages
from grader.cases.draw import complication
from grader.cases.numbers import NON_CONTIGUOUS
from grader.cases.problems import Problem
from grader.feedback.unfilled import told_of_memory
from grader.feedback.written import of_order_in_calls, of_text
from grader.judging.compare import relative_error
from grader.judging.judged import Wrong
from grader.records import Array, Function, Verdict
from grader.records.feedback import Outline
from grader.records.sources import Origin
from grader.sandbox.inside.unset import UNSET
from reference.indexed import numbers
from reference.outlines import INTEGERS, never_set
from reference.spec import Operator

_LARGEST_OFFSET = 1000
"""Larger ones come of something else than what an array begins with."""
_MOST_LINES = 2
"""If more lines than these make arrays of integers, none is told."""


def facts(
    operator: Operator,
    output: str,
    wrong: Sequence[Wrong],
    right: Sequence[Problem],
    text: Outline | None = None,
    origin: Origin | None = None,
    forward: Outline | None = None,
    names: Mapping[Function, str] | None = None,
    *,
    is_named: bool = False,
) -> tuple[str, ...]:
    """What can be said in plain words of an output that is wrong: in which way, by how much.

    `text` is what its function's text says, `forward` what that of the forward function does, `origin` tells lines of
    them as a person finds them, `names` what they are called. Where the mistake is named, and no line with it, just in
    which calls names change places, which may be it.
    """
    text, forward, origin = text or Outline(), forward or Outline(), origin or Origin("")
    if is_named:
        return tuple(of_order_in_calls(text, origin))
    unset = origin.among(never_set(text.places, output))
    of_memory = (messages.never_set(unset, UNSET),) if unset else tuple(told_of_memory(output, wrong, text, origin))
    return (
        *of_memory,
        *of_text(operator, output, wrong, right, text, forward, names or {}, origin),
        *_of_another(output, wrong, operator.signature.outputs(operator.signature.function(output))),
        *_of_dtype(output, wrong, origin.among(_of_integers(text))),
        *(_of_padding(operator, wrong, right) if forward.keeps_inputs or not any(w.lacks_own for w in wrong) else ()),
        *(
            (messages.order_in_memory(output),)
            if _is_of_memory(wrong, right)
            else (() if of_memory else _how(_Axes(operator, output, text, origin), wrong, is_always=not right))
        ),
    )


def _of_another(output: str, wrong: Sequence[Wrong], outputs: Sequence[str]) -> Iterator[str]:
    """That what is returned in its place has another output's shape wherever it has not its own."""
    shapes = [(w.returned.shape, w.problem.expected) for w in wrong if w.returned is not None and w.returned.shape]
    others = {(got, tuple((name, expected[name].shape) for name in outputs)) for got, expected in shapes}
    strange = [(got, of) for got, wanted in others if got != (of := dict(wanted))[output]]
    for other in outputs if len(strange) > 1 else ():
        if all(got == of[other] for got, of in strange):
            yield messages.in_its_place(output, other, outputs)


def _is_of_memory(wrong: Sequence[Wrong], right: Sequence[Problem]) -> bool:
    """Whether exactly the inputs that do not lie in memory row by row give wrong results."""
    return (
        len(right) > len(wrong) > 0
        and all(NON_CONTIGUOUS in w.problem.case.kinds for w in wrong)
        and not any(NON_CONTIGUOUS in problem.case.kinds for problem in right)
    )


_OF_SIZES = ("ValueError", "IndexError", "AxisError", "AssertionError", "Exception")
"""What is raised where arrays have other sizes than the code takes them to have, also by itself."""


def _of_padding(operator: Operator, wrong: Sequence[Wrong], right: Sequence[Problem]) -> Iterator[str]:
    """That it is right where there is no padding, or with 1, and nowhere else.

    Not of code that lacks a name or a function.
    """
    if all(w.error is not None and w.error.type not in _OF_SIZES for w in wrong):
        return
    of_right, of_wrong = (
        {one.case.sizes.get("pad", 0) for one in problems} for problems in (right, [w.problem for w in wrong])
    )
    if of_right == {0} and 0 not in of_wrong:
        yield messages.only_without_padding(operator.signature.inputs[0])
    if of_right == {1} and 1 not in of_wrong:
        yield messages.only_with_a_pad_of_one()


def _of_integers(text: Outline) -> Sequence[int]:
    """The lines where an array gets the dtype of integers, unless they are many."""
    lines = next((found for kind in INTEGERS if (found := text.places.get(kind, ()))), ())
    return lines if len(lines) <= _MOST_LINES else ()


def _of_dtype(output: str, wrong: Sequence[Wrong], at: str) -> Iterator[str]:
    """That an array of integers came back wherever it is wrong, with where its dtype comes from."""
    arrays = [w.returned.array if w.returned is not None else None for w in wrong]
    dtypes = {None if array is None else array.dtype for array in arrays}
    if len(dtypes) == 1 and (dtype := dtypes.pop()) is not None and dtype.kind in "iu":
        yield messages.whole_numbers(output, str(dtype), at)


@dataclass(frozen=True, slots=True)
class _Axes:
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
        return self.operator.axes_of(self.output)

    @property
    def words(self) -> tuple[str, ...]:
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


def _how(axes: _Axes, wrong: Sequence[Wrong], *, is_always: bool) -> Iterator[str]:
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


def _factor(axes: _Axes, got: Array, expected: Array, problem: Problem) -> str | None:
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


def _off_by_number(axes: _Axes, got: Array, expected: Array, problem: Problem) -> str | None:
    """By one whole number everywhere, as of an array that begins with ones."""
    middle = float(np.median(got - expected)) if got.size and np.isfinite(got).all() else 0.0
    by = round(middle) if abs(middle) < _LARGEST_OFFSET else 0
    is_so = by != 0 and relative_error(got - by, expected) < min(1e-4, 0.01 * relative_error(got, expected))
    return messages.off_by_number(axes.output, by) if is_so else None


def _off_by_bias(axes: _Axes, got: Array, expected: Array, problem: Problem) -> str | None:
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
                return messages.off_by(axes.output, f"{times}{name}", axes.operator.words[own[0]])
    return None


def _transposed(axes: _Axes, got: Array, expected: Array, problem: Problem) -> str | None:
    if not axes.have_a_grid or got.ndim < 2 or got.shape[-1] != got.shape[-2]:
        return None
    return messages.transposed(axes.output) if _close(got.swapaxes(-2, -1), expected) else None


def _shifted(axes: _Axes, got: Array, expected: Array, problem: Problem) -> str | None:
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


Description = Callable[[_Axes, Array, Array, Problem], str | None]
_DESCRIPTIONS: tuple[Description, ...] = (_off_by_bias, _off_by_number, _factor, _transposed, _shifted)


def _places(axes: _Axes, pairs: Sequence[tuple[Array, Array, Problem]]) -> Iterator[str]:
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


def as_told(operator: Operator, wrong: Sequence[Wrong]) -> list[Wrong]:
    """In the order in which a report chooses the case to tell of, so that a smaller one can fail as that does.

    Crashes come after wrong values, which tell more.
    """
    return sorted(wrong, key=lambda w: (w.check.verdict is not Verdict.FAILED, complication(operator, w.problem.case)))
