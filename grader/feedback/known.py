"""What the known mistakes of an operator give: nothing is run here but the bank's own code."""

import math
from collections.abc import Mapping

import numpy as np

from grader.cases.problems import Problem
from grader.judging.compare import largest, relative_error
from grader.records import Array
from grader.rubric.model import Tolerance
from reference.spec import Bank, Form

_SLACK = 10
"""Agreement with a bug is looked for with this many times the tolerance: both sides round."""
_MOST_REMEMBERED_BYTES = 32 * 1024 * 1024
"""Three times what the packaged rubrics take."""
_BYTES_OF_AN_ERROR = 250
"""With its key."""


class KnownResults:
    """What the single bugs of a bank give on the problems of a class: computed once for all its submissions."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self._given: dict[tuple[str, int, int], dict[str, Array]] = {}
        self._errors: dict[tuple[str, int, int, str], float] = {}
        self._left_bytes = _MOST_REMEMBERED_BYTES

    def results(self, form: Form, problem: Problem) -> dict[str, Array]:
        """As `results`; the cases of the problems differ in their index."""
        if len(form) > 1:
            return results(self.bank, form, problem)
        ((bug, variant),) = form
        key = bug.id, variant, problem.case.index
        given = self._given.get(key)
        if given is None:
            given = results(self.bank, form, problem)
            self._left_bytes -= sum(array.nbytes for array in given.values())
            if self._left_bytes > 0:
                self._given[key] = given
        return given

    def error(self, form: Form, problem: Problem, output: str, given: Mapping[str, Array]) -> float:
        """How far `given`, by `results`, is from a right answer (`relative_error`); infinite where nothing fits it."""
        if len(form) > 1:
            return error(problem, output, given)
        ((bug, variant),) = form
        key = bug.id, variant, problem.case.index, output
        known = self._errors.get(key)
        if known is None:
            known = error(problem, output, given)
            self._left_bytes -= _BYTES_OF_AN_ERROR
            if self._left_bytes > 0:
                self._errors[key] = known
        return known


def results(bank: Bank, form: Form, problem: Problem) -> dict[str, Array]:
    """What code with these bugs gives; nothing where it crashes."""
    try:
        given = bank.run(form, problem.arrays, problem.upstream, problem.parameters)
    except (ValueError, IndexError):
        return {}
    return {name: np.asarray(values, np.float64) for name, values in given.items()}


def error(problem: Problem, output: str, given: Mapping[str, Array]) -> float:
    """As `KnownResults.error`."""
    values = given.get(output)
    expected = problem.right_answer(output, values)
    if values is None or values.shape != expected.shape:
        return math.inf
    return relative_error(values, expected)


def agrees(
    form: Form,
    everything: Mapping[str, Array],
    problem: Problem,
    output: str,
    got: Array | None,
    tolerance: Tolerance,
) -> bool:
    """Whether code with these bugs, which gives `everything` on a problem, gives `got`; None stands for a crash."""
    if not everything or output not in everything or got is None:
        return not everything and got is None
    given = everything[output]
    if got.shape != given.shape or not all(_is_of(bug.rounded, got) for bug, _ in form if bug.rounded):
        return False
    got = got.astype(np.float64, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        apart = largest(got - given)
    if not math.isfinite(apart):
        got, given = _zero_where_neither_is_finite(got, given)
        apart = largest(got - given)
    # rounding is as large as that of the right numbers where a mistake leaves next to nothing
    size = max(largest(given) or 1.0, largest(problem.expected[output]))
    return apart <= allowed(form, problem, tolerance) * size


def _is_of(dtype: str, got: Array) -> bool:
    """Whether all these are numbers of a dtype: that tells a result that was rounded to it from another small error."""
    with np.errstate(over="ignore"):
        return np.array_equal(got, got.astype(dtype), equal_nan=True)


def _zero_where_neither_is_finite(got: Array, given: Array) -> tuple[Array, Array]:
    """The mean of nothing is NaN, a number too large for a dtype is infinite, in the bank as in the submission."""
    both = ~np.isfinite(given) & ~np.isfinite(got)
    return np.where(both, 0.0, got), np.where(both, 0.0, given)


def allowed(form: Form, problem: Problem, tolerance: Tolerance) -> float:
    """How far apart two results of the same code may lie."""
    return max(*(bug.precision for bug, _ in form), _SLACK * tolerance.of(problem.case.dtype))
