"""All in one race: laps in which everybody runs, so that nobody's ratio depends on when or where they were graded.

A lap gives everybody new processes and a few pairs of calls beside the baseline, or beside the nested loops, in an
order that changes from lap to lap. What the machine does in one minute meets all alike. A ratio is the median of those
of its laps, and its interval is that of the laps: what differs from process to process is part of it.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from grader.records import Timing, Verdict
from grader.timing.plan import Plan
from grader.timing.race import Race
from grader.timing.sides import LONG_CALL_S, Pair, Wrong
from grader.timing.speed import speed_of_laps

_FEWEST_ROUNDS, _MOST_ROUNDS, _LAP_SHARE = 2, 5, 1 / 30
"""Rounds of a lap: for such a share of the rubric's budget for timing. One pair that was disturbed spoils no median."""


@dataclass(slots=True)
class _Lane:
    """One of those who run."""

    race: Race
    ready: tuple[Plan, float] | None = None
    """As `Race.get_ready` gives it."""
    laps: list[list[Pair]] = field(default_factory=list)
    ended: Timing | None = None
    """How it ended, where it did before the others."""

    def get_ready(self) -> None:
        """Find out how much of the workload is affordable, and beside what."""
        try:
            self.ready = self.race.get_ready()
        except Wrong as wrong:
            self.ended = wrong.timing(self.race.item)
        self._stand_down()

    def run(self) -> None:
        """One lap."""
        if self.ready is None or self.ended is not None:
            return
        try:
            pairs = self._pairs(self.ready[0])
            if not self.laps and self.race.belongs_beside_the_baseline(*self.ready, pairs):
                pairs = self._pairs(self.ready[0])
            self.laps.append(pairs)
        except Wrong as wrong:
            self.ended = wrong.timing(self.race.item)
        self._stand_down()

    def _pairs(self, planned: Plan) -> list[Pair]:
        sides, opponent, pairs, rounds = self.race.sides, self.race.opponent, list[Pair](), 0
        sides.start_anew(planned, opponent)
        sides.collect_garbage(opponent)
        end = time.perf_counter() + _LAP_SHARE * sides.rubric.limits.timing_s
        while rounds < _FEWEST_ROUNDS or (rounds < _MOST_ROUNDS and time.perf_counter() < end):
            pairs += (sides.pair(planned, opponent, student_first=first) for first in (True, False))
            rounds += 1
        return pairs

    def _stand_down(self) -> None:
        """End its process, so that as many as want to can run; not where loading it again takes long."""
        if self.race.sides.student.loading_s < LONG_CALL_S:
            self.race.sides.student.restart()

    def timing(self) -> Timing:
        """How it ended."""
        item = self.race.item
        if self.ended is not None or self.ready is None:
            return self.ended or Timing(item.id, item.function, Verdict.SKIPPED)
        speed = speed_of_laps(self.laps, self.ready[0], self.race.opponent, self.race.sides.images)
        return Timing(item.id, item.function, Verdict.PASSED, speed)


def race_together(races: Sequence[Race], laps: int, tell: Callable[[int], None]) -> list[Timing]:
    """Let everybody run so many laps; how that ended for each.

    Args:
        races: of one item.
        laps: at least one; an interval takes six.
        tell: is told the number of each lap before it begins, from 1 on.

    Raises:
        JudgeError: where the sandbox or the baseline fails.
    """
    lanes = [_Lane(race) for race in races]
    for lane in lanes:
        lane.get_ready()
    for lap in range(1, laps + 1):
        tell(lap)
        order = random.Random(lap).sample(lanes, len(lanes))  # so that nobody always follows the same one; no secret
        for lane in order:
            lane.run()
    return [lane.timing() for lane in lanes]
