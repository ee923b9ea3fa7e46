"""A map: a table that says whose is what, for classes that no platform names."""

from collections.abc import Iterator
from pathlib import Path

from grader.errors import UsageError, named_paths
from grader.rubric.late import moment
from grader.sheets import Sheet, heading, plain
from grader.sources.told import Named

_PATHS = frozenset({"path", "file", "folder", "file or folder"})
_COLUMNS = ("id", "name", "email", "submitted_at")


def read_map(path: Path) -> tuple[Named, ...]:
    """The lines of a map: `path,id,name,email,submitted_at`, in this order, or in any order below headings.

    Raises:
        UsageError: where it cannot be read, a line has no path, no id or those of another line, or a time is none.
    """
    with named_paths():
        data = path.read_bytes()
    lines = tuple(_lines(Sheet.of(data, str(path)), str(path)))
    if not lines:
        raise UsageError(f"{path}: names nobody; write a line `path,id,name,email` for each hand-in")
    for what, keys in (("path", [one.path.rstrip("/") for one in lines]), ("id", [plain(one.id) for one in lines])):
        first: dict[str, int] = {}
        for one, key in zip(lines, keys, strict=True):
            if first.setdefault(key, one.line) != one.line:
                raise UsageError(
                    f"{path}: line {one.line}: the {what} {key} is in line {first[key]}, too; leave one out"
                )
    return lines


def _lines(sheet: Sheet, file: str) -> Iterator[Named]:
    header = [heading(cell) for cell in sheet.row(0)]
    at = next((number for number, called in enumerate(header) if called in _PATHS), None)
    if at is None:
        columns: dict[str, int] = {name: number for number, name in enumerate(_COLUMNS, 1)}
    else:
        columns = {name: header.index(heading(name)) for name in _COLUMNS if heading(name) in header}
    if "id" not in columns:
        raise UsageError(f"{file}: has no column `id`; the headings are path,id,name,email")
    for row in range(0 if at is None else 1, len(sheet.spans)):
        cells = [cell.strip() for cell in sheet.row(row)]
        if any(cells):
            yield _named(cells, at or 0, columns, f"{file}: line {sheet.line(row)}", sheet.line(row))


def _named(cells: list[str], at: int, columns: dict[str, int], where: str, line: int) -> Named:
    def said(column: int | None) -> str:
        return "" if column is None or column >= len(cells) else cells[column]

    path, id, name, email, when = said(at), *(said(columns.get(column)) for column in _COLUMNS)
    if not path or not id:
        raise UsageError(f"{where}: has no {'id' if path else 'path'}; it needs both")
    try:
        submitted_at = moment(when) if when else None
    except ValueError as error:
        raise UsageError(f"{where}: submitted_at: {when} {error}") from error
    return Named(line, path, id, name or id, email or None, submitted_at)
