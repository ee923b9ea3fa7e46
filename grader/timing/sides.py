"""The two sides of a race."""

from dataclasses import dataclass

from grader.records import CallOutcome, Interval, Speed, Verdict
from grader.sandbox.session import Session


@dataclass(frozen=True, slots=True)
class Loops:
    """Nested loops to run beside."""

    session: Session
    """Timed."""
    speed: Speed
    """How they did against the baseline, on the same workload."""


@dataclass(frozen=True, slots=True)
class Opponent:
    """Whom a submission runs against."""

    session: Session
    images: int
    scale: float
    """What its time on those is multiplied with."""
    ratio: Interval
    """Of the baseline's time to its own."""
    calls: int = 1
    """For one call of the student's; the middle one counts."""


ITSELF = Interval(1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Pair:
    """One call of each side, on the same numbers."""

    student: CallOutcome
    opponent: CallOutcome
    ratio: float
    """Of the baseline's time for the whole workload to the student's."""


class Wrong(Exception):
    """A timed call did not return the right result."""

    def __init__(self, verdict: Verdict, message: str | None, hint: str | None) -> None:
        super().__init__(message)
        self.verdict, self.message, self.hint = verdict, message, hint
