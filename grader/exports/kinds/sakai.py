"""Sakai: `grades.csv` of "Download all" with the grades filled in; pages as feedback attachments.

A line with the assignment's title and type, a blank one, then headings in the site's language: `Display ID, ID, Last
Name, First Name, grade, Submission date, ...`. Sakai reads the ID from the second column, and the grade from the fifth,
of groups the fourth; where the heading is not `grade`, `--column` says which it is. A group's ID has everybody's in
parentheses. The file does not say how many points there are. "Upload All" takes one archive, and the marks from a
`grades.csv` in it.
Source: `AssignmentAction` and `zipGroupSubmissions` of sakaiproject/sakai.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Handed, Options, unique
from grader.exports.gradebook import Gradebook, keys_of
from grader.exports.names import handed
from grader.records import GradeReport
from grader.sheets import Sheet, plain

_HEADINGS = 2
_ID, _LAST, _FIRST = 1, 2, 3
_GRADE, _GRADE_OF_GROUPS = 4, 3
_FOLDER = re.compile(r"(.*?\([^()]+\))(?:_.+)?")
"""A student's folder, or a file of a download without folders, which begins with what that would be called."""
_IDS_OF_GROUP = re.compile(r"\(([^()]+)\)\s*(?:;|$)")
_FILE = "grades.csv"


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    assert data is not None
    sheet = Sheet.of(data, _FILE)
    header = sheet.row(_HEADINGS) if len(sheet.spans) > _HEADINGS else []
    if len(header) <= _GRADE or any(sheet.row(1)):
        raise UsageError(
            f"{_FILE}: is none of Sakai's, whose third line has the headings, with ID and grade among them"
        )
    grade = _grade_column(header, options.column or "grade")
    rows = [row for row in range(_HEADINGS + 1, len(sheet.spans)) if sheet.cell(row, _ID)]
    keys = keys_of(sheet, rows, [_ID, 0])
    if grade == _GRADE_OF_GROUPS:
        keys.append(unique((id, row) for row in rows for id in _IDS_OF_GROUP.findall(sheet.cell(row, _ID))))
    else:
        keys.append(unique((f"{sheet.cell(row, _FIRST)} {sheet.cell(row, _LAST)}", row) for row in rows))
    return Gradebook(sheet, _FILE, grade, rows, keys).filled(reports, options)


def _grade_column(header: Sequence[str], title: str) -> int:
    found = [at for at in (_GRADE, _GRADE_OF_GROUPS) if plain(header[at]) == plain(title)]
    if not found:
        raise UsageError(f"{_FILE}: has no grades under {title!r}; is it {header[_GRADE]!r}? Say so with --column")
    return found[0]


def _feedback(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Handed:
    """Pages, with the marks beside them where there is a file for these: "Upload All" takes both from one archive."""
    assignments = Counter(around for report in reports for around in report.who.source.split("/")[-2:-1])
    assignment = next(iter(dict(assignments.most_common(1))), "")

    def name(report: GradeReport, downloaded: str) -> str | None:
        match = _FOLDER.fullmatch(downloaded)
        return f"{assignment}/{match[1]}/Feedback Attachment(s)/report.html" if match and assignment else None

    found = handed(reports, name, "Sakai", "has no folder in Sakai's download")
    return (
        found if data is None else replace(found, files={f"{assignment}/{_FILE}": _fill(reports, data, options).data})
    )


EXPORT = Export(_fill, needs_file=True, feedback=_feedback)
