"""The smallest case on which one output still fails in the same way.

Sizes are made smaller for as long as it still fails; then the small problems with no more numbers are tried, in the
order of how many there are to look at, so that what is found is the same every time, and the smallest there is where
that has few numbers; first with the kind of numbers that showed it, then with others where there are fewer still to
look at. In the end numbers become zero one by one where it still fails. Hypothesis was tried for this
(`benchmarks/shrinking.py`): it makes about as many calls, but one by one and not many in one exchange with the sandbox,
takes longer, and does not always end at the smallest.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

import numpy as np

from grader import messages
from grader.cases.numbers import NEGATIVE, NON_CONTIGUOUS, is_shown, of_kinds
from grader.cases.problems import Problem, expecting, posed
from grader.feedback.alone import CALL_S, called, is_a_death
from grader.feedback.fills import FILLS, WHOLE, Fill
from grader.feedback.unfilled import of_zeros
from grader.judging.compare import compare
from grader.judging.judged import Wrong
from grader.records import FUNCTIONS, Array, CallOutcome, Check, StudentError, Verdict
from grader.rubric.model import Tolerance
from grader.sandbox.base import BaseSession
from grader.sandbox.requests import Call, Exchange
from reference.sizes import Sizes
from reference.spec import Operator, small_sizes

AT_ONCE = 32
_MOST_SMALL, _MOST_SMALL_ONE_BY_ONE = 350, 160
"""How many of the small problems are tried with the numbers that showed it, and how many with others; fewer where each
takes an exchange with the sandbox of its own."""
_MOST_DESCENTS = 100
"""Steps on the way down from the case that failed."""
_MOST_NUMBERS, _MOST_TO_SIMPLIFY = 400, 60
"""Nobody would read more of them than the first; more than the second become zero only all together."""
BRAKE_S = 30.0
"""Seconds for a submission's whole search. Counts decide what is found, so that it is the same on every machine; this
is ten times what any search took beside busy loops, for one that sleeps in every call, and the report says so."""
Shown = Callable[[Problem, Array | None], bool]
"""Whether a result on a problem, None for a crash, shows what it is to show."""


@dataclass(frozen=True, slots=True)
class Found:
    """A small case that fails."""

    problem: Problem
    check: Check
    got: Array | None


class Brake:
    """Ends a search that would take too long on any machine."""

    def __init__(self) -> None:
        self._end = time.perf_counter() + BRAKE_S
        self.was_pulled = False

    def is_pulled(self) -> bool:
        """Whether the search has to end; once it has, it stays so."""
        self.was_pulled = self.was_pulled or time.perf_counter() > self._end
        return self.was_pulled


@dataclass(slots=True)
class Shrinker:
    """Looks for the smallest case of one output's failure.

    Args:
        session: the submission's.
        operator: whose functions these are.
        tolerance: of the rubric.
        ragged: whether sizes that leave a rest are asked of the submission.
        explained: whether the mistake that was found gives this result on a problem.
        brake: of this submission.
    """

    session: BaseSession
    operator: Operator
    tolerance: Tolerance
    ragged: bool
    explained: Shown
    brake: Brake
    is_dead: bool = False
    """A call has hung or ended its process, as others might: no more are made, since each would take a new process."""
    told: Shown = lambda problem, got: True
    """What a case has to show beside that, so that it shows what is told of it."""
    is_even: bool = True
    """No exchange of several calls has failed; after one that has, calls are made one by one."""

    def smallest(self, wrong: Wrong) -> Found | None:
        """The smallest case that fails as this one does, also in a new process; None if none was met with."""
        if is_a_death(wrong.error):
            return None  # a notebook would die of it, without a word
        found = None
        for fill in FILLS:
            if self._is_over:
                return None
            at_first = self._pose(wrong, wrong.problem.case.sizes, fill)
            found = self._judge(wrong, at_first, self._call(wrong, at_first))
            if found is not None:
                found = self._smaller_sizes(wrong, fill, found)
                found = self._smallest_sizes(wrong, (fill,), self._count(found)) or found
                others = tuple(other for other in WHOLE if other is not fill)
                found = self._smallest_sizes(wrong, others, self._count(found) - 1) or found
                break
        if found is None or self._count(found) > _MOST_NUMBERS:
            return None
        found = self._fewest_numbers(wrong, found)
        self.session.restart()
        return self._judge(wrong, found.problem, self._call(wrong, found.problem))

    @property
    def _is_over(self) -> bool:
        return self.is_dead or self.brake.is_pulled()

    def _count(self, found: Found) -> int:
        """How many numbers its problem has."""
        return int(self.operator.numbers(found.problem.case.sizes))

    def _smallest_sizes(self, wrong: Wrong, fills: Sequence[Fill], most: int) -> Found | None:
        """The first of all small problems with at most so many numbers that fails, filled in each of these ways."""
        small = takewhile(lambda sizes: self.operator.numbers(sizes) <= most, small_sizes(self.operator))
        sizes = (s for s in small if self._is_asked(wrong, s))
        count = _MOST_SMALL if self._may_go_together(wrong) else _MOST_SMALL_ONE_BY_ONE
        problems = islice((self._pose(wrong, s, fill) for s in sizes for fill in fills), count)
        while (chunk := list(islice(problems, AT_ONCE))) and not self._is_over:
            for problem, outcome in zip(chunk, self._call_all(wrong, chunk), strict=False):
                found = self._judge(wrong, problem, outcome)
                if found is not None or self._is_over:
                    return found
        return None

    def _smaller_sizes(self, wrong: Wrong, fill: Fill, found: Found) -> Found:
        """The sizes of the case itself as far down as it still fails, and never with more numbers."""
        for _ in range(_MOST_DESCENTS):
            for smaller in self._descents(wrong, found.problem.case.sizes):
                if self._is_over:
                    return found
                problem = self._pose(wrong, smaller, fill)
                shown = self._judge(wrong, problem, self._call(wrong, problem))
                if shown is not None:
                    found = shown
                    break
            else:
                return found
        return found

    def _is_asked(self, wrong: Wrong, sizes: Sizes) -> bool:
        """Whether this output is asked for on a problem of these sizes, which fit."""
        space = self.operator.space
        return (self.ragged or space.divides(sizes)) and (not self._is_of_backward(wrong) or space.has_backward(sizes))

    def _descents(self, wrong: Wrong, sizes: Sizes) -> Iterator[Sizes]:
        """The operator's steps from these sizes: those that make sense, and do not lead to more numbers."""
        space = self.operator.space
        for step in space.descents(sizes):
            smaller = {**sizes, **step}
            if smaller == sizes or any(smaller[name] < least for name, least in space.lowest.items()):
                continue
            if not (space.fits(smaller) and self._is_asked(wrong, smaller)):
                continue
            if self.operator.numbers(smaller) <= self.operator.numbers(sizes):
                yield smaller

    def _fewest_numbers(self, wrong: Wrong, found: Found) -> Found:
        """As many zeros as possible, and else ones: whole arrays first, then number by number.

        Where not the numbers are wrong, but the shape, or there are none, zeros would show nothing, also not whether
        the numbers are right once the call returns them, and it is ones alone.
        """
        simple = (1,) if found.check.worst_index is None else (0, 1)
        for values in simple:
            for name in self._names(wrong):
                if self._is_over:
                    return found
                found = self._try(wrong, found, name, None, values) or found
        if self._count(found) > _MOST_TO_SIMPLIFY:
            return found
        for values in simple:
            for name in self._names(wrong):
                for place in range(_array(found.problem, self.operator, name).size):
                    if self._is_over:
                        return found
                    found = self._try(wrong, found, name, place, values) or found
        return found

    def _names(self, wrong: Wrong) -> tuple[str, ...]:
        """The arrays that may become simpler: not the inputs where equal ones make more than one gradient right."""
        signature = self.operator.signature
        if not self._is_of_backward(wrong):
            return signature.inputs
        return (signature.upstream,) if self.operator.nearest is not None else (*signature.inputs, signature.upstream)

    def _is_of_backward(self, wrong: Wrong) -> bool:
        return wrong.check.output in self.operator.signature.backward_outputs

    def _try(self, wrong: Wrong, found: Found, name: str, place: int | None, value: int) -> Found | None:
        """The same case with another value at one place, or all places, of an array, if it still fails."""
        before = _array(found.problem, self.operator, name)
        array = before.copy()
        array.reshape(-1)[slice(None) if place is None else place] = value
        if np.array_equal(array, before) or (value and place is not None and not before.reshape(-1)[place]):
            return None
        if value and place is None and not before.any():
            return None
        problem = self._with(wrong, found.problem, name, array)
        return self._judge(wrong, problem, self._call(wrong, problem))

    def _with(self, wrong: Wrong, problem: Problem, name: str, array: Array) -> Problem:
        if name == self.operator.signature.upstream:
            changed = replace(problem, upstream=array)
        else:
            changed = replace(problem, arrays={**problem.arrays, name: array})
        return expecting(self.operator, changed, (self.operator.signature.function(wrong.check.output),))

    def _pose(self, wrong: Wrong, sizes: Sizes, fill: Fill) -> Problem:
        """A problem of these sizes; the kind of its numbers is that of the case that failed, where they show it."""
        filled = {name: fill(shape, i) for i, (name, shape) in enumerate(self.operator.shapes(sizes).items())}
        kinds = tuple(k for k in wrong.problem.case.kinds if k != NEGATIVE and is_shown(self.operator, k, filled))
        case = replace(wrong.problem.case, index=-1, sizes=sizes, judges=(), spaced={}, kinds=kinds)
        arrays = {name: of_kinds(self.operator, case, name, values) for name, values in filled.items()}
        if NON_CONTIGUOUS in kinds:  # as a snippet can say it in a word
            arrays = {name: np.asfortranarray(array) for name, array in arrays.items()}
        problem = posed(self.operator, case, arrays)
        return expecting(self.operator, problem, (self.operator.signature.function(wrong.check.output),))

    def _call_all(self, wrong: Wrong, problems: Sequence[Problem]) -> Iterator[CallOutcome]:
        """The calls of several problems: in one exchange if all return, otherwise one by one."""
        backward = self._is_of_backward(wrong)
        calls = []
        for i in range(len(problems)):
            if not backward or wrong.cache == "own":
                calls.append(Call(i, "forward"))
            if backward:
                calls.append(Call(i, "backward", wrong.cache))
        together = None
        if self.is_even and self._may_go_together(wrong):
            signature = self.operator.signature
            outputs = {function: signature.outputs(function) for function in FUNCTIONS}
            exchange = Exchange.of(
                problems, calls, signature.inputs, outputs, scalars=signature.scalars, left=signature.left
            )
            together = self.session.calls(exchange, CALL_S)
        if together is None:
            self.is_even = False
            yield from (self._call(wrong, problem) for problem in problems)
            return
        function = "backward" if backward else "forward"
        yield from (outcome for outcome in together if outcome.function == function)

    def _may_go_together(self, wrong: Wrong) -> bool:
        """Whether calls that fail as this one does can be made in one exchange, where all have to return."""
        on_ours = self._is_of_backward(wrong) and wrong.cache == "canonical"
        return wrong.check.verdict is not Verdict.CRASHED and not on_ours

    def _call(self, wrong: Wrong, problem: Problem) -> CallOutcome:
        outcome = called(self.session, self.operator.signature, wrong, problem)
        self.is_dead |= is_a_death(outcome.error) or outcome.verdict not in (Verdict.PASSED, Verdict.CRASHED)
        return outcome

    def _judge(self, wrong: Wrong, problem: Problem, outcome: CallOutcome) -> Found | None:
        """What this call shows, if it fails as the first did."""
        name = wrong.check.output
        if not self.operator.kinds and problem.has_several_right(name):  # ties that nobody is asked about
            return None
        if outcome.verdict is Verdict.CRASHED and wrong.check.verdict is Verdict.CRASHED:
            same = outcome.function == self.operator.signature.function(name)
            if not same or _place(outcome.error) != _place(wrong.error) or not self._is_shown(problem, None):
                return None
            text = None if outcome.error is None else messages.error_text(outcome.error)
            return Found(problem, replace(wrong.check, case=problem.case, message=text), None)
        if not outcome.returned or name not in outcome.outputs or wrong.check.verdict is not Verdict.FAILED:
            return None
        returned, tolerance = of_zeros(outcome.outputs[name]), self.tolerance.of(problem.case.dtype)
        problem = replace(problem, expected={name: problem.right_answer(name, returned.array)})
        check = compare(name, problem.case, returned, problem.expected[name], tolerance)
        if check.verdict is not Verdict.FAILED or returned.array is None:
            return None
        if returned is not outcome.outputs[name]:
            check = compare(name, problem.case, outcome.outputs[name], problem.expected[name], tolerance)
        same = (check.worst_index is None) == (wrong.check.worst_index is None)
        return Found(problem, check, returned.array) if same and self._is_shown(problem, returned.array) else None

    def _is_shown(self, problem: Problem, got: Array | None) -> bool:
        return self.told(problem, got) and self.explained(problem, got)


def _place(error: StudentError | None) -> tuple[str, int | None] | None:
    """What was raised, and in which line."""
    return None if error is None else (error.type, error.line)


def _array(problem: Problem, operator: Operator, name: str) -> Array:
    return problem.upstream if name == operator.signature.upstream else problem.arrays[name]
