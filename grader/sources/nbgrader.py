"""nbgrader: the folder `submitted` of a course, and `inbound` of its exchange.

`<student>/<assignment>/<file>` with `timestamp.txt`, or `<assignment>/<student>/<file>` where the course's
`directory_structure` says so. In the exchange an attempt is a folder, `<student>+<assignment>+<time>[+<random>]`, and
the newest counts; its name tells when: students can edit the `timestamp.txt` inside. A time without a zone is UTC.
Source: `nbgrader/exchange/default/` and `parse_utc` in `nbgrader/utils.py` of jupyter/nbgrader.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, tzinfo

from grader.records import Entry, Place
from grader.sources.moments import moment_in_utc, written
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform, files_in, newest
from grader.sources.tree import Reader, Tree

STAMP = "timestamp.txt"
_TIME = r"(?P<day>\d{4}-\d\d-\d\d) (?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?)(?: (?P<zone>[^+\s]+|\+\d\d:?\d\d))?"
_STAMPED = re.compile(_TIME)
_ATTEMPT = re.compile(rf"(?P<student>.+)\+(?P<assignment>[^+]+)\+(?P<at>{_TIME})(?:\+(?P<random>[\w=-]+))?")
_STUDENT = re.compile(r"[^()]+")
"""Not Sakai's `Doe, Jane(jdoe7)`, in which there is a `timestamp.txt`, too."""
_MOST_BYTES = 200
_MOST_NAMED = 4


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    attempts = _attempts(tree)
    if attempts:
        return _of_one(_newest(tree, attempts), {match["assignment"] for match in attempts})
    told = {top: _stamps(tree.below(top)) for top in tree.tops() if _is_students(tree, top)}
    stamped = sum(any(each.values()) for each in told.values())
    is_nbgraders = 2 * stamped > len(told) if _others(tree) else stamped > 0
    folders = {folder for each in told.values() for folder in each if folder}
    found = [_submitted(tree, top, told[top]) for top in told] if is_nbgraders else ()
    if len(folders) > len(told) > 1:  # so students lie in assignments
        return _of_one(found, told.keys())
    return _of_one(found, folders)


def _of_one(found: Sequence[HandIn], assignments: Set[str]) -> Sequence[HandIn]:
    """With what is wrong where the hand-ins are of several assignments: nobody knows which of them is meant."""
    if len(assignments) < 2:
        return found
    some = ", ".join(sorted(assignments)[:_MOST_NAMED]) + (", ..." if len(assignments) > _MOST_NAMED else "")
    problem = f"holds several assignments ({some}): name one, as with --source nbgrader:{min(assignments)}"
    return [replace(one, problem=problem) for one in found]


def _of_assignment(tree: Tree, assignment: str) -> Sequence[HandIn]:
    """Of one of several, which lie in the folders of students or have them in their own."""
    attempts = [match for match in _attempts(tree) if match["assignment"] == assignment]
    if attempts:
        return _newest(tree, attempts)
    inside = {top: tree.below(top) for top in tree.tops() if _is_students(tree, top)}
    own = {top: below.below(assignment) for top, below in inside.items() if assignment in below.tops()}
    around = inside.get(assignment, Tree("", {}))
    others = {top: around.below(top) for top in around.tops() if _is_students(around, top)}
    if len(others) > len(own):  # so students lie in assignments, and somebody has called a folder like one
        return [_in_folder(student, f"{assignment}/{student}", below) for student, below in others.items()]
    return [_in_folder(student, f"{student}/{assignment}", below) for student, below in own.items()]


def _in_folder(student: str, folder: str, inside: Tree) -> HandIn:
    """A student's folder of an assignment."""
    names = {name: f"{folder}/{name}" for name in inside.names()}
    at = _stamp(inside.files[STAMP]) if STAMP in inside.files else None
    own = {name: path for name, path in names.items() if name != STAMP}
    return HandIn(Entry(student, student, folder, Place(""), at), own or names or {folder: folder}, folder=folder)


def _attempts(tree: Tree) -> list[re.Match[str]]:
    return [match for top in tree.tops() if (match := _ATTEMPT.fullmatch(top)) is not None]


def _is_students(tree: Tree, top: str) -> bool:
    return top not in tree.files and _STUDENT.fullmatch(top) is not None


def _others(tree: Tree) -> Sequence[str]:
    own = {match[0] for match in _attempts(tree)} or {top for top in tree.tops() if _is_students(tree, top)}
    return [top for top in tree.tops() if top not in own and (tree.is_folder(top) or not is_instructors(top))]


def _newest(tree: Tree, attempts: Sequence[re.Match[str]]) -> list[HandIn]:
    found: dict[str, dict[tuple[str, str], HandIn]] = {}
    for match in attempts:
        student, at = match["student"], _time(match)
        own = found.setdefault(student, {})
        own.setdefault((at or "", match["clock"]), _hand_in(tree, match[0], student, at))
    return newest(found.values())


def _submitted(tree: Tree, student: str, stamps: Mapping[str, str | None]) -> HandIn:
    return _hand_in(tree, student, student, next(iter(stamps.values())) if len(stamps) == 1 else None)


def _hand_in(tree: Tree, top: str, student: str, at: str | None) -> HandIn:
    files = files_in(tree, top)
    own = {name: path for name, path in files.items() if name.rpartition("/")[2] != STAMP}
    return HandIn(Entry(student, student, top, Place(""), at), own or files)


def _stamps(inside: Tree) -> dict[str, str | None]:
    """The times of a student's assignments by their folders, None for what is not nbgrader's."""
    names = [name for name in inside.files if STAMP in (name, name.partition("/")[2])]
    return {name.rpartition("/")[0]: _stamp(inside.files[name]) for name in names}


def _stamp(read: Reader) -> str | None:
    text = read(_MOST_BYTES).decode("utf-8-sig", "replace").strip()
    return moment_in_utc(text) if (match := _STAMPED.fullmatch(text)) is None else _time(match)


def _time(match: re.Match[str]) -> str | None:
    """ISO 8601 in UTC; in the student's own zone, and without it, where nobody knows which that is.

    >>> [_time(_STAMPED.fullmatch(f"2026-02-03 14:05:09.1{zone}")) for zone in ("", " -0800", " Mars")]
    ['2026-02-03T14:05:09Z', '2026-02-03T22:05:09Z', '2026-02-03T14:05:09']
    """
    text, zone = f"{match['day']}T{match['clock'][:8]}", match["zone"]
    if known := moment_in_utc(f"{text}{zone or ''}"):
        return known
    try:
        return written(datetime.fromisoformat(text).replace(tzinfo=_zone(zone or "")))
    except (ValueError, OverflowError):  # no such day
        return None


def _zone(name: str) -> tzinfo | None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # only such an export needs it

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # an abbreviation such as PST, or nothing that could be a zone
        return None


PLATFORM = Platform("nbgrader", _hand_ins, "`jane/ps2/timestamp.txt`", others=_others, of_assignment=_of_assignment)
