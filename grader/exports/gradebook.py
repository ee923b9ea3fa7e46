"""A downloaded table into which marks go: one column, and nothing else in it changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import UsageError
from grader.exports.base import Filled, Marked, Options, no_mark, others_there, placed, unique
from grader.exports.marks import as_text, is_same, number, points_of
from grader.records import GradeReport
from grader.sheets import Sheet, plain

Cells = dict[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class Gradebook:
    """A downloaded table, and where marks go in it. Rows and columns are counted from 0."""

    sheet: Sheet
    file: str
    """What messages call it."""
    column: int
    rows: Sequence[int]
    """Those of people."""
    keys: Sequence[Mapping[str, int]]
    """As in `rows_of`."""
    possible: str = ""
    """The most points, as the table says them; empty where it does not."""
    refuses: Callable[[Marked, int], str] = lambda one, row: ""
    """Why a row takes nothing of this person's; empty where it does."""
    skips_above: bool = False
    """Whether the platform passes over points above the most."""
    cuts_above: str = ""
    """How the platform cuts these off, where it does."""

    def filled(self, reports: Sequence[GradeReport], options: Options) -> Filled:
        """The table with everybody's mark, as far as they are in it.

        Raises:
            UsageError: where it is cut off, is another class's, or has other marks already.
        """
        self._check_whole()
        cells, left, cut, is_anybody = Cells(), [], [], False
        for one, row, why in self.people(reports):
            points = points_of(one.report, self.possible, options, self.file)
            is_anybody |= row is not None
            if points is None:
                left.append(no_mark(one.name))
            elif row is None or (why := why or self._above(points)):
                left.append(f"{one.name} ({one.id}): {why}")
            else:
                cells[row, self.column] = as_text(points)
                cut += [one.name] if self.cuts_above and self._is_above(points) else []
        if reports and not is_anybody:
            here = reports[0].who
            there = ", ".join(filter(None, self.sheet.row(self.rows[0]))) if self.rows else "nobody"
            why = f"is it another course's? First here: {here.id} ({here.name}); first there: {there}"
            raise UsageError(f"{self.file}: none of these people is in it: {why}")
        self._refuse_others(cells, options)
        notes = (f"above the maximum, {self.cuts_above}: {'; '.join(cut)}",) if cut else ()
        return Filled(self.sheet.replaced(cells), len(cells), tuple(left), notes)

    def people(self, reports: Sequence[GradeReport]) -> Iterator[tuple[Marked, int | None, str]]:
        """Everybody with the row in which they are; the reason, where nothing of theirs goes into it."""
        for one, row, why in placed(reports, self.keys, self.file):
            yield one, row, why or ("" if row is None else self.refuses(one, row))

    def _above(self, points: float) -> str:
        """Why the platform would pass over so many points; empty where it would not."""
        if not self.skips_above or not self._is_above(points):
            return ""
        most = number(self.possible)
        return f"{as_text(points)} points are more than the {most:g} that {self.file} takes; raise the maximum there"

    def _is_above(self, points: float) -> bool:
        most = number(self.possible)
        return most is not None and points > most

    def _check_whole(self) -> None:
        short = [row for row in self.rows if self.column >= len(self.sheet.spans[row])]
        if short:
            raise UsageError(f"{self.file}: line {self.sheet.line(short[0])} is too short: is the file cut off?")

    def _refuse_others(self, cells: Cells, options: Options) -> None:
        """Raise where a mark would be replaced by another."""
        there = {} if options.overwrite else {place: self.sheet.cell(*place).strip() for place in cells}
        full = [place[0] for place, cell in there.items() if _is_other(cell, float(cells[place]))]
        if full:
            raise others_there(self.file, [f"{self.sheet.cell(row, 0)} in line {self.sheet.line(row)}" for row in full])


def _is_other(cell: str, points: float) -> bool:
    return cell not in ("", "-") and not is_same(cell, points)


def refuse_twice(ids: Sequence[tuple[str, int]], sheet: Sheet, file: str) -> None:
    """Raise UsageError where an id, which every row has its own of, stands in two rows."""
    first: dict[str, int] = {}
    for id, row in ids:
        if first.setdefault(plain(id), row) != row:
            lines = f"lines {sheet.line(first[plain(id)])} and {sheet.line(row)}"
            raise UsageError(f"{file}: {id} is in {lines}: remove one, or download it again")


def keys_of(sheet: Sheet, rows: Sequence[int], columns: Sequence[int]) -> list[dict[str, int]]:
    """For each of these columns, the row in which each of its values stands."""
    return [unique((sheet.cell(row, column), row) for row in rows) for column in columns]


def column_of(
    titles: Mapping[int, str],
    wanted: str | None,
    file: str,
    *,
    ending: str = "{}",
    shown: Callable[[str], str] = lambda title: title,
) -> int:
    """The column with this title, or the only one.

    Args:
        titles: of the columns that take marks.
        wanted: a title, or the platform's number in it.
        file: what messages call the table.
        ending: of a title, in which the platform's number stands.
        shown: what the platform shows of a title, which need not be one column's alone.
    """
    known = ", ".join(repr(title) for title in titles.values()) or "none"
    if wanted is None:
        if len(titles) != 1:
            how_many = "several" if titles else "no"
            raise UsageError(f"{file}: has {how_many} assignments; name one with --column: {known}")
        return next(iter(titles))
    found = [at for at, title in titles.items() if wanted == title or title.endswith(ending.format(wanted))]
    found = found or [at for at, title in titles.items() if wanted == shown(title)]
    if len(found) != 1:
        what = "several assignments" if found else "no assignment"
        raise UsageError(f"{file}: has {what} {wanted!r}; there are {known}")
    return found[0]


def header_of(sheet: Sheet, row: int = 0) -> list[str]:
    """The headings as they are compared."""
    return [plain(cell) for cell in sheet.row(row)]
