"""Who is on a board, and with which attempt. Pure: reports in, entrants out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.records import FUNCTIONS, Function, GradeReport, Interval, ReportVerdict, Retime, Timing, Verdict
from grader.rubric.model import Leaderboard, SpeedItem, WholeRubric

Timed = tuple[str | None, Function]
"""The key of an operator, None where there is only one, and a function of it."""
Conditions = tuple[str, ...]
"""What has to be the same for ratios to be comparable: processor, caches, BLAS and NumPy."""

_REACH = 0.05
"""So far to each side an interval that is not stable may reach, as far as a stable one at most: how much its time
scatters is also the submission's doing, and one wide interval would make a tie of everybody."""
BETWEEN = 0.06
"""So far to each side, as a share, reaches what differs from one measurement of a program to the next with 95 %
confidence: where memory lies, what else the machine did in that minute. The scatter within a measurement does not tell
of it; that between the laps of one race does. Measured by `benchmarks.coverage` (docs/performance.md)."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """One attempt that may be on the board."""

    report: GradeReport
    timed: Sequence[Timed]
    is_together: bool = False
    """Whether its times are those of a race of all leaders."""

    @property
    def speed(self) -> Interval | None:
        """The mean of all that is timed; None where some was not."""
        return mean_of(self.report, self.timed)

    @property
    def id(self) -> str:
        """Whose it is."""
        return self.report.who.id

    @property
    def is_stable(self) -> bool:
        """Whether no interval is doubtful."""
        speeds = (self.report.speeds_of(key) for key in {key for key, _ in self.timed})
        return all(speed.stable for each in speeds for speed in each.values())

    @property
    def is_right(self) -> bool:
        """Whether every test of it passes, and there are some."""
        correctness = [item for item in self.report.items if item.kind == "correctness"]
        return bool(correctness) and all(item.verdict is Verdict.PASSED for item in correctness)

    @property
    def conditions(self) -> Conditions:
        """What it was timed under; machines of old results are not known."""
        return conditions_of(self.report.machine, self.report.versions)

    def order(self, settings: Leaderboard) -> tuple[float, float]:
        """Larger is better: what is ranked by, then the other."""
        speed = self.speed.median if self.speed is not None else 0.0
        score, _ = shown_marks(self.report)
        return (speed, score) if settings.rank_by == "speed" else (score, speed)

    def span(self, settings: Leaderboard) -> tuple[float, float]:
        """The interval that ranks: two that overlap cannot be told apart. A single number bridges no gap."""
        if settings.rank_by == "score":
            score, _ = shown_marks(self.report)
            return score, score
        assert self.speed is not None  # otherwise it is not eligible
        median = self.speed.median
        below, above = 1 - self.speed.low / median, self.speed.high / median - 1
        if not self.is_stable:
            below, above = min(below, _REACH), min(above, _REACH)
        between = 0.0 if self.is_together else BETWEEN
        return median * (1 - math.hypot(below, between)), median * (1 + math.hypot(above, between))

    def why_not(self, settings: Leaderboard) -> str | None:
        """Why it is not ranked, or None."""
        report = self.report
        if report.verdict is ReportVerdict.MISSING:
            return "without a hand-in"
        if report.verdict is not ReportVerdict.GRADED:
            return "could not be graded"
        correctness = [
            item for item in report.items if item.kind == "correctness" and settings.operator in (None, item.operator)
        ]
        if settings.eligible == "all_correct" and any(item.verdict is not Verdict.PASSED for item in correctness):
            return "not right everywhere"
        if settings.rank_by == "speed" and self.speed is None:
            hidden = any(item.kind == "speed" and item.visibility != "visible" for item in report.items)
            return "speed is hidden" if hidden and not self.timed else "not timed"
        return None


def shown_marks(report: GradeReport) -> tuple[float, float]:
    """The mark and its maximum as a class may know them: with hidden items those of the others, or both would tell.

    What lateness takes off is the same share of it; of a mark that a person gave as a whole it is that share.
    """
    visible = [item for item in report.items if item.visibility == "visible"]
    if len(visible) == len(report.items):
        return report.score or 0.0, report.max_score
    most = math.fsum(item.max_points for item in visible if item.counts and not item.bonus)
    if report.is_decided:
        return round(most * (report.percent or 0.0) / 100, 2), most
    late = 0.0 if report.late is None else report.late.percent
    return round(math.fsum(item.points or 0.0 for item in visible) * (1 - late / 100), 2), most


def timed_by(rubric: WholeRubric, functions: Sequence[Function] = FUNCTIONS) -> tuple[Timed, ...]:
    """What the rubric times for all to see, of the operators that its leaderboard is about."""
    chosen = rubric.leaderboard.operator
    items = [item for item in rubric.items if isinstance(item, SpeedItem) and item.visibility == "visible"]
    timed = {(item.operator, item.function) for item in items}
    keys = [key for key in rubric.parts if chosen in (None, key)]
    return tuple((key, function) for key in keys for function in functions if (key, function) in timed)


def mean_of(report: GradeReport, timed: Sequence[Timed]) -> Interval | None:
    """The geometric mean over these, None where one was not timed."""
    speeds = [report.speeds_of(key).get(function) for key, function in timed]
    ratios = [speed.ratio for speed in speeds if speed is not None]
    return geometric_mean(ratios) if len(ratios) == len(timed) else None


def geometric_mean(ratios: Sequence[Interval]) -> Interval | None:
    """The mean of the medians and of the bounds: at least as wide as the interval of the mean itself."""
    if not ratios:
        return None
    columns = zip(*((ratio.median, ratio.low, ratio.high) for ratio in ratios), strict=True)
    return Interval(*(math.prod(column) ** (1 / len(ratios)) for column in columns))


def conditions_of(machine: Mapping[str, str], versions: Mapping[str, str]) -> Conditions:
    """What ratios of one machine depend on."""
    return (*(machine.get(what, "") for what in ("cpu", "caches", "blas")), versions.get("numpy", ""))


def differ(one: Conditions, other: Conditions) -> bool:
    """Whether they are known to be others: results of older versions do not name their machine."""
    return any(mine != theirs for mine, theirs in zip(one, other, strict=True) if mine and theirs)


def together(entrant: Entrant, retime: Retime | None) -> Entrant:
    """With the times of the race of all leaders, where its text took part and all of it could be timed."""
    report, retimed = entrant.report, () if retime is None else retime.retimed
    timings = next((each.timings for each in retimed if (each.id, each.sha256) == (report.who.id, report.sha256)), ())
    if retime is None or not timings or any(timing.speed is None for timing in timings):
        return entrant
    return replace(entrant, report=_with(report, timings, retime), is_together=True)


def _with(report: GradeReport, timings: Sequence[Timing], retime: Retime) -> GradeReport:
    """A report with other times: its marks stay."""
    by_item = {timing.item: timing.speed for timing in timings if timing.speed is not None}
    by_function = {timing.function: timing.speed for timing in reversed(timings) if timing.speed is not None}
    return replace(
        report,
        speed=None if report.sections else by_function,
        speed_by_item=by_item,
        machine=retime.machine,
        versions=retime.versions,
    )
