"""Moodle: the grading worksheet as it was downloaded, with the grades filled in; pages as feedback files.

`Identifier` (`Participant 12345`), `Full name`, ..., `Status, Grade, Maximum grade, Grade can be changed, ...`.
Headings and the word before the number are in the course's language, so columns are known by what is in them: the
identifier is the first, the maximum is the column with the same number in each row, and the grade stands before it.
Moodle skips rows whose grade cannot be changed, and grades above the maximum. Source: `mod/assign/feedback/offline` of
moodle/moodle.

A page is in a folder `<name>_<participant>_assignfeedback_file`. Moodle trusts the number. That of a team is no
participant's, but may be somebody else's: so where a number is found beside another name, nobody gets anything.
Source: `mod/assign/feedback/file/importziplib.php`.
"""

import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Handed, Marked, Options, people, unique
from grader.exports.gradebook import Gradebook, refuse_twice
from grader.exports.marks import number
from grader.records import GradeReport
from grader.sheets import Sheet, plain

_IDENTIFIER = re.compile(r"(?P<word>\D*?)\s*(?P<number>\d+)\s*")
_NOT_IN_NAMES = re.compile(r"[&<>\"'|:\\/`]")
"""What Moodle leaves out of the names of folders; `_` becomes a space there."""
_LOCKED = frozenset({
    "no", "nein", "non", "nee", "n\u00e3o", "nej", "nei", "nie", "ne", "nu", "ei", "hay\u0131r", "\u03cc\u03c7\u03b9",
    "\u043d\u0435\u0442", "\u043d\u0456", "\u5426", "\u3044\u3044\u3048", "\u05dc\u05d0", "\u0644\u0627",
})  # fmt: skip
_FILE = "the worksheet"


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    return _worksheet(reports, data, options).filled(reports, options)


def _worksheet(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Gradebook:
    assert data is not None
    sheet = Sheet.of(data, _FILE)
    ids = _identifiers(sheet)
    rows, grade = list(ids), _grade_column(sheet, list(ids), options.column)
    locked = {row for row in rows if sheet.cell(row, grade + 2).strip().casefold() in _LOCKED}
    if len(locked) == len(rows):
        raise UsageError(f"{_FILE}: no grade in it can be changed, from line {sheet.line(rows[0])} on: unlock them")
    keys = [unique((match["number"], row) for row, match in ids.items())]
    keys.append(unique((sheet.cell(row, 1), row) for row in rows))

    def is_called_so(one: Marked, row: int) -> bool:
        return _in_folders(one.name) in {_in_folders(sheet.cell(row, 1)), _in_folders(ids[row]["word"])}

    def refuses(one: Marked, row: int) -> str:
        if plain(one.id) == ids[row]["number"] and not is_called_so(one, row):
            return f"its number is {sheet.cell(row, 1)}'s in {_FILE}: is it a team? Enter its marks by hand"
        return f"the grade cannot be changed there (line {sheet.line(row)} of {_FILE})" if row in locked else ""

    numbered = [(one, keys[0].get(one.id)) for one in people(reports) if _is_of_moodle(one)]
    if numbered and not any(row is not None and is_called_so(one, row) for one, row in numbered):
        found = [(one, row) for one, row in numbered if row is not None]
        if not found:
            raise UsageError(
                f"{_FILE}: has other numbers for these people: is it another assignment's? Download this one's"
            )
        one, row = found[0]
        raise UsageError(
            f"{_FILE}: has these people's numbers under other names, such as {sheet.cell(row, 1) or 'none'} for "
            f"{one.name}: is it another assignment's? If it is this one's, grade the class with it as --roster"
        )
    return Gradebook(sheet, _FILE, grade, rows, keys, sheet.cell(rows[0], grade + 1), refuses, skips_above=True)


def _identifiers(sheet: Sheet) -> dict[int, re.Match[str]]:
    """By row, who it is of.

    Raises:
        UsageError: where that is no worksheet, or is cut off, or has somebody twice.
    """
    rows = [row for row in range(1, len(sheet.spans)) if any(sheet.row(row))]
    ids = {row: match for row in rows if (match := _IDENTIFIER.fullmatch(sheet.cell(row, 0)))}
    short = [row for row in rows if len(sheet.spans[row]) < len(sheet.spans[0])]
    if short and ids:
        raise UsageError(f"{_FILE}: line {sheet.line(short[0])} is too short: is the file cut off?")
    if not ids or len(ids) < len(rows):
        raise UsageError(f"{_FILE}: is no grading worksheet of Moodle, whose first column names participants")
    refuse_twice([(match[0], row) for row, match in ids.items()], sheet, _FILE)
    return ids


def _is_of_moodle(one: Marked) -> bool:
    """Whether somebody's id is the number that an export of Moodle has for them."""
    return f"_{one.id}_assignsubmission_" in one.report.who.source


def _in_folders(name: str) -> str:
    """A name as folders have it, to be compared."""
    return plain(_NOT_IN_NAMES.sub("", name.replace("_", " ")))


def _grade_column(sheet: Sheet, rows: Sequence[int], wanted: str | None) -> int:
    header = sheet.row(0)
    if wanted is not None:
        if wanted not in header[:-1]:
            raise UsageError(f"{_FILE}: has no column {wanted!r}; there are {', '.join(header)}")
        return header.index(wanted)
    for column in range(len(header) - 1, 2, -1):  # everybody's grade may be the same number, too
        most, grades = ({sheet.cell(row, at).strip() for row in rows} for at in (column, column - 1))
        if len(most) == 1 and number(most.pop()) is not None and all(map(_is_grade, grades)):
            return column - 1
    raise UsageError(f"{_FILE}: no column has the maximum grade; name the one for grades with --column")


def _is_grade(cell: str) -> bool:
    return cell in ("", "-") or number(cell) is not None


def _feedback(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Handed:
    book = _worksheet(reports, data, options)
    names, left = {}, []
    for one, row, why in book.people(reports):
        if row is None or why:
            left.append(f"{one.name} ({one.id}): {why}")
        else:
            participant = re.sub(r"\D", "", book.sheet.cell(row, 0))
            folder = f"{_in_folders(one.name)}_{participant}_assignfeedback_file"
            names[f"{folder}/report.html"] = one.report.who.id
    return Handed(names, tuple(left))


EXPORT = Export(_fill, needs_file=True, feedback=_feedback, feedback_needs_file=True)
