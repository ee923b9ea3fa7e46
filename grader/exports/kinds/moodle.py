"""Moodle: the grading worksheet as it was downloaded, with the grades filled in.

`Identifier` (`Participant 12345`), `Full name`, ..., `Status, Grade, Maximum grade, Grade can be changed, ...`.
Headings and the word before the number are in the course's language, so columns are known by what is in them: the
identifier is the first, the maximum is the column with the same number in each row, and the grade stands before it.
Rows whose grade cannot be changed are skipped by Moodle. Source: `mod/assign/feedback/offline` of moodle/moodle.
"""

import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Options, placed, unique
from grader.exports.marks import as_text, is_same, number, points_of
from grader.exports.sheet import Sheet
from grader.records import GradeReport

_IDENTIFIER = re.compile(r"\D*?(\d+)\s*")
_LOCKED = frozenset({"no", "nein", "non", "nee", "n\u00e3o"})
_FILE = "the worksheet"


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    assert data is not None
    sheet = Sheet.of(data, _FILE)
    rows = [row for row in range(1, len(sheet.spans)) if any(sheet.row(row))]
    numbers = {row: match[1] for row in rows if (match := _IDENTIFIER.fullmatch(sheet.cell(row, 0)))}
    if not numbers or len(numbers) < len(rows):
        raise UsageError(f"{_FILE}: is no grading worksheet of Moodle: its first column names participants")
    grade = _grade_column(sheet, rows, options.column)
    keys = [unique((value, row) for row, value in numbers.items()), unique((sheet.cell(row, 1), row) for row in rows)]
    values, left = {}, []
    for one, row, why in placed(reports, keys, _FILE):
        points = points_of(one.report, sheet.cell(rows[0], grade + 1), options, _FILE)
        if points is None:
            left.append(f"{one.name}: has no mark (judge error)")
        elif row is None:
            left.append(f"{one.name} ({one.id}): {why}")
        elif sheet.cell(row, grade + 2).strip().casefold() in _LOCKED:
            left.append(f"{one.name} ({one.id}): the grade cannot be changed there")
        elif not options.overwrite and _is_other(sheet.cell(row, grade), points):
            raise UsageError(f"{_FILE}: {one.name} has another grade already; --overwrite replaces such grades")
        else:
            values[row, grade] = as_text(points)
    return Filled(sheet.replaced(values), len(values), tuple(left))


def _is_other(cell: str, points: float) -> bool:
    return number(cell) is not None and not is_same(cell, points)


def _grade_column(sheet: Sheet, rows: Sequence[int], wanted: str | None) -> int:
    header = sheet.row(0)
    if wanted is not None:
        if wanted not in header[:-1]:
            raise UsageError(f"{_FILE}: has no column {wanted!r}; there are {', '.join(header)}")
        return header.index(wanted)
    for column in range(3, len(header)):
        cells = {sheet.cell(row, column).strip() for row in rows}
        if len(cells) == 1 and number(next(iter(cells))) is not None:
            return column - 1
    raise UsageError(f"{_FILE}: no column has the maximum grade; name the one for grades with --column")


EXPORT = Export(_fill, needs_file=True)
