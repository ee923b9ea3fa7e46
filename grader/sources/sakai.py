"""Sakai: "Download All" of an assignment, `<assignment>/<Last, First(id)>/Submission attachment(s)/<file>`.

Beside the attachments lie `timestamp.txt` and, for typed work, `<who>_submissionText.html`; at the top `grades.csv`.
Without folders all lie in one, as `<who>_Submission attachment(s)_<file>`, `<who>_timestamp.txt`.
The name of the folder of attachments is in the site's language. Of several pairs of parentheses the last holds the id.
A group's folder is called after one of its members alone, without an id: `Jane Doe/`. In it lies `members.txt`, which
names everybody: `Doe, Jane(jdoe7); Lee, Bo(bl2)`, with letters beyond ASCII as HTML has them. What the group is called
is told nowhere. The time is ISO 8601, and in exports of older versions 17 digits, as their `MyTime` writes it: year to
millisecond, in UTC.
Source: `zipSubmissions` and `zipGroupSubmissions` in `AssignmentServiceImpl` of sakaiproject/sakai.
"""

import html
import re
from collections.abc import Sequence

from grader.records import Entry, Member, Place
from grader.sources.moments import moment
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform
from grader.sources.tree import Tree

_FOLDER = re.compile(r"(?P<name>.*)\((?P<id>[^()]+)\)")
_FLAT = re.compile(r"(?P<who>(?P<name>.*?)\((?P<id>[^()]+)\))_(?P<what>.+)")
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\d{3}")
_MEMBER = re.compile(r"\s*(?P<name>.+?)\((?P<id>[^()]+)\)\s*(?:;|$)")
_STAMP, _MEMBERS = "timestamp.txt", "members.txt"
_MOST_BYTES, _MOST_BYTES_OF_MEMBERS = 200, 64 * 1024


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    return _in_folders(tree) or _without_folders(tree)


def _without_folders(tree: Tree) -> Sequence[HandIn]:
    found: dict[str, tuple[Entry, dict[str, str]]] = {}
    is_sakais = False
    for top in tree.tops():
        match = None if tree.is_folder(top) else _FLAT.fullmatch(top)
        if match is None:
            continue
        what = match["what"]
        who = Entry(match["id"], _in_order(match["name"]), top, Place(""), _time(tree, f"{match['who']}_{_STAMP}"))
        _, files = found.setdefault(match["id"], (who, {}))
        files[what.partition("_")[2] or what] = top
        is_sakais = is_sakais or what == _STAMP or "attachment" in what
    hand_ins = [HandIn(who, {own: top for own, top in files.items() if own != _STAMP} or files)
                for who, files in found.values()]  # fmt: skip
    return hand_ins if is_sakais else ()


def _in_folders(tree: Tree) -> Sequence[HandIn]:
    found: list[HandIn] = []
    has_stamp = False
    for top in tree.tops():
        inside = tree.below(top) if tree.is_folder(top) else None
        who = None if inside is None else _who(top, inside)
        names = () if inside is None else inside.names()
        if (
            inside is None
            or who is None
            or not any("/" in name or name == _STAMP or name in inside.odd for name in names)
        ):
            continue
        has_stamp = has_stamp or _STAMP in inside.files
        own = [name for name in names if name not in (_STAMP, _MEMBERS)] or names
        found.append(HandIn(who, {name: f"{top}/{name}" for name in own}))
    return found if has_stamp or any("attachment" in name for one in found for name in one.files) else ()


def _who(folder: str, inside: Tree) -> Entry | None:
    """Whose a folder is; None where it is not called as Sakai calls one."""
    match, members = _FOLDER.fullmatch(folder), _members(inside)
    if match is not None and not members:
        members = (Member(match["id"], _in_order(match["name"])),)
    if not members:
        return None
    names = ", ".join(one.name for one in members)
    if len(members) == 1:
        return Entry(members[0].id, names, folder, Place(""), _time(inside))
    return Entry(members[0].id, names, folder, Place(""), _time(inside), group=names, members=members)


def _members(inside: Tree) -> tuple[Member, ...]:
    """Everybody of a group; nobody where it is none."""
    if _MEMBERS not in inside.files:
        return ()
    text = html.unescape(inside.files[_MEMBERS](_MOST_BYTES_OF_MEMBERS).decode("utf-8", "replace"))
    return tuple(Member(match["id"], _in_order(match["name"])) for match in _MEMBER.finditer(text))


def _in_order(name: str) -> str:
    """A name as it is spoken.

    >>> _in_order("Smith, Jr., Robert"), _in_order("Cher,")
    ('Robert Smith, Jr.', 'Cher')
    """
    last, _, first = name.rpartition(", ")
    return f"{first} {last}".strip().rstrip(",")


def _time(tree: Tree, stamp: str = _STAMP) -> str | None:
    if stamp not in tree.files:
        return None
    text = tree.files[stamp](_MOST_BYTES).decode("utf-8-sig", "replace").strip()
    if digits := _DIGITS.fullmatch(text):
        year, month, day, hour, minute, second = digits.groups()
        return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
    return moment(text)


def _others(tree: Tree) -> Sequence[str]:
    in_folders = {one.who.source for one in _in_folders(tree)}
    odd = (top for top in tree.tops() if top not in in_folders and not is_instructors(top))
    return [top for top in odd if in_folders or tree.is_folder(top) or _FLAT.fullmatch(top) is None]


PLATFORM = Platform("Sakai", _hand_ins, "`Doe, Jane(jdoe7)/timestamp.txt`", others=_others)
