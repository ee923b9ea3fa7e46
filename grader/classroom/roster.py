"""A roster: who should hand in, from a platform's gradebook as it was downloaded, or any table of ids or names.

Headings say which columns are ids, names, addresses and groups. Several columns may be ids (Canvas: `ID`, `SIS User
ID`, `SIS Login ID`); the one in which most of those who handed in stand comes first, and gives the others their ids.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from grader.classroom.worksheet import Worksheet
from grader.errors import UsageError, named_paths
from grader.records import Entry, Member
from grader.sheets import Sheet, heading, plain

_IDS = frozenset({
    "id", "identifier", "username", "user name", "user", "user id", "userid", "login", "login id", "orgdefinedid",
    "sid", "student id", "student number", "sis user id", "sis login id", "integration id", "id number", "display id",
    "netid", "net id", "uid", "github username", "roster identifier",
})  # fmt: skip
_NAMES = frozenset({"name", "student", "full name", "student name"})
_FIRST, _LAST = frozenset({"first name", "given name"}), frozenset({"last name", "surname", "family name"})
_EMAILS = frozenset({"email", "mail", "email address"})
_GROUPS = frozenset({"group", "team", "group name"})
_MOST_ABOVE = 4
"""Lines in which the headings are looked for: Sakai's stand in the third."""
_PARTICIPANT = re.compile(r"(?P<word>[^\W\d][\D]*?)\s*(?P<number>\d+)")
"""Moodle's `Identifier`; its hand-ins have the number."""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
"""What an id may be: GitHub Classroom's `identifier` is whatever a course has."""
_OF_AUTOLAB = 9
"""Columns of Autolab's roster, which has no headings: semester, address, last and first name, and what others need."""
_NOBODY = re.compile(r"points possible|student, test|.*_previewuser")
"""Rows of Canvas and Blackboard that are no people."""


@dataclass(frozen=True, slots=True)
class Person:
    """One row of a roster."""

    line: int
    ids: tuple[str, ...]
    """In the order of the columns, empty where there is none."""
    name: str
    email: str
    group: str
    is_nobody: bool = False
    """Whether this is no student."""

    @property
    def label(self) -> str:
        """What messages call this person."""
        return self.name or next(filter(None, self.ids), self.email)


@dataclass(frozen=True)
class Roster:
    """Everybody who should hand in."""

    file: str
    people: tuple[Person, ...]
    worksheet: Worksheet
    """What a worksheet of Moodle tells beside."""
    nobody: tuple[Person, ...] = ()
    """Rows of Canvas and Blackboard in which a test student or a previewing teacher stands."""

    def is_nobodys(self, entry: Entry) -> bool:
        """Whether a hand-in is that of one who is no student."""
        return any(plain(entry.id) in map(plain, one.ids) for one in self.nobody) and plain(entry.id) not in self.keys

    @cached_property
    def of_people(self) -> frozenset[str]:
        """Whatever somebody is called."""
        return frozenset(plain(key) for one in self.people for key in (*one.ids, one.email, *names_of(one.name))) - {""}

    @cached_property
    def keys(self) -> frozenset[str]:
        """Whatever somebody or a group is called."""
        return frozenset(plain(key) for one in self.people for key in (*one.ids, one.email, one.name, one.group)) - {""}

    def with_times(self, entries: Iterable[Entry], due: str | None) -> list[Entry]:
        """The same hand-ins, with when each came and whether that was late, where Moodle's worksheet alone tells.

        Args:
            entries: as `expected` calls them; a group's stays as it is.
            due: the rubric's due time; None where it has none.
        """
        lines = {id: one.line for one in self.people for id in one.ids if id}
        times, late = self.worksheet.times(due), self.worksheet.late
        return [
            entry
            if entry.is_missing or entry.members or (entry.submitted_at, entry.is_late) != (None, None)
            else replace(entry, submitted_at=times.get(lines.get(entry.id)), is_late=late.get(lines.get(entry.id)))
            for entry in entries
        ]

    def keyed_by(self, *known: Iterable[str]) -> "Keys":
        """How people are found, with the column of ids as the first in which most of those stand who are known.

        Args:
            known: ids of some kind. What a later kind says counts only where nobody of the earlier ones is in here.

        Raises:
            UsageError: where two rows have the same id there.
        """
        counts = next(filter(None, map(self._counts, known)), Counter())
        column = max(counts, key=lambda at: (counts[at], -at), default=0)
        surest = _by_key(self.people, lambda one: one.ids[column : column + 1])
        for key, (first, *more) in surest.items():
            if more:
                raise UsageError(f"{self.file}: line {more[0].line}: {key} is in line {first.line}, too; leave one out")
        others = _by_key(self.people, lambda one: (*one.ids, one.email))
        before_at = _by_key(self.people, lambda one: (one.email.partition("@")[0],))
        return Keys(column, (surest, others, _by_key(self.people, lambda one: names_of(one.name)), before_at))

    def _counts(self, ids: Iterable[str]) -> Counter[int]:
        """How many of these stand in each column of ids."""
        wanted = set(map(plain, ids))
        return Counter(at for one in self.people for at, id in enumerate(one.ids) if plain(id) in wanted)


@dataclass(frozen=True, slots=True)
class Keys:
    """Finds people in a roster."""

    column: int
    """Which of the ids is the first."""
    ranks: tuple[Mapping[str, Sequence[Person]], ...]
    """By the first id; by the other ids and addresses; by names; by what is before the @ of an address."""

    def rows_of(self, one: Member) -> list[Person]:
        """Whoever this may be, by the first of the ranks in which there is anybody."""
        own = [plain(key) for key in (one.id, one.email, *names_of(one.name))]
        found = ({row.line: row for key in own for row in rank.get(key, ())} for rank in self.ranks)
        return list(next(filter(None, found), {}).values())

    def by_id(self, one: Member) -> list[Person]:
        """The same by ids and addresses alone."""
        own = [plain(key) for key in (one.id, one.email)]
        return list({row.line: row for rank in self.ranks[:2] for key in own for row in rank.get(key, ())}.values())

    def member(self, row: Person) -> Member:
        """A person as records have people."""
        ids = [*row.ids[self.column : self.column + 1], *row.ids, row.email, row.name]
        return Member(next(filter(None, ids)), row.label, row.email or None)


def names_of(name: str) -> tuple[str, ...]:
    """A name, and where it has the last name first, the other way round.

    >>> names_of("Ito, Ida"), names_of("Ida Ito")
    (('Ito, Ida', 'Ida Ito'), ('Ida Ito',))
    """
    last, comma, first = name.partition(", ")
    return (name, f"{first} {last}") if comma and ", " not in first else (name,)


def _by_key(people: Iterable[Person], keys: Callable[[Person], Iterable[str]]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for one in people:
        for key in {plain(key) for key in keys(one)} - {""}:
            found.setdefault(key, []).append(one)
    return found


def read_roster(path: Path) -> Roster:
    """The people of a table.

    Raises:
        UsageError: where it cannot be read, is cut off, or has no column of ids, names or addresses.
    """
    with named_paths():
        data = path.read_bytes()
    sheet = Sheet.of(data, str(path), narrow=True)
    rows = tuple(_people(sheet, str(path)))
    people = tuple(one for one in rows if not one.is_nobody)
    if not people:
        raise UsageError(f"{path}: nobody is in it; it needs a row for each student")
    return Roster(str(path), people, Worksheet(sheet), tuple(one for one in rows if one.is_nobody))


@dataclass(frozen=True, slots=True)
class _Columns:
    ids: tuple[int, ...]
    numbers: tuple[int, ...]
    """Of the ids, those of which the number at the end is one, too."""
    names: tuple[int, ...]
    email: int | None
    group: int | None


def _people(sheet: Sheet, file: str) -> Iterator[Person]:
    first, columns = _columns(sheet, file)
    needed = max((*columns.ids, *columns.names, columns.email or 0, columns.group or 0))
    seen: set[object] = set()  # in nbgrader's table everybody has a row for each assignment
    for row in range(first, len(sheet.spans)):
        cells = [cell.strip().lstrip("#") for cell in sheet.row(row)]
        is_nobody = any(_NOBODY.fullmatch(plain(cell)) for cell in cells)
        if not any(cells) or (is_nobody and len(cells) <= needed):
            continue
        if len(cells) <= needed:
            raise UsageError(f"{file}: line {sheet.line(row)} is too short: is the file cut off?")
        numbers = [match["number"] for at in columns.numbers if (match := _PARTICIPANT.fullmatch(cells[at]))]
        ids = (*numbers, *(cells[at] for at in columns.ids))
        name = " ".join(cells[at] for at in columns.names if cells[at])
        email, group = ("" if at is None else cells[at] for at in (columns.email, columns.group))
        email = email or next(filter(_ADDRESS.fullmatch, ids), "")
        if any((*ids, name, email)) and (ids, name, email, group) not in seen:
            seen.add((ids, name, email, group))
            yield Person(sheet.line(row), ids, name, email, group, is_nobody)


def _columns(sheet: Sheet, file: str) -> tuple[int, _Columns]:
    """The first row below the headings, and what they say."""
    for row in range(min(_MOST_ABOVE, len(sheet.spans))):
        header = [heading(cell) for cell in sheet.row(row)]
        ids, (first, last, whole, emails, groups) = _at(header, _IDS), (
            _at(header, words) for words in (_FIRST, _LAST, _NAMES, _EMAILS, _GROUPS)
        )  # fmt: skip
        names = whole[:1] or (*first[:1], *last[:1])
        if row == 0 and not ids and _has_participants(sheet, 1, 0) and not _PARTICIPANT.fullmatch(sheet.cell(0, 0)):
            ids, names = (0,), names or (1,)  # Moodle's, in another language
        if ids or names or emails:
            numbers = tuple(at for at in ids if _has_participants(sheet, row + 1, at))
            return row + 1, _Columns(ids, numbers, names, *(next(iter(some), None) for some in (emails, groups)))
    rows = [sheet.row(row) for row in range(len(sheet.spans)) if any(sheet.row(row))]
    if rows and all(len(cells) >= _OF_AUTOLAB and _ADDRESS.fullmatch(cells[1]) for cells in rows):
        return 0, _Columns((), (), (3, 2), 1, None)
    raise UsageError(
        f"{file}: no heading is that of an id, a name or an e-mail address; call a column `id`, `name` or `email`"
    )


def _at(header: Sequence[str], words: frozenset[str]) -> tuple[int, ...]:
    return tuple(at for at, called in enumerate(header) if called in words)


def _has_participants(sheet: Sheet, first: int, column: int) -> bool:
    """Whether every cell of a column is the same word and a number."""
    cells = [sheet.cell(row, column) for row in range(first, len(sheet.spans)) if any(sheet.row(row))]
    words = {match["word"] if (match := _PARTICIPANT.fullmatch(cell)) else "" for cell in cells}
    return len(words) == 1 and "" not in words
