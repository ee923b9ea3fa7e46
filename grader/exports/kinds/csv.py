"""A table of everybody as a CSV file."""

import csv
import io
from collections.abc import Sequence

from grader.exports.base import Export, Filled, Options
from grader.exports.marks import as_text
from grader.exports.table import HEADINGS, left_of, rows
from grader.records import GradeReport
from grader.reports.base import spreadsheet_cell


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    written = 0
    for row in rows(reports):
        writer.writerow(spreadsheet_cell(as_text(cell) if isinstance(cell, float) else cell) for cell in row)
        written += row[4] is not None
    return Filled(text.getvalue().encode(), written, left_of(reports))


EXPORT = Export(_fill)
