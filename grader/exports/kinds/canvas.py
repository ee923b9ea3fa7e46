"""Canvas: the gradebook as it was exported, with one column filled in.

`Student,ID,[SIS User ID,]SIS Login ID,[...]Section,[...]Title (id)`. A blank cell would clear a score, so none is
written. Rows are found by `ID`, which is the number in the names of downloaded hand-ins, by the other ids, and by
names that nobody else has. Source: `lib/gradebook_importer.rb` of instructure/canvas-lms.
"""

import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Options, placed, plain, unique
from grader.exports.marks import as_text, is_same, points_of
from grader.exports.sheet import Sheet
from grader.records import GradeReport

_TITLE = re.compile(r".+ \((?P<id>\d+)\)")
_POSSIBLE, _READ_ONLY = "points possible", "(read only)"
_IDS = ("id", "sis user id", "sis login id", "integration id")
_FILE = "the gradebook"


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    assert data is not None
    sheet = Sheet.of(data, _FILE)
    header = [plain(cell) for cell in sheet.row(0)]
    if header[:1] != ["student"] or "id" not in header:
        raise UsageError(f"{_FILE}: is no gradebook of Canvas: it begins with Student and has a column ID")
    column = _column(sheet, options.column)
    first = next((row for row in range(1, len(sheet.spans)) if plain(sheet.cell(row, 0)) == _POSSIBLE), None)
    possible = "" if first is None else sheet.cell(first, column).strip()
    if possible == _READ_ONLY:
        raise UsageError(f"{_FILE}: {sheet.cell(0, column)!r} is read only; choose another column (--column)")
    students = [row for row in range(1 + (first or 0), len(sheet.spans)) if sheet.cell(row, header.index("id"))]
    ids = [unique((sheet.cell(row, header.index(name)), row) for row in students) for name in _IDS if name in header]
    keys = [*ids, unique((sheet.cell(row, 0), row) for row in students)]
    values, left = {}, []
    for one, row, why in placed(reports, keys, _FILE):
        points = points_of(one.report, possible, options, _FILE)
        if points is None:
            left.append(f"{one.name}: has no mark (judge error)")
        elif row is None:
            left.append(f"{one.name} ({one.id}): {why}")
        elif column >= len(sheet.spans[row]):
            left.append(f"{one.name} ({one.id}): the row in {_FILE} is too short")
        else:
            values[row, column] = as_text(points)
    _refuse_marks(sheet, values, options)
    return Filled(sheet.replaced(values), len(values), tuple(left))


def _column(sheet: Sheet, wanted: str | None) -> int:
    titles = {number: title for number, title in enumerate(sheet.row(0)) if _TITLE.fullmatch(title)}
    if wanted is None and len(titles) == 1:
        return next(iter(titles))
    known = ", ".join(repr(title) for title in titles.values()) or "none"
    if wanted is None:
        raise UsageError(f"{_FILE}: has several assignments; name one with --column: {known}")
    found = [n for n, title in titles.items() if wanted == title or f"({wanted})" == title[-len(wanted) - 2 :]]
    if len(found) != 1:
        raise UsageError(f"{_FILE}: has no assignment {wanted!r}; there are {known}")
    return found[0]


def _refuse_marks(sheet: Sheet, values: dict[tuple[int, int], str], options: Options) -> None:
    """Raise where a mark would be replaced by another."""
    if options.overwrite:
        return
    there = {place: sheet.cell(*place).strip() for place in values}
    other = [
        sheet.cell(place[0], 0) for place, cell in there.items() if cell and not is_same(cell, float(values[place]))
    ]
    if other:
        some = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
        raise UsageError(f"{_FILE}: has other marks already ({some}); --overwrite replaces them")


EXPORT = Export(_fill, needs_file=True)
