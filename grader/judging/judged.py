"""Calls with what is said of their outputs."""

from dataclasses import dataclass
from typing import Self

from grader.cases.problems import Problem
from grader.records import CallOutcome, Check, Returned, StudentError, Verdict
from grader.sandbox.requests import CacheMode


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
    """Of backward on the canonical cache: what the student's own gave, where there was one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One call with its checks."""

    outcome: CallOutcome
    checks: list[Check]
    right: int
    """How many outputs are."""
    mode: CacheMode
    """Of a backward call: the cache that it was given."""
    on_own: "Judged | None" = None
    """Of one on the canonical cache: the call on the student's own, where there was one."""

    def wrong(self, problem: Problem, i: int) -> Wrong:
        """The output of this number, with its numbers."""
        check = self.checks[i]
        on_own = None if self.on_own is None else self.on_own.wrong(problem, i)
        return Wrong(problem, check, self.outcome.outputs.get(check.output), self.outcome.error, self.mode, on_own)

    @classmethod
    def of(cls, outcome: CallOutcome, checks: list[Check], mode: CacheMode) -> Self:
        """Count what is right."""
        return cls(outcome, checks, sum(check.verdict is Verdict.PASSED for check in checks), mode)
