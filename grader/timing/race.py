"""One function of one submission against the baseline.

How a run goes. Times for one image and for a few tell how many images are affordable (`plan.py`). Then it is chosen
what runs beside the submission: the baseline, or nested loops of ours where the submission has its time in Python
loops. Then come rounds of student, other side, other side, student, each pair of calls on fresh numbers (`sides.py`,
`fresh.py`), in new processes after every few rounds, until more would tell nothing (`enough.py`). The pairs give a
ratio with its interval (`speed.py`). Where that is doubtful (`doubts.py`), it is measured a second time.

Tried and rejected (the figures are in docs/performance.md):
- A fixed, small number of pairs: 5 pairs held a ratio to 17 % from run to run, 15 pairs to 1.2 to 2 %.
- Wall time: it holds what other programs took of the processor. CPU time and sleep do not.
- The baseline beside everything: what else happens on a machine slows an interpreter down by another factor than a
  matrix product (where two virtual machines share a core, 1.7 against 1.4), and the ratios of loops varied by 10 %.
- The same processes throughout: where a process's memory lies makes it faster or slower, by some 2 %, while it lives.
- Slow calls on few images, scaled, whatever they are: what grows faster than the number of images would gain.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from grader import messages
from grader.cases.problems import Problem
from grader.records import Doubt, Speed, Timing, Verdict
from grader.timing import enough
from grader.timing.doubts import STABLE, width
from grader.timing.plan import Plan, in_proportion, plan
from grader.timing.sides import ITSELF, LONG_CALL_S, Loops, Opponent, Pair, Sides, Wrong
from grader.timing.speed import quietest, speed_of

_MOST_TRIALS = 5
_FEW = 4
"""Images whose time is compared with that of one."""
_ROUNDS_OF_A_PROCESS = 5
"""Where a process's memory happens to lie makes it faster or slower by some percent for as long as it lives."""
_LOADING_SHARE = 0.2
"""Stop restarting processes once restarts have used this share of the budget."""
_MOST_BASELINE_CALLS = 5
"""Beside a student's long call the baseline's short one is made so often: most of the scatter would be its own."""


class Race:
    """One function of one submission against the baseline.

    Args:
        sides: the submission and the baseline.
        loops: gives what runs beside a function that has its time in loops; None for the baseline all the same.
        share_s: what the submission may have spent of its allowance after a second measurement; the rest is for its
            other functions, which a first one alone may take from.
    """

    def __init__(self, sides: Sides, loops: Callable[[], Loops | None], share_s: float = math.inf) -> None:
        self.sides = sides
        self.loops = loops
        self.share_s = share_s
        self.item = sides.item
        self.is_stopped = False
        self.opponent = Opponent(sides.baseline, sides.images, 1.0, ITSELF)

    def run(self, budget_s: float, *, as_landmark: bool = False) -> Timing:
        """Find out how many images are affordable, then measure; a second time as long where the first is not stable.

        Args:
            budget_s: seconds for all of one measurement, what is not timed included.
            as_landmark: whether others are to be compared with this: once, and only the quietest moments count. Not
                for submissions, which could choose those by the time they take.

        Raises:
            JudgeError: where the sandbox or the baseline fails.
        """
        start, spent_s = time.perf_counter(), self.sides.student.spent_s
        try:
            planned, baseline_s = self._plan(as_landmark=as_landmark)
            left_s = budget_s - (time.perf_counter() - start)
            self.opponent = self._choose_opponent(planned, baseline_s)
            if as_landmark:
                pairs = self._measure(planned, time.perf_counter() + left_s, as_landmark=True)
                attempts = [quietest(pairs)]
            else:
                attempts = self._attempts(planned, baseline_s, left_s, budget_s, spent_s)
            speed = self._with_protocol(self._best(planned, attempts), planned)
        except Wrong as wrong:
            return wrong.timing(self.item)
        return Timing(self.item.id, self.item.function, Verdict.PASSED, replace(speed, attempts=len(attempts)))

    def get_ready(self) -> tuple[Plan, float]:
        """Choose what runs beside it, for those who measure by themselves.

        Returns:
            How many images are affordable, and the baseline's seconds.

        Raises:
            Wrong: where it does not return the right result.
            JudgeError: where the sandbox or the baseline fails.
        """
        planned, baseline_s = self._plan(as_landmark=False)
        self.opponent = self._choose_opponent(planned, baseline_s)
        return planned, baseline_s

    def _plan(self, *, as_landmark: bool) -> tuple[Plan, float]:
        """How many images the student's side gets, and the baseline's seconds.

        Also warms both sides up and settles the cache mode.
        """
        sides = self.sides
        count = min(sides.images, _FEW)
        one, few = (sides.fresh.expecting(sides.fresh.pose(images)) for images in (1, count))
        if self.item.function == "backward":
            sides.choose_cache(one)
        planned = plan(sides.images, *self._time_both(one, few, count), count, shortly=as_landmark)
        return planned, sides.time_baseline()

    def _time_both(self, one: Problem, few: Problem, images: int) -> tuple[float, float]:
        """Seconds for one image and for so many: those of the first trial (but the very first) that are in proportion.

        Where none is, that is no noise, and the shortest of all tell most.
        """
        trials: list[tuple[float, float]] = []
        for number in range(_MOST_TRIALS):
            one_s = self.sides.time_student(one).counted_s
            few_s = self.sides.time_student(few).counted_s if images > 1 else one_s
            if few_s > LONG_CALL_S or (number > 0 and in_proportion(one_s, few_s, images)):
                return one_s, few_s
            trials.append((one_s, few_s))
            if sum(map(sum, trials)) > LONG_CALL_S:
                break
        return min(one_s for one_s, _ in trials), min(few_s for _, few_s in trials)

    def _choose_opponent(self, planned: Plan, baseline_s: float) -> Opponent:
        """The loops for a function that has its time in loops, on images for about as long; else the baseline.

        The baseline too where the loops would take far longer, or too long, or are not known well.
        """
        images = self.sides.images
        loops = self.loops() if planned.scale * planned.call_s > messages.IN_LOOPS * baseline_s else None
        if loops is not None and Doubt.FEW not in loops.speed.doubts:
            each_s = loops.speed.student_s / images
            part = max(1, min(images, round(planned.call_s / each_s)))
            if part * each_s <= min(2 * planned.call_s, self.sides.rubric.limits.call_s / 3):
                return Opponent(loops.session, part, images / part, loops.speed.ratio, are_loops=True)
        return self._baseline_as_opponent(planned, baseline_s)

    def _baseline_as_opponent(self, planned: Plan, baseline_s: float) -> Opponent:
        calls = max(1, min(_MOST_BASELINE_CALLS, int(planned.call_s / baseline_s / 3)))
        return Opponent(self.sides.baseline, self.sides.images, 1.0, ITSELF, calls)

    def _attempts(
        self, planned: Plan, baseline_s: float, left_s: float, again_s: float, spent_s: float
    ) -> list[list[Pair]]:
        """One measurement; two where the first is doubtful, a second may be better, and as long a one is affordable.

        `spent_s` is what the submission had spent before the first.
        """
        pairs = self._measure(planned, time.perf_counter() + left_s)
        if self.belongs_beside_the_baseline(planned, baseline_s, pairs):
            pairs = self._measure(planned, time.perf_counter() + left_s)
        then_s = 2 * self.sides.student.spent_s - spent_s
        if then_s <= self.share_s and enough.may_get_better(self._speed(planned, pairs), self.item.zero_at):
            return [pairs, *self._second_attempt(planned, again_s)]
        return [pairs]

    def belongs_beside_the_baseline(self, planned: Plan, baseline_s: float, pairs: Sequence[Pair]) -> bool:
        """Whether it was slow only at first, and runs beside the baseline from now on, so that these pairs do not hold.

        Beside the loops it would gain by what slows them down more.
        """
        moves = self.opponent.are_loops and messages.IN_LOOPS * median(pair.ratio for pair in pairs) > 1
        if moves:
            self.opponent = self._baseline_as_opponent(planned, baseline_s)
        return moves

    def _second_attempt(self, planned: Plan, budget_s: float) -> list[list[Pair]]:
        """Another measurement; none where a call takes too long now that did not before."""
        try:
            return [self._measure(planned, time.perf_counter() + budget_s)]
        except Wrong as wrong:
            if wrong.verdict is Verdict.TIMEOUT:
                return []
            raise

    def _measure(self, planned: Plan, end: float, *, as_landmark: bool = False) -> list[Pair]:
        """Rounds until the interval is narrow or the time is over."""
        pairs: list[Pair] = []
        start, loading_s = time.perf_counter(), 0.0
        while not pairs or not self._is_enough(pairs, start, end, as_landmark=as_landmark):
            try:
                if len(pairs) % (2 * _ROUNDS_OF_A_PROCESS) == 0 and loading_s <= _LOADING_SHARE * (end - start):
                    before = time.perf_counter()
                    self.sides.start_anew(planned, self.opponent)
                    loading_s += time.perf_counter() - before
                self.sides.collect_garbage(self.opponent)
                for student_first in (True, False):  # so that a drift of the machine weighs on both alike
                    pairs.append(self.sides.pair(planned, self.opponent, student_first=student_first))
            except Wrong:
                if not self.sides.student.is_spent or len(pairs) < enough.FEWEST_PAIRS:
                    raise
                self.is_stopped = True
                break
        return pairs

    def _is_enough(self, pairs: Sequence[Pair], start: float, end: float, *, as_landmark: bool) -> bool:
        now = time.perf_counter()
        if as_landmark:
            return enough.is_enough_as_landmark(pairs, now, start, end)
        return enough.is_enough(pairs, self.item.zero_at, now, start, end)

    def _speed(self, planned: Plan, pairs: Sequence[Pair]) -> Speed:
        return speed_of(pairs, planned, self.opponent, self.sides.images, is_stopped=self.is_stopped)

    def _best(self, planned: Plan, attempts: Sequence[Sequence[Pair]]) -> Speed:
        """What all pairs say, or those of one attempt where only those are stable."""
        together = self._speed(planned, [pair for pairs in attempts for pair in pairs])
        speeds = sorted((self._speed(planned, pairs) for pairs in attempts), key=lambda speed: width(speed.ratio))
        best = next((speed for speed in (together, *speeds) if speed.stable), together)
        if best.stable and width(best.ratio) > STABLE:  # by the interval of the loops, which is the same for everybody
            return replace(best, stable=False, doubts=(Doubt.LOOPS,))
        return best

    def _with_protocol(self, speed: Speed, planned: Plan) -> Speed:
        """With what a call costs on each side that does nothing."""
        sides = self.sides
        return replace(
            speed,
            student_protocol_s=planned.scale * sides.protocol_s(sides.student, planned.images),
            baseline_protocol_s=sides.protocol_s(sides.baseline, sides.images),
        )
