"""What a form of a submission's report is, and which there are: every module of `forms` is one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from grader.records import Function, GradeReport
from grader.reports import forms
from grader.reports.base import report_not_made
from grader.reports.prose import WIDTH
from grader.said import escape

if TYPE_CHECKING:
    from grader.records import BoardLandmark

ClassRatios = Mapping[tuple[str | None, Function], Sequence[float]]
"""By operator (its key, None where there is only one) and function, the speed ratios of everyone's submissions."""
Landmarks = Mapping[tuple[str | None, Function], Sequence["BoardLandmark"]]
"""By the same, the landmarks of the last race of all leaders, the slowest first."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a form may show beside the report."""

    verbosity: int = 0
    """-1 for a line, 1 for everything."""
    twins: Sequence[str] | None = None
    """Who has the same functions, where that was looked for."""
    width: int = WIDTH
    """Columns of a text."""
    class_ratios: ClassRatios = field(default_factory=dict)
    landmarks: Landmarks = field(default_factory=dict)


def _said(report: GradeReport) -> str:
    name = escape(report.who.name)
    return f"{name}: {report_not_made(report.score, report.max_score)}\n"


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is written; a module of `forms` exports it as `FORM`, and its name is what `--format` takes."""

    render: Callable[[GradeReport, Beside], str]
    """Whole lines."""
    ending: str = ""
    """The ending of the file that each student is handed; empty where there is none."""
    separator: str = ""
    """Between the reports of several submissions."""
    is_alone: bool = False
    """Whether what is rendered can hold one submission only."""
    not_made: Callable[[GradeReport], str] = _said
    """What stands in place of a report that cannot be made."""


def find_form(name: str) -> Form:
    """The form of this name; only its module is imported."""
    found: Form = import_module(f"{forms.__name__}.{name}").FORM
    return found


@cache
def forms_of_files() -> Mapping[str, Form]:
    """By ending, the forms that each student is handed as a file."""
    found = map(find_form, forms.form_names())
    return {form.ending: form for form in found if form.ending}
