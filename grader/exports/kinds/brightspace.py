"""Brightspace: the CSV file of "Export grades", with one column filled in.

`OrgDefinedId` (`#123`) or `Username` or both, `A2 Points Grade <Numeric MaxPoints:100 ...>`, and at the end of each
row `#`. Points above the maximum are cut off there, unless the item may exceed it. Downloaded hand-ins have neither of
the ids, so the export needs the names too. Source: D2L's manual, "Import grades".
"""

import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Options, unique
from grader.exports.gradebook import Gradebook, column_of, header_of, keys_of
from grader.records import GradeReport
from grader.sheets import Sheet

_TITLE = re.compile(r"(?P<title>.+) Points Grade(?: <(?:\w+ )?MaxPoints:(?P<most>[\d.,]+)[^>]*>)?")
_END = "end-of-line indicator"
_FILE = "the grade file"
_CUTS = "to which Brightspace cuts marks unless the grade item may exceed it"


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    assert data is not None
    sheet = Sheet.of(data, _FILE)
    header = header_of(sheet)
    ids = [header.index(name) for name in ("orgdefinedid", "username", "email") if name in header]
    if not ids or _END not in header:
        columns = "OrgDefinedId or Username, ..., End-of-Line Indicator"
        raise UsageError(f"{_FILE}: is no grade file of Brightspace, whose columns are {columns}")
    found = {at: match for at, title in enumerate(sheet.row(0)) if (match := _TITLE.fullmatch(title))}
    column = column_of({at: match["title"] for at, match in found.items()}, options.column, _FILE)
    rows = [row for row in range(1, len(sheet.spans)) if any(sheet.row(row))]
    _check_ends(sheet, rows, header.index(_END))
    keys = keys_of(sheet, rows, ids)
    if {"first name", "last name"} <= set(header):
        first, last = header.index("first name"), header.index("last name")
        keys.append(unique((f"{sheet.cell(row, first)} {sheet.cell(row, last)}", row) for row in rows))
    book = Gradebook(sheet, _FILE, column, rows, keys, found[column]["most"] or "", cuts_above=_CUTS)
    return book.filled(reports, options)


def _check_ends(sheet: Sheet, rows: Sequence[int], end: int) -> None:
    for row in rows:
        if sheet.cell(row, end).strip() != "#":
            raise UsageError(f"{_FILE}: line {sheet.line(row)} does not end in #: is the file cut off?")


EXPORT = Export(_fill, needs_file=True)
