"""Everybody of a class in one race, and the landmarks with them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from grader.records import FUNCTIONS, Origin, Timing
from grader.rubric.model import SpeedItem
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from grader.timing.race import Race
from grader.timing.sides import Sides, Unchecked
from grader.timing.stopwatch import Stopwatch, Student
from grader.timing.together import race_together
from grader.timing.track import Track

_BUDGETS = 20
"""Loading and all calls of a submission may take so many budgets and so many limits of a call: laps take long together.
"""
Runner = tuple[Sequence[Student], Origin]
"""What is called of one submission in a race of all, and the file that it came from."""


@dataclass(frozen=True, slots=True)
class Raced:
    """How everybody in a race of all was timed, item by item."""

    runners: dict[str, tuple[Timing, ...]]
    """By whose each is."""
    landmarks: dict[str, tuple[Timing, ...]]
    """By their titles."""


class Everybody(Stopwatch):
    """Times all submissions together, lap by lap."""

    def time_together(
        self, zygote: Zygote, runners: Mapping[str, Runner], laps: int, cpu: int | None, tell: Callable[[str], None]
    ) -> Raced:
        """Time everybody in one race, and with them the landmarks of the operators: see `race_together`.

        Args:
            zygote: forks the processes.
            runners: by whose each is.
            laps: of each speed item.
            cpu: all stay on it.
            tell: is told what is run.

        Raises:
            JudgeError: where the sandbox or the baseline fails.
        """
        raced = Raced(dict.fromkeys(runners, ()), {})
        with self.track(zygote, cpu) as track:
            sessions = {id: self._opened(track, runner) for id, runner in runners.items()}
            for item in sorted(self.items, key=lambda item: FUNCTIONS.index(item.function)):
                landmarks = self._races_of_landmarks(track, item)
                races = {
                    id: self._race_of(track, sessions[id], runner, item, raced.runners[id])
                    for id, runner in runners.items()
                }
                timings = race_together([*landmarks.values(), *races.values()], laps, partial(_tell_lap, tell, item))
                ours, theirs = timings[: len(landmarks)], timings[len(landmarks) :]
                for found, names, new in ((raced.landmarks, landmarks, ours), (raced.runners, races, theirs)):
                    found.update({name: (*found.get(name, ()), one) for name, one in zip(names, new, strict=True)})
        return raced

    def _race_of(
        self, track: Track, session: Session, runner: Runner, item: SpeedItem, timings: Sequence[Timing]
    ) -> Race:
        """One runner's, given how its items before this one were timed."""
        students, origin = runner
        session.turn_to(next(program for key, program, _ in students if key == item.operator))
        loops = partial(self.loops_of, track, item)
        return self.race(track, session, origin, item, loops, self.forward_s(item, timings))

    def _opened(self, track: Track, runner: Runner) -> Session:
        """A session that lasts for all laps."""
        limits = self.rubric.limits
        allowance_s = _BUDGETS * (limits.timing_s + limits.call_s)
        return track.open(runner[0][0][1], self.rubric.policy.imports, allowance_s)

    def _races_of_landmarks(self, track: Track, item: SpeedItem) -> dict[str, Race]:
        timed, found = self.parts[item.operator].operator.timed, dict[str, Race]()
        for landmark in () if timed is None else timed.landmarks:
            session = track.session_of(item.operator, landmark.program)
            kind = Sides if landmark.is_right else Unchecked
            origin = Origin(landmark.program.file.name)
            found[landmark.title] = self.race(track, session, origin, item, lambda: None, kind=kind)
        return found


def _tell_lap(tell: Callable[[str], None], item: SpeedItem, lap: int) -> None:
    tell(f"{item.id}, lap {lap}")
