"""What an Autolab autograder prints: the report, and as the very last line the points of each problem.

A problem of the assessment is called as an item of the rubric. Autolab adds problems up, so what lateness costs is
taken off all of them. Where the grader failed there is no such line, and Autolab leaves the mark open. Source:
`app/helpers` and the autograder guide of autolab/Autolab.
"""

import json

from grader.records import GradeReport
from grader.reports.audience import for_student
from grader.reports.form import Beside, Form, find_form
from grader.reports.machine import shares, summary_of


def _render(report: GradeReport, beside: Beside) -> str:
    return find_form("terminal").render(for_student(report), beside) + _last_line(report)


def _last_line(report: GradeReport) -> str:
    if report.score is None:
        return ""
    return json.dumps({"scores": shares(report), "scoreboard": [report.score]}) + "\n"


FORM = Form(_render, is_alone=True, not_made=lambda report: summary_of(report) + "\n" + _last_line(report))
