"""Blackboard Original: the file of "Work offline", with one column filled in.

Tab-separated UTF-16, called `.xls`, or a CSV file with quotes around all: `Last Name, First Name, Username, ...,
A2 [Total Pts: 100 Score] |123456`. A column without such a number would become a new one, so none is chosen; nor are
totals (`up to 100`), which Blackboard computes. People are found by username, student id, and names that nobody else
has. Source: Blackboard's manual, "Upload grades". It takes no archive of feedback.
"""

import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Options, unique
from grader.exports.gradebook import Gradebook, column_of, header_of, keys_of
from grader.records import GradeReport
from grader.sheets import Sheet

_TITLE = re.compile(r".+\[(?P<words>[^\]]*)\] ?\|(?P<id>\d+)")
_MOST = re.compile(r"\d+(?:[.,]\d+)?")
_FILE = "the grade file"


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    assert data is not None
    sheet = Sheet.of(data, _FILE)
    header = header_of(sheet)
    if "username" not in header:
        raise UsageError(f"{_FILE}: is no grade file of Blackboard, which has a column Username")
    found = {at: match for at, title in enumerate(sheet.row(0)) if (match := _TITLE.fullmatch(title))}
    titles = {at: match[0] for at, match in found.items() if "up to" not in match["words"]}
    column = column_of(titles, options.column, _FILE, ending="|{}")
    most = _MOST.search(found[column]["words"])
    rows = [row for row in range(1, len(sheet.spans)) if sheet.cell(row, header.index("username"))]
    keys = keys_of(sheet, rows, [header.index(name) for name in ("username", "student id") if name in header])
    if {"first name", "last name"} <= set(header):
        first, last = header.index("first name"), header.index("last name")
        keys.append(unique((f"{sheet.cell(row, first)} {sheet.cell(row, last)}", row) for row in rows))
    return Gradebook(sheet, _FILE, column, rows, keys, most[0] if most else "").filled(reports, options)


EXPORT = Export(_fill, needs_file=True)
