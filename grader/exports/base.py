"""What an export is, and whose mark goes into which row."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.records import GradeReport


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chooses."""

    column: str | None = None
    """Into which column the marks go, where there are several."""
    overwrite: bool = False
    """Whether marks that are there already may be replaced."""
    scale: bool = False
    """Whether marks are scaled to the gradebook's maximum, where it has another."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A gradebook with marks in it."""

    data: bytes
    written: int
    """Marks that are in it now."""
    left: tuple[str, ...] = ()
    """Who has a mark or handed in, and is not in it, with the reason."""


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of gradebook."""

    name: str
    help: str
    fill: Callable[[Sequence[GradeReport], bytes | None, Options], Filled]
    """Given the reports, the downloaded file where there is one, and the options. Raises UsageError where the file is
    none of this kind, or the marks must not go into it."""
    needs_file: bool = False
    """Whether the downloaded file is filled in; otherwise it is made."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One person's mark: everybody of a group has the group's."""

    id: str
    name: str
    email: str | None
    report: GradeReport


def people(reports: Iterable[GradeReport]) -> Iterator[Marked]:
    """Everybody, the members of groups one by one."""
    for report in reports:
        who = report.who
        if who.members:
            yield from (Marked(one.id, one.name, one.email, report) for one in who.members)
        else:
            yield Marked(who.id, who.name, who.email, report)


def plain(text: str | None) -> str:
    """A name, an id or an address as it is compared: leading zeros count, capitals and accents' forms do not.

    >>> plain(" Jane  DOE "), plain("#0071"), plain(None)
    ('jane doe', '0071', '')
    """
    return " ".join(unicodedata.normalize("NFKC", text or "").strip().lstrip("#'").casefold().split())


def row_of(one: Marked, keys: Sequence[Mapping[str, int]]) -> int | None:
    """The row of a person, by the first kind of key that knows them; None where none does.

    Args:
        one: whose row.
        keys: for each kind of key (ids, addresses, names), the row of each that stands in one row only.
    """
    for by_key in keys:
        for key in (plain(one.id), plain(one.email), plain(one.name)):
            if key and key in by_key:
                return by_key[key]
    return None


def placed(
    reports: Iterable[GradeReport], keys: Sequence[Mapping[str, int]], file: str
) -> Iterator[tuple[Marked, int | None, str]]:
    """Everybody with their row; or None and why: nobody gets a mark that may be another's."""
    found = [(one, row_of(one, keys)) for one in people(reports)]
    hand_ins: dict[int | None, set[str]] = {}
    for one, row in found:
        hand_ins.setdefault(row, set()).add(one.report.who.id)
    for one, row in found:
        if row is None:
            yield one, None, f"is not in {file}"
        elif len(hand_ins[row]) > 1:
            others = ", ".join(sorted(hand_ins[row] - {one.report.who.id}))
            yield one, None, f"has the same row in {file} as {others}; enter the right mark by hand"
        else:
            yield one, row, ""


def unique(values: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Rows by a key, without those that two rows have."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for value, row in values:
        key = plain(value)
        if key and found.setdefault(key, row) != row:
            twice.add(key)
    return {key: row for key, row in found.items() if key not in twice}
