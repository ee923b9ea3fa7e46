"""How long to wait for a function that may never return."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from grader.records import CallOutcome, Function, StudentError, Verdict

_GIVE_UP_AFTER = 5
UNTRIED, HURRIED = "Untried", "Hurried"
"""The type of error of a call that was not made, and of one that was given less than the limit of a call."""


@dataclass(slots=True)
class Patience:
    """How long to wait for one function. Each has its own share of the time, so that one cannot use up the other's.

    The first call that hangs costs the whole limit. After that, a call may take 20 times as long as the slowest that
    returned, and at least a second; if none of the first five returned, the rest is not tried. Seconds are those of
    `TimeLimit`: what other programs take of the machine does not count.
    """

    limit_s: float
    left_s: float
    slowest_s: float = 0.0
    timeouts: int = 0
    returned: int = 0

    @property
    def exhausted(self) -> str | None:
        """Why no more calls are made, or None."""
        if self.timeouts >= _GIVE_UP_AFTER and self.returned == 0:
            return f"none of the first {_GIVE_UP_AFTER} calls returned in time"
        return "the time for all cases together was used up" if self.left_s <= 0 else None

    @property
    def deadline_s(self) -> float:
        """How long the next call may take."""
        limit_s = min(self.limit_s, max(1.0, 20 * self.slowest_s)) if self.timeouts else self.limit_s
        return min(limit_s, self.left_s)

    def call(self, function: Function, call: Callable[[float], CallOutcome]) -> CallOutcome:
        """Make a call of `function` in the time that is left for it; where there is none, it is not made."""
        why = self.exhausted
        if why is not None:
            return CallOutcome(function, Verdict.TIMEOUT, error=StudentError(UNTRIED, why))
        deadline_s = self.deadline_s
        last = self.left_s == deadline_s
        outcome = call(deadline_s)
        self.learn(outcome)
        if outcome.verdict is Verdict.TIMEOUT and deadline_s < self.limit_s:
            cut_short = StudentError(UNTRIED, self.exhausted or "") if last else StudentError(HURRIED, "")
            return replace(outcome, error=cut_short)
        return outcome

    def learn(self, outcome: CallOutcome) -> None:
        """Take note of how a call ended."""
        self.left_s -= outcome.spent_s
        if outcome.verdict is Verdict.TIMEOUT:
            self.timeouts += 1
        elif outcome.returned:
            self.returned += 1
            self.slowest_s = max(self.slowest_s, outcome.spent_s)
