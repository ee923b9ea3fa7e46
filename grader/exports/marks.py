"""A mark as a gradebook wants it."""

import re
from math import isfinite

from grader.errors import UsageError
from grader.exports.base import Options
from grader.records import GradeReport

_GROUPED = re.compile(r"-?\d{1,3}(?:(?:,\d{3})+\.|(?:\.\d{3})+,)\d+")
"""Thousands and decimals, each with its own mark."""


def points_of(report: GradeReport, possible: str, options: Options, name: str) -> float | None:
    """The points of a report, in a gradebook in which so many are possible; None where there is no mark.

    The maximum there is the rubric's, or, unless points are to be scaled, more by no more than the bonus. Nothing is 0
    of any maximum.

    Raises:
        UsageError: where it is another and the points are not to be scaled; where it is no number, or is not said and
            they are to be scaled; where a person has yet to give some.
    """
    most = number(possible)
    if not report.score:
        return report.score
    if most is None:
        if possible.strip():
            raise UsageError(f"{name}: {possible!r} is no number of points; correct the maximum there")
        if options.scale:
            raise UsageError(f"{name}: says no maximum that --scale could convert the marks to; leave --scale out")
        return report.score
    if 0 <= round(most - report.max_score, 2) <= (0 if options.scale else report.possible_bonus):
        return report.score
    if waiting := report.unmarked:
        items, who = " and ".join(item.title for item in waiting), report.who
        raise UsageError(
            f"{name}: {most:g} points are possible there, and {report.max_score:g} here, since {who.name} has no "
            f"points for {items} yet: `grade mark RESULTS {who.id} --item {waiting[0].id} --points N`"
        )
    if not options.scale:
        raise UsageError(
            f"{name}: {most:g} points are possible there, and {report.max_score:g} here: is it another assignment? "
            "--scale converts the marks"
        )
    return report.score / report.max_score * most if report.max_score else 0.0


def number(text: str) -> float | None:
    """A number with a decimal point or comma; None where it is none.

    >>> number("10"), number("12,5"), number("1.000,00"), number("-"), number("inf")
    (10.0, 12.5, 1000.0, None, None)
    """
    plain = text.strip()
    if _GROUPED.fullmatch(plain):  # the last mark is that of the decimals
        plain = re.sub(r"[.,](?=.*[.,])", "", plain)
    try:
        value = float(plain.replace(",", "."))
    except ValueError:
        return None
    return value if isfinite(value) else None


def as_text(points: float) -> str:
    """Points with two decimals at most.

    >>> as_text(97.06), as_text(100.0), as_text(12345.678)
    ('97.06', '100', '12345.68')
    """
    return f"{points:.2f}".rstrip("0").rstrip(".")


def is_same(cell: str, points: float) -> bool:
    """Whether a cell has these points, however it is written: `97.060`, `97,06`."""
    there = number(cell)
    return there is not None and round(there, 2) == round(points, 2)
