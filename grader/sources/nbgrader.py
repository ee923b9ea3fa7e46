"""nbgrader: the folder `submitted` of a course, and `inbound` of its exchange.

`<student>/<assignment>/<file>` with `timestamp.txt`, or `<assignment>/<student>/<file>` where the course's
`directory_structure` says so. In the exchange an attempt is a folder, `<student>+<assignment>+<time>[+<random>]`, and
the newest counts; its name tells when: students can edit the `timestamp.txt` inside. A time without a zone is UTC.
Source: `nbgrader/exchange/default/` and `parse_utc` in `nbgrader/utils.py` of jupyter/nbgrader.
"""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from grader.records import Entry, Place
from grader.sources.moments import moment_in_utc, written
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform, files_in, newest
from grader.sources.tree import Tree

STAMP = "timestamp.txt"
_TIME = r"(?P<day>\d{4}-\d\d-\d\d) (?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?)(?: (?P<zone>[^+\s]+|\+\d\d:?\d\d))?"
_STAMPED = re.compile(_TIME)
_ATTEMPT = re.compile(rf"(?P<student>.+)\+(?P<assignment>[^+]+)\+(?P<at>{_TIME})(?:\+(?P<random>[\w=-]+))?")
_STUDENT = re.compile(r"[^()]+")
"""Not Sakai's `Doe, Jane(jdoe7)`, in which there is a `timestamp.txt`, too."""
_MOST_BYTES = 200


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    attempts = _attempts(tree)
    if attempts:
        is_of_one = len({match["assignment"] for match in attempts}) == 1  # else a newer one would be another's
        return _newest(tree, attempts) if is_of_one else ()
    told = {top: _stamps(tree.below(top)) for top in tree.tops() if _is_students(tree, top)}
    stamped = sum(any(each) for each in told.values())
    is_nbgraders = 2 * stamped > len(told) if _others(tree) else stamped > 0
    return [_submitted(tree, top, told[top]) for top in told] if is_nbgraders else ()


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


def _submitted(tree: Tree, student: str, stamps: Sequence[str | None]) -> HandIn:
    """Which of several assignments is graded is not known here, and so no time."""
    return _hand_in(tree, student, student, stamps[0] if len(stamps) == 1 else None)


def _hand_in(tree: Tree, top: str, student: str, at: str | None) -> HandIn:
    files = files_in(tree, top)
    own = {name: path for name, path in files.items() if name.rpartition("/")[2] != STAMP}
    return HandIn(Entry(student, student, top, Place(""), at), own or files)


def _stamps(inside: Tree) -> list[str | None]:
    """The times of a student's assignments, None for what is not nbgrader's."""
    names = [name for name in inside.files if STAMP in (name, name.partition("/")[2])]
    texts = (inside.files[name](_MOST_BYTES).decode("utf-8-sig", "replace").strip() for name in names)
    return [moment_in_utc(text) if (match := _STAMPED.fullmatch(text)) is None else _time(match) for text in texts]


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


PLATFORM = Platform("nbgrader", _hand_ins, "`jane/ps2/timestamp.txt`", others=_others)
