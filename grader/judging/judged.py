"""A call with its checks: what is right of it, or why it did not return.

A call that did not return has the same verdict for each of its outputs. The same error can have several reasons: a
forbidden import, a function that was skipped while the file was loaded, a cache of ours that backward does not know.
Which of them it is, is told here, where all that is known of the submission comes together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from typing import Self

from grader import messages
from grader.cases.problems import Problem
from grader.judging.compare import compare_all
from grader.records import (
    Array,
    CallOutcome,
    Case,
    Check,
    Function,
    Returned,
    StudentError,
    Submission,
    Verdict,
)
from grader.records.feedback import Outline
from grader.records.words import End, Kind
from grader.rubric.assignment import Assignment
from grader.sandbox.base import BaseSession
from grader.sandbox.requests import CacheMode
from reference.endless import endless
from reference.filled import never_filled
from reference.outlines import NO_RETURN
from reference.shadows import lost


@dataclass(frozen=True, slots=True)
class Wrong:
    """A result that is not right."""

    problem: Problem
    check: Check
    returned: Returned | None
    """None where the call did not return."""
    error: StudentError | None
    cache: CacheMode
    """What backward was called with."""
    on_own: "Wrong | None" = None
    """What backward gave on the student's own cache, where this is what it gave on the canonical one."""
    lacks_own: bool = False
    """Forward crashed, so backward was given the canonical cache, and the student's own might have been another."""

    @property
    def is_misshapen(self) -> bool:
        """Whether it is an array of another shape than is asked for."""
        got = None if self.returned is None else self.returned.array
        return got is not None and got.shape != self.problem.expected[self.check.output].shape


@dataclass(frozen=True, slots=True)
class Judged:
    """One call with its checks."""

    outcome: CallOutcome
    checks: list[Check]
    right: int
    """How many outputs are right."""
    mode: CacheMode
    """The cache that a backward call was given."""
    on_own: "Judged | None" = None
    """The call on the student's own cache, where this is the one on the canonical cache that took its place."""
    lacks_own: bool = False
    """As `Wrong.lacks_own`."""

    def wrong(self, problem: Problem, i: int) -> Wrong:
        """The output of this index, which is not right, with what came out."""
        check = self.checks[i]
        on_own = None if self.on_own is None else self.on_own.wrong(problem, i)
        returned = self.outcome.outputs.get(check.output)
        return Wrong(problem, check, returned, self.outcome.error, self.mode, on_own, self.lacks_own)

    @classmethod
    def of(cls, outcome: CallOutcome, checks: list[Check], mode: CacheMode) -> Self:
        """Count what is right."""
        return cls(outcome, checks, sum(check.verdict is Verdict.PASSED for check in checks), mode)


class Judge:
    """Says what is right of one submission's calls.

    Args:
        session: knows which statements of the file were skipped while it was loaded.
        submission: whose calls these are.
        assignment: limits, names, tolerance, and the outputs of each function.
        forbidden: functions that are not to be run, each with the reason why and a hint.
        outlines: what the text says of each of its functions.
    """

    def __init__(
        self,
        session: BaseSession,
        submission: Submission,
        assignment: Assignment,
        forbidden: Mapping[Function, messages.Explained],
        outlines: Mapping[str, Outline],
    ) -> None:
        self.session = session
        self.submission = submission
        self.rubric = assignment.rubric
        self.signature = assignment.operator.signature
        self.names = assignment.names
        self.forbidden = forbidden
        self.outlines = outlines
        self._explained: dict[tuple[object, ...], messages.Explained] = {}

    def judged(
        self, problem: Problem, outcome: CallOutcome, mode: CacheMode = "own", forward: CallOutcome | None = None
    ) -> Judged:
        """One call with its checks; `forward` is the student's where it left no cache, which explains some crashes."""
        return Judged.of(outcome, self._check(problem, outcome, forward), mode)

    def judge_all(
        self, problems: Sequence[Problem], outcomes: Sequence[CallOutcome], modes: Sequence[CacheMode]
    ) -> Iterator[Judged]:
        """Calls that have all returned; `problems` has the problem of each."""
        each = [self._outputs(problem, outcome) for problem, outcome in zip(problems, outcomes, strict=True)]
        checks = iter(compare_all(list(chain.from_iterable(each))))
        for outcome, outputs, mode in zip(outcomes, each, modes, strict=True):
            yield Judged.of(outcome, list(islice(checks, len(outputs))), mode)

    def _check(self, problem: Problem, outcome: CallOutcome, forward: CallOutcome | None) -> list[Check]:
        """One check for each output of the call."""
        if not outcome.returned:
            names = self.signature.outputs(outcome.function)
            explained = self._explain(outcome)
            if forward is not None and self.signature.layer is not None:
                if outcome.verdict is Verdict.CRASHED and outcome.error == forward.error:
                    explained = explained[0], messages.forward_crashed(self.names["backward"])
            elif forward is not None and outcome.verdict is Verdict.CRASHED and not self.keeps_inputs:
                name, is_unread = self.names["forward"], self.names["forward"] in self.submission.unparsed
                explained = messages.with_our_cache(
                    explained, outcome.error, name, self.signature.cache, forward.verdict, is_unread=is_unread
                )
            tried = outcome.error is None or outcome.error.type != End.UNTRIED
            return [Check(name, problem.case, outcome.verdict, *explained, tried=tried) for name in names]
        return compare_all(self._outputs(problem, outcome))

    @cached_property
    def keeps_inputs(self) -> bool:
        """Whether forward was run and is known to keep its inputs, so that the canonical cache is no other."""
        text = self.outlines.get(self.names["forward"])
        return "forward" not in self.forbidden and text is not None and text.keeps_inputs

    def _outputs(self, problem: Problem, outcome: CallOutcome) -> list[tuple[str, Case, Returned, Array, float]]:
        """What a call returned, for `compare_all`."""
        tolerance = self.rubric.tolerance.of(problem.case.dtype)
        names = self.signature.outputs(outcome.function)
        outputs = self._with_names_of_none(outcome)
        returned = [(name, self._told(name, outputs, names[0])) for name in names]
        return [(name, problem.case, o, problem.right_answer(name, o.array), tolerance) for name, o in returned]

    def _with_names_of_none(self, outcome: CallOutcome) -> Mapping[str, Returned]:
        """The outputs, where one that was to be returned is None with what the function returns."""
        outputs = outcome.outputs
        returned = [name for name in outputs if self.signature.place_of(name) is None]
        none = [name for name in returned if outputs[name].kind is Kind.NONE]
        if not none:
            return outputs
        name, count = self.names[outcome.function], len(returned)
        places = self.outlines.get(name, Outline()).places
        what = messages.returns_none(
            name, none, count, never_returns=bool(places.get(NO_RETURN)), unfilled=[*never_filled(places)]
        )
        return {**outputs, **{name: replace(outputs[name], what=what) for name in none}}

    def _told(self, name: str, outputs: Mapping[str, Returned], first: str) -> Returned:
        """An output. If it was to be left behind and was not, with where it had to be.

        Where forward returns nothing at all, what is found there is not its work.
        """
        output = outputs[name]
        if name in self.signature.left and outputs[first].kind is Kind.NONE:
            return outputs[first]
        return output.to_be_left(self.signature.place_of(name))

    def _explain(self, outcome: CallOutcome) -> messages.Explained:
        """Why the call did not return, in the student's terms. Most crash alike in every case: that is read once."""
        error = repr(outcome.error)  # with its values, by which errors are not compared
        key = outcome.function, outcome.verdict, error, tuple(self.session.skipped)
        if key not in self._explained:
            self._explained[key] = self._explained_anew(outcome)
        return self._explained[key]

    def _explained_anew(self, outcome: CallOutcome) -> messages.Explained:
        name = self.names[outcome.function]
        if outcome.verdict is Verdict.POLICY:
            return self.forbidden[outcome.function]
        limit = messages.limit_text(self.rubric.limits, outcome.verdict)
        submission, places = self.submission, self.outlines.get(name, Outline()).places
        stuck = messages.never_ends(endless(places), submission.origin)
        if outcome.error is not None and outcome.error.type == End.UNTRIED:
            return messages.untried(name, outcome.error.text, stuck)
        if outcome.error is not None and outcome.error.type == End.HURRIED:
            return messages.hurried(name, limit, stuck)
        if outcome.verdict is Verdict.MISSING and name in submission.unparsed:
            return messages.unparsed(name, submission.unparsed[name]), None
        told = self.session.skipped, limit, self.signature, submission.code, stuck
        message, hint = messages.call_ended(name, outcome, submission.origin, *told)
        unread = messages.unread_name(outcome.error, submission.unparsed)
        return message, unread or messages.lost_argument(outcome.error, lost(places), submission.origin) or hint
