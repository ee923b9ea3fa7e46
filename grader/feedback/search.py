"""The search for what explains one output: a known mistake, or two of them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations, islice

from grader.cases.problems import Problem
from grader.feedback.known import KnownResults, agrees, allowed
from grader.judging.judged import Wrong
from grader.records import Array, StudentError, Verdict
from grader.records.words import Kind
from grader.rubric.model import Tolerance
from reference.spec import Bug, Form

Results = Mapping[str, Array]
"""By output, what a form of a bug gives on a problem; nothing where it crashes."""
_MOST_PROBES = 10
"""The number of wrong cases on which single bugs are tried, to see which may be a pair."""
_OF_SHAPES = ("ValueError", "IndexError", "AssertionError", "Exception")
"""What can be raised where arrays do not fit; students assert that they do, or raise an exception of their own."""


@dataclass(frozen=True, slots=True)
class Search:
    """For what explains one output: every wrong case, and does no harm to the right ones."""

    output: str
    wrong: Sequence[Wrong]
    """The most telling first."""
    right: Sequence[Problem]
    tolerance: Tolerance
    bank: KnownResults

    def forms_of(self, bug: Bug) -> tuple[Form, ...]:
        """The variants of one bug that together explain everything; none where they do not.

        Which of them it is can differ from case to case: where one crashes, another reads past the edge.
        """
        forms: list[Form] = [((bug, i),) for i in range(len(bug.variants))]
        first = [form for form in forms if all(self._explains(form, wrong) for wrong in self.wrong[:1])]
        whole = self.explaining(first)
        if whole or not first:
            return whole
        used = []
        for wrong in self.wrong:
            explaining = [form for form in forms if self._explains(form, wrong)]
            if not explaining:
                return ()
            used += explaining[:1]
        used = [form for form in forms if form in used]
        return tuple(used) if len(used) > 1 and any(map(self._keeps_right, used)) else ()

    def of_same_shapes(self, bug: Bug) -> tuple[Form, ...]:
        """The variants of a bug that give results of the same shapes, whatever their numbers are."""
        forms: list[Form] = [((bug, i),) for i in range(len(bug.variants))]
        return tuple(f for f in forms if all(self._has_shape_of(f, w) for w in self.wrong) and self._keeps_right(f))

    def is_whole(self, forms: Sequence[Form]) -> bool:
        """Whether one variant explains everything, not some of them together: that is better evidence."""
        return bool(self.explaining(forms))

    def pairs(self, bugs: Sequence[Bug], most: int) -> list[Form]:
        """Two bugs together that explain everything."""
        probes = self.wrong[:: max(1, len(self.wrong) // _MOST_PROBES)]
        fits = [fit for bug in bugs for fit in self._different(bug, probes) if self._keeps_right(fit.form)]
        likely = ((*a.form, *b.form) for a, b in combinations(fits, 2) if a.may_be_with(b))
        return [form for form in islice(likely, most) if self._explains_all(form) and self._keeps_right(form)]

    def crashes_by_itself(self, one: tuple[Bug, int]) -> bool:
        """Whether a variant of a bug crashes in a wrong case; two may crash together since they do not go together."""
        return any(self.output not in self.bank.results((one,), w.problem) for w in self.wrong)

    def explaining(self, forms: Sequence[Form]) -> tuple[Form, ...]:
        """Those of some forms that explain everything."""
        return tuple(form for form in forms if self._explains_all(form) and self._keeps_right(form))

    def _different(self, bug: Bug, probes: Sequence[Wrong]) -> Iterator["_Fit"]:
        """The variants of a bug that do not give the same on all probes, without those that crash too often."""
        seen: set[tuple[tuple[tuple[int, ...], bytes] | None, ...]] = set()
        for i in range(len(bug.variants)):
            form: Form = ((bug, i),)
            if any(self._crashes_alone(form, wrong) for wrong in probes):
                continue
            given = [self.bank.results(form, wrong.problem).get(self.output) for wrong in probes]
            key = tuple(None if array is None else (array.shape, array.tobytes()) for array in given)
            if key not in seen:
                seen.add(key)
                yield _Fit(form, tuple(self._effect(form, wrong) for wrong in probes))

    def _crashes_alone(self, form: Form, wrong: Wrong) -> bool:
        """Whether a form crashes where the student's code does not, so that it is in no pair."""
        return wrong.check.verdict is not Verdict.CRASHED and not self.bank.results(form, wrong.problem)

    def _effect(self, form: Form, wrong: Wrong) -> "_Effect":
        crashed = wrong.check.verdict is Verdict.CRASHED
        given = self.bank.results(form, wrong.problem)
        if not given:
            return _Effect.ALL
        if self._is_right(form, wrong.problem, given):
            return _Effect.NONE
        got = None if wrong.returned is None else wrong.returned.array
        return _Effect.ALL if self._agrees(form, wrong.problem, given, None if crashed else got) else _Effect.SOME

    def _explains_all(self, form: Form) -> bool:
        return all(self._explains(form, wrong) for wrong in self.wrong)

    def _explains(self, form: Form, wrong: Wrong) -> bool:
        if wrong.check.verdict is Verdict.CRASHED:
            return _is_of_shapes(wrong.error) and not self.bank.results(form, wrong.problem)
        got = None if wrong.returned is None else wrong.returned.array
        given = self.bank.results(form, wrong.problem)
        if got is None:
            is_lost = bool(given) and self.output not in given
            return is_missing(wrong) and is_lost and any(self.output in bug.outputs for bug, _ in form)
        return self._agrees(form, wrong.problem, given, got) and not self._is_right(form, wrong.problem, given)

    def _has_shape_of(self, form: Form, wrong: Wrong) -> bool:
        got = None if wrong.returned is None else wrong.returned.array
        given = self.bank.results(form, wrong.problem).get(self.output)
        return got is not None and given is not None and got.shape == given.shape

    def _agrees(self, form: Form, problem: Problem, given: Results, got: Array | None) -> bool:
        return agrees(form, given, problem, self.output, got, self.tolerance)

    def may_be_right(self, bug: Bug) -> bool:
        """Whether a bug has a form that does no harm to this output."""
        return any(self._keeps_right(((bug, i),)) for i in range(len(bug.variants)))

    def _keeps_right(self, form: Form) -> bool:
        """Whether these bugs do no harm where the student is right."""
        return all(self._does_no_harm(form, problem) for problem in self.right)

    def _does_no_harm(self, form: Form, problem: Problem) -> bool:
        given = self.bank.results(form, problem)
        return self.bank.error(form, problem, self.output, given) <= allowed(form, problem, self.tolerance)

    def _is_right(self, form: Form, problem: Problem, given: Results) -> bool:
        """Whether these bugs lose no mark on a problem: then they are not why the student does."""
        return self.bank.error(form, problem, self.output, given) <= self.tolerance.of(problem.case.dtype)


def common_pairs(searches: Mapping[str, Search], output: str, bugs: Sequence[Bug], most: int) -> list[Form]:
    """Two bugs of several outputs, which together explain all that either spoils; alone they need explain nothing."""
    fitting = [bug for bug in bugs if len(bug.outputs) > 1 and not _spoils_right(bug, searches)]
    forms = searches[output].pairs(fitting, most)
    return [form for form in forms if all(_explains_others(form, bug, searches) for bug, _ in form)]


def _explains_others(form: Form, bug: Bug, searches: Mapping[str, Search]) -> bool:
    of_bug = [searches[output] for output in bug.outputs if output in searches]
    return all(search.explaining([form]) for search in of_bug if search.wrong)


def _spoils_right(bug: Bug, searches: Mapping[str, Search]) -> bool:
    """Whether each of its forms harms an output that is right everywhere."""
    of_bug = [searches[output] for output in bug.outputs if output in searches]
    return any(not search.wrong and not search.may_be_right(bug) for search in of_bug)


def is_missing(wrong: Wrong) -> bool:
    """Whether the call returned, and has not left this output behind."""
    return wrong.returned is not None and wrong.returned.kind is Kind.NONE


class _Effect(Enum):
    """What a bug alone does in one case that is wrong."""

    NONE = "none"
    """The result is right."""
    SOME = "some"
    """It is wrong, but otherwise than the student's."""
    ALL = "all"
    """It is the student's."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """What one bug in one variant does in some of the cases that are wrong."""

    form: Form
    effects: tuple[_Effect, ...]

    def may_be_with(self, other: "_Fit") -> bool:
        """Whether the two can explain every case: where one does nothing, the other has to do it all."""
        return self.form[0][0] is not other.form[0][0] and all(map(_may_meet, self.effects, other.effects))


def _may_meet(one: _Effect, other: _Effect) -> bool:
    return (one is not _Effect.NONE and other is not _Effect.NONE) or _Effect.ALL in (one, other)


def _is_of_shapes(error: StudentError | None) -> bool:
    """Whether a crash can come of arrays that do not fit: the bank knows no other."""
    return error is not None and error.type in _OF_SHAPES and "unpack" not in error.text
