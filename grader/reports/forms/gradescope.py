"""`results.json` of a Gradescope autograder: a test for each item, speed on the leaderboard.

Texts are those for students; points of hidden items are in it, since Gradescope hides them, and the total with them.
The seed is not in it: later submissions can read what is told here. Where the grader failed there is no score:
Gradescope shows that to staff, who can run it again. Source: Gradescope's autograder documentation, 2025.
"""

import json
from typing import Any

from grader.records import GradeReport, ItemResult, ReportVerdict, Verdict
from grader.reports.audience import for_student
from grader.reports.base import finite
from grader.reports.form import Beside, Form, find_form
from grader.reports.machine import summary_of, text_of, title_of


def as_dict(report: GradeReport) -> dict[str, Any]:
    """The whole file; without a score where there is no mark."""
    handed = for_student(report)
    told: dict[str, Any] = {
        "output": find_form("markdown").render(handed, Beside()),
        "output_format": "md",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": round(report.wall_s),
        "extra_data": {"rubric": dict(report.rubric), "versions": dict(report.versions)},
    }
    if report.verdict is ReportVerdict.JUDGE_ERROR:
        return told
    shown = {item.id: item for item in handed.items}
    told["tests"] = [_test(item, shown[item.id]) for item in report.items if item.counts]
    told["leaderboard"] = [
        {"name": title_of(shown[id]), "value": round(speed.ratio.median, 4), "order": "desc"}
        for id, speed in handed.speed_by_item.items()
    ]
    return told if report.score is None else {"score": report.score, **told}


def _test(item: ItemResult, shown: ItemResult) -> dict[str, Any]:
    status = "passed" if item.verdict is Verdict.PASSED else "failed"
    test = {"name": title_of(item), "max_score": item.max_points, "status": status, "visibility": item.visibility}
    return {**test, "score": item.points, "output": text_of(shown)}


def _render(report: GradeReport, _: Beside) -> str:
    return json.dumps(finite(as_dict(report)), allow_nan=False) + "\n"


def _not_made(report: GradeReport) -> str:
    told = {"output": summary_of(report), "output_format": "text"}
    return json.dumps(told if report.score is None else {"score": report.score, **told}) + "\n"


FORM = Form(_render, is_alone=True, not_made=_not_made)
