"""Canvas: the gradebook as it was exported, with one column filled in; pages as comments on what was handed in.

`Student,ID,[SIS User ID,]SIS Login ID,[...]Section,[...]Title (id)`. A blank cell would clear a score, so none is
written. Rows are found by `ID`, which is the number in the names of downloaded hand-ins, by the other ids, and by
names that nobody else has. Source: `lib/gradebook_importer.rb` of instructure/canvas-lms.

A page goes back under the name that the file had in the download, and students see it under their own file's name: so
it has to be what that ending says. Source: `app/models/abstract_assignment.rb`.
"""

import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Handed, Options
from grader.exports.gradebook import Gradebook, column_of, header_of, keys_of, refuse_twice
from grader.exports.names import handed
from grader.records import GradeReport
from grader.sheets import Sheet, plain

_TITLE = re.compile(r"(?P<shown>.+) \((?P<id>\d+)\)")
_IGNORED = re.compile("(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
"""Canvas passes over columns with these words in their heading, whatever the assignment is called."""
_POSSIBLE, _READ_ONLY = "points possible", "(read only)"
_IDS = ("id", "sis user id", "sis login id", "integration id", "student")
_FILE = "the gradebook"
_DOWNLOADED = re.compile(r"(?:.*_)?\d+_\d+_.+|(?:LATE_)?anon_\w{5}_\d+_.+")


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    assert data is not None
    sheet = Sheet.of(data, _FILE)
    header = header_of(sheet)
    if header[:1] != ["student"] or "id" not in header:
        raise UsageError(f"{_FILE}: is no gradebook of Canvas: it begins with Student and has a column ID")
    titles = {at: title for at, title in enumerate(sheet.row(0)) if _TITLE.fullmatch(title)}
    column = column_of(titles, options.column, _FILE, ending="({})", shown=_shown)
    title = titles[column]
    if (words := _IGNORED.search(title)) is not None:
        raise UsageError(f"{_FILE}: Canvas would ignore {title!r}, since {words[0]!r} is in its name; rename it there")
    first = next((row for row in range(1, len(sheet.spans)) if plain(sheet.cell(row, 0)) == _POSSIBLE), None)
    possible = "" if first is None else sheet.cell(first, column).strip()
    if possible == _READ_ONLY:
        raise UsageError(f"{_FILE}: {title!r} is read only; choose another column (--column)")
    below, id = range(1 + (first or 0), len(sheet.spans)), header.index("id")
    is_cut = [row for row in below[-1:] if any(sheet.row(row)) and len(sheet.spans[row]) <= column]
    students = [row for row in below if sheet.cell(row, id) or row in is_cut]
    refuse_twice([(sheet.cell(row, id), row) for row in students], sheet, _FILE)
    keys = keys_of(sheet, students, [header.index(name) for name in _IDS if name in header])
    return Gradebook(sheet, _FILE, column, students, keys, possible).filled(reports, options)


def _shown(title: str) -> str:
    """What Canvas shows of a heading."""
    match = _TITLE.fullmatch(title)
    return title if match is None else match["shown"]


def _name(report: GradeReport, downloaded: str) -> str | None:
    return downloaded if _DOWNLOADED.fullmatch(downloaded) else None


def _feedback(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Handed:
    return handed(reports, _name, "Canvas", "has no file to comment on in Canvas's download (text and links have none)")


EXPORT = Export(_fill, needs_file=True, feedback=_feedback)
