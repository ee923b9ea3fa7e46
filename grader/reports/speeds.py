"""How fast a submission is, for its page: rows of a table, and the axis of their chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.records import Function, GradeReport, Speed
from grader.reports.base import drawable
from grader.reports.pages import Axis
from grader.reports.view import seconds


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One function's speed."""

    function: Function
    speed: Speed
    yours: str
    baseline: str
    others: tuple[float, ...]
    """The ratios of the class."""


def speed_rows(report: GradeReport, class_ratios: Mapping[Function, Sequence[float]]) -> list[SpeedRow]:
    """A row for each function that was timed, with the ratios of the class."""
    return [
        SpeedRow(
            function,
            speed,
            seconds(speed.student_s),
            seconds(speed.baseline_s),
            drawable(class_ratios.get(function, ())),
        )
        for function, speed in (report.speed or {}).items()
    ]


def axis_of(report: GradeReport, class_ratios: Mapping[Function, Sequence[float]]) -> Axis:
    """With room for everything that is drawn on it."""
    speeds = report.speed or {}
    bounds = [bound for speed in speeds.values() for bound in (speed.ratio.low, speed.ratio.high)]
    others = [value for function in speeds for value in class_ratios.get(function, ())]
    return Axis([*bounds, *others])
