"""`results.json` of a PrairieLearn external grader: the share of the points, and a test for each item.

PrairieLearn shows a student every test, so hidden items are left out; the score has them. It takes scores from 0 to 1,
so a bonus above all points is lost there. Where the grader failed, nothing is graded: that costs no attempt. Source:
the documentation of external grading, PrairieLearn/PrairieLearn.
"""

import json
from typing import Any

from grader.records import GradeReport, ItemResult
from grader.reports.audience import for_student
from grader.reports.base import finite
from grader.reports.form import Beside, Form, find_form
from grader.reports.machine import summary_of, text_of, title_of
from grader.reports.view import next_step

_MOST_BYTES = 500_000
"""Of the text; the file may have 1 MB."""


def as_dict(report: GradeReport) -> dict[str, Any]:
    """The whole file."""
    handed = for_student(report)
    if report.score is None:
        return {"gradable": False, "format_errors": [next_step(handed) or summary_of(handed)]}
    share = report.score / report.max_score if report.max_score else 0.0
    return {
        "gradable": True,
        "score": min(1.0, share),
        "message": summary_of(handed),
        "output": find_form("terminal").render(handed, Beside())[:_MOST_BYTES],
        "tests": [_test(item) for item in handed.items if item.counts and item.visibility == "visible"],
    }


def _test(item: ItemResult) -> dict[str, Any]:
    return {"name": title_of(item), "points": item.points, "max_points": item.max_points, "output": text_of(item)}


def _render(report: GradeReport, _: Beside) -> str:
    return json.dumps(finite(as_dict(report)), allow_nan=False) + "\n"


def _not_made(report: GradeReport) -> str:
    return json.dumps({"gradable": False, "format_errors": [summary_of(report)]}) + "\n"


FORM = Form(_render, is_alone=True, not_made=_not_made)
