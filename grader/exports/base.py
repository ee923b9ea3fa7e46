"""What an export is, and whose mark goes into which row."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal

from grader.errors import UsageError
from grader.exports import kinds
from grader.records import GradeReport
from grader.sheets import plain
from grader.sources.names import name_of

_NAMED = 3


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
    """A gradebook with marks in it, or a file for each submission."""

    data: bytes = b""
    written: int = 0
    """Marks that are in it now."""
    left: tuple[str, ...] = ()
    """Who has a mark or handed in, and is not in it, with the reason."""
    notes: tuple[str, ...] = ()
    """What the platform will do to marks that are in it."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """By the id of a submission, what is in its file."""
    printed: str = ""
    """What the platform reads on standard output."""


def others_there(file: str, places: Sequence[str]) -> UsageError:
    """What is wrong where marks in these places of a gradebook would be replaced by others."""
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    some = ", ".join(places[:_NAMED])
    return UsageError(f"{file}: has other marks already ({some}{more}); --overwrite replaces them")


@dataclass(frozen=True, slots=True)
class Handed:
    """Which page is handed to whom, as the platform's bulk upload wants it."""

    names: Mapping[str, str]
    """By its name in the archive, whose page it is: the id of a submission. The ending says what it has to be."""
    left: tuple[str, ...] = ()
    """Whose page is not in it, with the reason."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What else the upload takes, by its name in the archive."""


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of gradebook or table; a module of `kinds` exports it as `EXPORT`, and its name is what `--to` takes."""

    fill: Callable[[Sequence[GradeReport], bytes | None, Options], Filled]
    """Given the reports, the downloaded file where there is one, and the options. Raises UsageError where the file is
    none of this kind, or the marks must not go into it."""
    needs_file: bool = False
    """Whether the downloaded file is filled in; otherwise it is made."""
    out: Literal["anywhere", "file", "files"] = "anywhere"
    """What is made: text, which may go to standard output, a file, or a file for each submission."""
    ending: str = ""
    """Of each of these files."""
    feedback: Callable[[Sequence[GradeReport], bytes | None, Options], Handed] | None = None
    """Given the same as `fill`; None where the platform takes no archive of pages."""
    feedback_needs_file: bool = False
    """Whether only the downloaded file tells whose page is called how."""


def find_export(name: str) -> Export:
    """The kind of this name; only its module is imported."""
    found: Export = import_module(f"{kinds.__name__}.{name}").EXPORT
    return found


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


_SEVERAL = -1
"""In place of a row: several have this key."""


def rows_of(one: Marked, keys: Sequence[Mapping[str, int]]) -> set[int]:
    """The rows in which a person's id, address or name stands: more than one where two of these are not one person's.

    Args:
        one: whose rows.
        keys: for each kind of key (ids, addresses, names), the row of each, from `unique`.
    """
    return {by_key[key] for by_key in keys for key in _own(one) if by_key.get(key, _SEVERAL) != _SEVERAL}


def _own(one: Marked) -> list[str]:
    return [plain(key) for key in (one.id, one.email, one.name)]


def placed(
    reports: Iterable[GradeReport], keys: Sequence[Mapping[str, int]], file: str
) -> Iterator[tuple[Marked, int | None, str]]:
    """Everybody with their row; or None and why: nobody gets a mark that may be another's."""
    found: list[tuple[Marked, set[int]]] = []
    for one in people(reports):
        owner = _owner(one.report, keys)
        if owner is None:
            found.append((one, rows_of(one, keys)))
        else:
            yield one, None, f"lies in what {owner} handed in, who is in {file}; enter the right mark by hand"
    hand_ins: dict[int, set[str]] = {}
    for one, rows in found:
        for row in rows:
            hand_ins.setdefault(row, set()).add(one.report.who.id)
    for one, rows in found:
        others = {id for row in rows for id in hand_ins[row]} - {one.report.who.id}
        if not rows and any(key in by_key for by_key in keys for key in _own(one)):
            yield one, None, f"several rows of {file} have this name; enter the right mark by hand"
        elif not rows:
            yield one, None, f"is not in {file}"
        elif others:
            yield one, None, f"has the same row in {file} as {', '.join(sorted(others))}; enter the right mark by hand"
        elif len(rows) > 1:
            yield one, None, f"is found in several rows of {file}, by id, address or name; enter the right mark by hand"
        else:
            yield one, min(rows), ""


def _owner(report: GradeReport, keys: Sequence[Mapping[str, int]]) -> str | None:
    """Whose archive or folder a hand-in lies in, if that is somebody's: what is in it is then no word about others.

    A section's name begins the ids of those in it.
    """
    if _is_there(report.who.id, keys):
        return None
    around = (name for part in report.who.source.split("/")[:-1] for name in (part, name_of(part)) if name)
    return next((name for name in around if report.who.id.startswith(f"{name}-") and _is_there(name, keys)), None)


def _is_there(key: str, keys: Sequence[Mapping[str, int]]) -> bool:
    return any(plain(key) in by_key for by_key in keys)


def unique(values: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Rows by a key; of one that two rows have, that there are several, which are nobody's."""
    found: dict[str, int] = {}
    for value, row in values:
        key = plain(value)
        if key and found.setdefault(key, row) != row:
            found[key] = _SEVERAL
    return found


def no_mark(name: str) -> str:
    """Said of whoever has none: what could not be graded, or has no mark yet, changes nothing in a gradebook."""
    return f"{name}: has no mark (judge error)"
