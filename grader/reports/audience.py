"""What of a report is for whom. The instructor sees everything.

A student sees neither what hidden items would give away, nor where the instructor's files lie, nor advice that only
the instructor can follow (reports look at `GradeReport.audience` for that).
"""

import re
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache, partial
from pathlib import Path, PurePosixPath
from types import NoneType
from typing import Any, TypeVar

import numpy as np

from grader import messages
from grader.records import FUNCTIONS, GradeReport, ItemResult, ReportVerdict, Verdict

_FOLDERS = (
    Path(np.__file__).parents[1], sysconfig.get_path("stdlib"), sys.prefix, sys.base_prefix, Path(__file__).parents[2],
)  # fmt: skip
_PLACES = tuple(sorted({f"{folder}/" for folder in _FOLDERS}, key=len, reverse=True))
"""Where this machine has NumPy, Python and the grader: student code may print it, with a warning for instance."""
_SCRATCH = re.compile(r"(?<![^\s'\"])([^\s'\"/]*)/[^\s'\"]*/convgrade-[0-9a-f]{16}")
"""Where a submission ran. Each word is looked at once: students choose the text, and searching from every slash of it
would take the square of its length."""

_AS_THEY_ARE = ("who", "listings", "terms", "sections")
"""What of a report tells no place, but for where a submission lies: names, the student's own text, our own words."""
_OF_NO_TEXT = int, float, Enum, NoneType

Told = TypeVar("Told", GradeReport, ItemResult)


def for_student(report: GradeReport) -> GradeReport:
    """The report as its student may see it."""
    shown = _without_hidden(_without_places(report))
    items = tuple(_without_advice(_without_seed(item)) for item in shown.items)
    return replace(_without_advice(shown), items=items, seed=None, traceback=None, audience="student")


def _without_advice(one: Told) -> Told:
    """With what a student can do where the instructor is told to change the rubric."""
    return one if one.message is None else replace(one, message=messages.told_students(one.message))


def _without_seed(item: ItemResult) -> ItemResult:
    """With the seed, all the numbers of all cases could be computed beforehand."""
    if item.counterexample is None:
        return item
    return replace(item, counterexample={key: value for key, value in item.counterexample.items() if key != "seed"})


def _without_hidden(report: GradeReport) -> GradeReport:
    """Without what hidden items would give away.

    Those say only how they ended. Their total would tell the points, so there is none. What the submission printed is
    left out with them, since it may have been printed on their cases, and so is the speed that one of them is about.
    """
    hidden = [item for item in report.items if item.visibility != "visible"]
    if not hidden:
        return report
    functions, ids = {item.function for item in hidden}, {item.id for item in hidden}
    of_cache = {item.operator for item in hidden if item.kind == "correctness"}
    cache_is_told = None not in of_cache
    late = None if report.late is None else replace(report.late, points=None)  # a share of the points
    speed = {f: report.speed[f] for f in FUNCTIONS if f in report.speed and f not in functions} if report.speed else {}
    return replace(
        report,
        score=None if report.verdict is ReportVerdict.GRADED else report.score,
        items=tuple(_ended(item) if item in hidden else item for item in report.items),
        speed=speed or None,
        speed_by_item={id: speed for id, speed in report.speed_by_item.items() if id not in ids},
        sections={
            key: replace(one, wrong_on_own_cache=0, cache_note=None) if key in of_cache else one
            for key, one in report.sections.items()
        },
        stdout="",
        wrong_on_own_cache=report.wrong_on_own_cache if cache_is_told else 0,
        cache_note=report.cache_note if cache_is_told else None,
        late=late,
        late_note=report.late_note if late is None else messages.of_lateness(late, None, is_decided=report.is_decided),
        overrides=tuple(o for o in report.overrides if o.item is not None and o.item not in ids),
    )


def _ended(item: ItemResult) -> ItemResult:
    known = (Verdict.PASSED, Verdict.PARTIAL, Verdict.SKIPPED, Verdict.JUDGE_ERROR)
    verdict = item.verdict if item.verdict in known else Verdict.FAILED
    told = item.id, item.title, item.kind, None, item.max_points, verdict, item.bonus
    return ItemResult(*told, visibility=item.visibility, operator=item.operator)


def _without_places(report: GradeReport) -> GradeReport:
    """Without the paths of this machine; of a failure of ours only that there was one."""
    source = PurePosixPath(report.who.source)
    whole_and_around = cache(partial(_whole_and_around, source))

    def change(text: str) -> str:
        if "/" not in text:  # no path, and there are hundreds
            return text
        whole, around = whole_and_around()
        text = whole.sub(lambda _: source.name, _SCRATCH.sub(r"\1scratch", text))
        text = text if around is None else around.sub("", text)
        for folder in _PLACES:
            text = text.replace(folder, "")
        return text

    if report.verdict is ReportVerdict.JUDGE_ERROR:
        report = replace(report, message=messages.OUR_FAULT)
    others = [f.name for f in fields(report) if f.name not in _AS_THEY_ARE]
    changed = {field: _mapped(getattr(report, field), change) for field in others}
    return replace(report, **changed, who=replace(report.who, source=source.name))


def _whole_and_around(source: PurePosixPath) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """A submission's path, and what lies above it."""
    above = [re.escape(str(parent)) for parent in source.parents if parent.name]
    around = re.compile(rf"(?<![\w./-])(?:{'|'.join(above)})/") if above else None
    return re.compile(rf"(?<![\w./-]){re.escape(str(source))}(?![\w-])"), around


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A record with every text in it changed; lists are of numbers."""
    if type(value) is str:
        return change(value)
    if isinstance(value, _OF_NO_TEXT):
        return value
    if isinstance(value, tuple):
        return tuple(_mapped(each, change) for each in value)
    if isinstance(value, Mapping):
        return {key: _mapped(each, change) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _mapped(getattr(value, f.name), change) for f in fields(value)})
    return value
