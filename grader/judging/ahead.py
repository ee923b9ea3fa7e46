"""Calls made ahead: those that a round is likely to need, in one exchange with the sandbox.

One by one, the calls of a right submission take three times as much of the grader's own CPU time (45 against 15 ms, in
alternation in one run). So those of a whole round are asked for at once. That is a guess: a call is used when the
verifier gets to it, and what it does not need is dropped. The guess may change nothing but the time. So nothing counts
of an exchange in which anything goes wrong, and such a submission is asked one by one from then on, in a new process,
where each call has its own limit. Where a function must not be run, or calls are slow, nothing is asked ahead.
"""

from collections.abc import Mapping

from grader.cases.problems import Problem
from grader.judging.judged import Judge, Judged
from grader.judging.patience import Patience
from grader.judging.rounds import Kind, Round
from grader.records import FUNCTIONS, Function
from grader.sandbox.requests import CacheMode
from grader.sandbox.session import Session

_AHEAD_S = 2.0
"""Calls that are likely to take longer together are not made in one exchange."""


class Ahead:
    """The calls of one submission that have been made ahead and not been used.

    Args:
        session: makes them.
        judge: says what is right of them.
        patience: of each function; what they take is taken from it.
        does_well: whether calls may be made ahead at all.
    """

    def __init__(
        self, session: Session, judge: Judge, patience: Mapping[Function, Patience], *, does_well: bool
    ) -> None:
        self.session = session
        self.judge = judge
        self.patience = patience
        self.does_well = does_well
        """Nothing has gone wrong with calls that were made ahead."""
        self.pace_s: float | None = None
        """How long a call made ahead takes, once some have been."""
        self.known: dict[int, dict[Kind, list[Judged]]] = {}
        """By the index of the problem."""

    def look(self, one: Round) -> None:
        """Make the calls of a round in one exchange, where that is likely to go well."""
        calls = one.exchange.calls
        usual_s = (self.pace_s or 0.0) * len(calls)
        left_s = min(patience.left_s for patience in self.patience.values())
        if not self.does_well or usual_s > _AHEAD_S or left_s < _AHEAD_S:
            return
        spent_s = self.session.spent_s
        outcomes = self.session.calls(one.exchange, max(1.0, 3 * usual_s))
        spent_s = self.session.spent_s - spent_s
        for patience in self.patience.values():
            patience.left_s -= spent_s / len(FUNCTIONS)
        if outcomes is None:
            self.does_well = False
            return
        self.pace_s = spent_s / len(calls)
        self.known = {problem.case.index: {} for problem in one.problems}
        posed = [one.problems[call.problem] for call in calls]
        judged = self.judge.judge_all(posed, outcomes, [call.cache for call in calls])
        for call, problem, one_judged in zip(calls, posed, judged, strict=True):
            known = self.known[problem.case.index]
            known.setdefault((call.function, call.cache), []).append(one_judged)

    def take(self, problem: Problem, function: Function, cache: CacheMode) -> Judged | None:
        """The next of the problem's calls of this kind, if it has been made."""
        waiting = self.known.get(problem.case.index, {}).get((function, cache))
        if not waiting:
            return None
        judged = waiting.pop(0)
        self.patience[function].learn(judged.outcome)
        return judged

    def has(self, problem: Problem, function: Function, cache: CacheMode) -> bool:
        """Whether a call of this kind is there to be taken."""
        return bool(self.known.get(problem.case.index, {}).get((function, cache)))

    def drop(self, problem: Problem) -> None:
        """What has not been used of this problem will not be."""
        self.known.pop(problem.case.index, None)
