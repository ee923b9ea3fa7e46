"""Everybody's attempts, as a board needs them. Pure: reports in, entrants out.

A class hands in for weeks, so what is kept of an attempt is little: of each person the report of the one that ranks and
of the latest, and of every other attempt a few words.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Self

from grader.classroom.entrants import Entrant, timed_by, together
from grader.records import FUNCTIONS, Function, GradeReport, Retime
from grader.rubric.model import WholeRubric


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that may rank."""

    id: str
    """Whose it is."""
    value: float
    """What is ranked by, as it was when it was graded."""
    is_right: bool
    submitted_at: str | None
    """When it was handed in, where that is known."""
    started_at: str
    """When it was graded."""


@dataclass(frozen=True, slots=True)
class Field:
    """Who is on a board."""

    chosen: list[Entrant]
    """The one that ranks of each who is on the board, the best first."""
    attempts: Mapping[str, Sequence[Tried]]
    """By id, all that may rank, earlier ones first, with the times of when they were graded."""
    latest: Mapping[str, GradeReport]
    """By id, of everybody."""


class Roll:
    """Takes note of attempts, one after the other.

    Args:
        rubric: its `leaderboard` says how to rank; its speed items which functions have to be timed.
        functions: whose speed counts.
    """

    def __init__(self, rubric: WholeRubric, functions: Sequence[Function] = FUNCTIONS) -> None:
        self.rubric = rubric
        self.timed = timed_by(rubric, functions)
        self.machines = Counter[tuple[tuple[str, str], ...]]()
        """How many attempts each machine graded; machines of old results are not known."""
        self._latest: dict[str, GradeReport] = {}
        self._best: dict[str, Entrant] = {}
        self._attempts: dict[str, list[Tried]] = {}

    @classmethod
    def of(
        cls, attempts: Iterable[GradeReport], rubric: WholeRubric, functions: Sequence[Function] = FUNCTIONS
    ) -> Self:
        """Of these attempts, earlier ones first."""
        roll = cls(rubric, functions)
        for report in attempts:
            roll.note(report)
        return roll

    @property
    def ids(self) -> AbstractSet[str]:
        """Of everybody."""
        return self._latest.keys()

    def note(self, report: GradeReport) -> None:
        """Take note of one more attempt, which came after the others."""
        settings, entrant, id = self.rubric.leaderboard, Entrant(report, self.timed), report.who.id
        before, self._latest[id] = self._latest.get(id), report
        self.machines[tuple(sorted(report.machine.items()))] += 1
        if settings.attempt == "latest":
            self._best.pop(id, None)
            self._attempts.pop(id, None)
        if entrant.why_not(settings) is not None:
            return
        value, mine = entrant.order(settings), self._attempts.setdefault(id, [])
        tried = Tried(id, value[0], entrant.is_right, report.who.submitted_at, report.started_at)
        if mine and before is not None and before.sha256 == report.sha256 and mine[-1].value == tried.value:
            mine[-1] = replace(tried, started_at=mine[-1].started_at)  # the same run, marked again
        else:
            mine.append(tried)
        if id not in self._best or value > self._best[id].order(settings):
            self._best[id] = entrant

    def field(self, retime: Retime | None = None) -> Field:
        """Who ranks, by the times of when it was graded, so that the other attempts count too.

        Args:
            retime: the last race of all leaders; whose text took part in it has the times of that.
        """
        settings = self.rubric.leaderboard
        chosen = [together(entrant, retime) for entrant in self._best.values()]
        chosen.sort(key=lambda each: each.order(settings), reverse=True)
        return Field(chosen, self._attempts, self._latest)
