"""What an Autolab autograder prints: the report, and as the very last line the points of each problem.

A problem of the assessment is called as an item of the rubric. Autolab adds problems up, so what lateness costs is
taken off all of them. Where the grader failed, the points are null, and Autolab leaves them open: without such a line
it would give 0 for every problem.
Source: `assessment_autograde_core.rb`, `submission.rb` and the guide for lab authors of autolab/Autolab.
"""

import json
from collections.abc import Iterable

from grader.records import GradeReport
from grader.reports.audience import for_student
from grader.reports.form import Beside, Form, find_form
from grader.reports.machine import shares, summary_of


def _render(report: GradeReport, beside: Beside) -> str:
    return find_form("terminal").render(for_student(report), beside) + _last_line(report)


def _last_line(report: GradeReport) -> str:
    if report.score is None:
        return without_scores(item.id for item in report.items)
    return json.dumps({"scores": shares(report), "scoreboard": [report.score]}) + "\n"


def without_scores(problems: Iterable[str]) -> str:
    """The last line that leaves the points of these problems open."""
    return json.dumps({"scores": dict.fromkeys(problems)}) + "\n"


FORM = Form(_render, is_alone=True, not_made=lambda report: summary_of(report) + "\n" + _last_line(report))
