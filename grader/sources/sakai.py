"""Sakai: "Download All" of an assignment, `<assignment>/<Last, First(id)>/Submission attachment(s)/<file>`.

Beside the attachments lie `timestamp.txt` and, for typed work, `<who>_submissionText.html`; at the top `grades.csv`.
The name of the folder of attachments is in the site's language. Of several pairs of parentheses the last holds the id.
Source: `AssignmentServiceImpl` of sakaiproject/sakai.
"""

import re
from collections.abc import Sequence

from grader.records import Entry, Place
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform
from grader.sources.tree import Tree

_FOLDER = re.compile(r"(?P<name>.*)\((?P<id>[^()]+)\)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?")
_STAMP = "timestamp.txt"
_MOST_BYTES = 200


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    found: list[HandIn] = []
    has_stamp = False
    for top in tree.tops():
        match = _FOLDER.fullmatch(top)
        if match is None or not tree.is_folder(top):
            if not is_instructors(top):
                return ()
            continue
        inside = tree.below(top)
        names = [*inside.files, *inside.odd, *inside.denied]
        if not any("/" in name or name == _STAMP for name in names):
            return ()
        last, _, first = match["name"].rpartition(", ")
        who = Entry(match["id"], f"{first} {last}".strip(), top, Place(""), _time(inside))
        has_stamp = has_stamp or _STAMP in inside.files
        own = [name for name in names if name != _STAMP] or names
        found.append(HandIn(who, {name: f"{top}/{name}" for name in own}))
    return found if has_stamp or any("attachment" in name for one in found for name in one.files) else ()


def _time(inside: Tree) -> str | None:
    if _STAMP not in inside.files:
        return None
    text = inside.files[_STAMP](_MOST_BYTES).decode("utf-8", "replace").strip()
    return text.replace(" ", "T", 1) if _TIME.fullmatch(text) else None


PLATFORM = Platform("Sakai", _hand_ins, "`Doe, Jane(jdoe7)/timestamp.txt`")
