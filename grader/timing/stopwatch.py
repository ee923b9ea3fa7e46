"""The timing of submissions: every speed item of the rubric within a budget, and nothing else timed meanwhile."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

from grader import messages
from grader.judging.points import main_verdict
from grader.records import FUNCTIONS, Check, Origin, Timing, Verdict
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.rubric.model import SpeedItem
from grader.sandbox.base import BaseSession, Program, SessionLimits
from grader.sandbox.spawn import Zygote
from grader.timing.machine import this_machine
from grader.timing.race import Race
from grader.timing.remembered import remembered
from grader.timing.sides import Loops, Sides
from grader.timing.track import Track, track_for

_BUDGETS, _CALLS = 5, 2
"""Loading and all calls of a submission may take so many budgets and so many limits of a call while it is timed: a
doubtful ratio is measured a second time, and there are calls as long as their limit."""
_LANDMARK_BUDGETS = 4
"""The nested loops, which a whole class is compared with, get so many budgets of a submission."""


Student = tuple[str | None, Program, Sequence[Check] | None]
"""The key of an operator, a submission with that one's functions to call, and how they did, where it is known."""


class Stopwatch:
    """Times submissions one after the other.

    Args:
        homework: the speed items of its rubric are timed, within that one's budget.
        limits: for each process.
        landmark: how the nested loops did, where that is known: what has its time in Python loops runs beside them.
        remembers: whether that is found out, where it is needed and not known, and kept for later runs of this user.
    """

    def __init__(
        self,
        homework: Homework,
        limits: SessionLimits,
        landmark: tuple[Timing, ...] = (),
        *,
        remembers: bool = False,
    ) -> None:
        self.rubric = homework.rubric
        self.parts = homework.parts
        self.limits = limits
        self.items = [item for item in self.rubric.items if isinstance(item, SpeedItem)]
        self._landmark = landmark
        self._remembers = remembers
        self.waited_s = 0.0
        """How long others' timing was waited for, the last time."""

    @property
    def machine(self) -> Mapping[str, str]:
        """Where it is timed."""
        return this_machine()

    def time(
        self,
        zygote: Zygote,
        students: Sequence["Student"],
        origin: Origin,
        cpu: int | None,
    ) -> tuple[Timing, ...]:
        """Time every speed item that is about the functions of these operators.

        Functions that were right in none of the checks are not tried (without checks, all are). All stay on `cpu`.

        Raises:
            JudgeError: where the sandbox or the baseline fails.
        """
        keys = [key for key, _, _ in students]
        items = [item for item in self.items if item.operator in keys]
        if not items:
            return ()
        with self.track(zygote, cpu) as track:
            self.waited_s = track.waited_s
            allowance_s = _BUDGETS * self.rubric.limits.timing_s + _CALLS * self.rubric.limits.call_s
            session = track.open(students[0][1], self.rubric.policy.imports, allowance_s)
            timings: dict[str, Timing] = {}
            left_s = self.rubric.limits.timing_s
            in_order = sorted(items, key=lambda item: (keys.index(item.operator), FUNCTIONS.index(item.function)))
            for number, item in enumerate(in_order):
                _, program, checks = students[keys.index(item.operator)]
                session.turn_to(program)
                start, share_s = time.perf_counter(), left_s / (len(items) - number)
                forward_s = self.forward_s(item, timings.values())
                own_s = allowance_s * (number + 1) / len(items)
                race = self.race(track, session, origin, item, partial(self.loops_of, track, item), forward_s, own_s)
                part = self.parts[item.operator]
                timings[item.id] = _never_right(item, part, checks) or _told(race.run(share_s), part, checks)
                left_s -= min(share_s, time.perf_counter() - start)
            return tuple(timings[item.id] for item in items)

    def forward_s(self, item: SpeedItem, timings: Iterable[Timing]) -> float:
        """What the forward pass took for the workload of this item; 0 where that was not timed."""
        alike = [
            each.id
            for each in self.items
            if (each.operator, each.function, each.workload) == (item.operator, "forward", item.workload)
        ]
        speeds = (timing.speed for timing in timings if timing.item in alike and timing.speed is not None)
        return next((speed.student_s for speed in speeds), 0.0)

    def landmark(self, zygote: Zygote, cpu: int | None) -> tuple[Timing, ...]:
        """How the nested loops do against the baseline, measured longer than a submission; from now on it is known.

        Raises:
            JudgeError: where the sandbox or the baseline fails.
        """
        with self.track(zygote, cpu) as track:
            self._landmark = self._measured(track)
        return self._landmark

    def _measured(self, track: Track) -> tuple[Timing, ...]:
        """How the nested loops do, measured now."""
        items = [item.model_copy(update={"zero_at": 0.0}) for item in self.items]  # as if any speed earned something
        budget_s = _LANDMARK_BUDGETS * self.rubric.limits.timing_s / len(items)
        races = [self.race(track, track.loops(item.operator), Origin("loops.py"), item, lambda: None) for item in items]
        return tuple(race.run(budget_s, as_landmark=True) for race in races)

    def loops_of(self, track: Track, item: SpeedItem) -> Loops | None:
        """The nested loops, with how they did on this item's workload, where that is known."""
        if self._remembers and not self._landmark:
            self._landmark = remembered(self.rubric, partial(self._measured, track))
        speeds = (timing.speed for timing in self._landmark if timing.item == item.id)
        speed = next(speeds, None)
        return None if speed is None else Loops(track.loops(item.operator), speed)

    def race(
        self,
        track: Track,
        session: BaseSession,
        origin: Origin,
        item: SpeedItem,
        loops: Callable[[], Loops | None],
        forward_s: float = 0.0,
        share_s: float = math.inf,
        kind: type[Sides] = Sides,
    ) -> Race:
        """That of one session with this item's function; `share_s` as for `Race`."""
        part, baseline = self.parts[item.operator], track.baseline(item.operator)
        sides = kind(session, baseline, origin, part.rubric, part.operator, item, forward_s)
        return Race(sides, loops, share_s)

    def track(self, zygote: Zygote, cpu: int | None) -> AbstractContextManager[Track]:
        """The machine for ourselves, with as much shared memory as any of the workloads needs."""
        timed = [(self.parts[item.operator].operator, item.workload) for item in self.items]
        return track_for(zygote, self.parts, timed, self.limits, cpu)


def _told(timing: Timing, part: Assignment, checks: Sequence[Check] | None) -> Timing:
    """The timing, with another hint where its function is wrong on small inputs, too."""
    mine = [check for check in checks or () if check.output in part.operator.signature.outputs(timing.function)]
    if timing.hint != messages.IN_BETWEEN or all(check.verdict is Verdict.PASSED for check in mine):
        return timing
    return replace(timing, hint=messages.WRONG_ELSEWHERE)


def _never_right(item: SpeedItem, part: Assignment, checks: Sequence[Check] | None) -> Timing | None:
    """The timing of a function that need not be tried, None where it was right in some case."""
    if checks is None:
        return None
    mine = [check for check in checks if check.output in part.operator.signature.outputs(item.function)]
    wrong = {check.case.index for check in mine if check.verdict is not Verdict.PASSED}
    if any(check.case.index not in wrong for check in mine):
        return None
    verdict = main_verdict([check for check in mine if check.case.index in wrong])
    return Timing(item.id, item.function, verdict, None, messages.never_right(part.names[item.function], verdict))
