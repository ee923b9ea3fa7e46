"""A plain table: one row for each person, the members of groups one by one."""

import csv
import io
from collections.abc import Sequence

from grader.exports.base import Export, Filled, Options, people
from grader.exports.marks import as_text
from grader.records import GradeReport
from grader.reports.base import spreadsheet_cell


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "name", "email", "group", "score", "max_score", "verdict"])
    written, left = 0, []
    for one in people(reports):
        report = one.report
        score = "" if report.score is None else as_text(report.score)
        row = (one.id, one.name, one.email, report.who.group, score, as_text(report.max_score), report.verdict.value)
        writer.writerow(map(spreadsheet_cell, row))
        written += report.score is not None
        left += [f"{one.name}: has no mark (judge error)"] if report.score is None else []
    return Filled(text.getvalue().encode(), written, tuple(left))


EXPORT = Export(_fill)
