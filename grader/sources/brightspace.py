"""Brightspace (D2L): "Download" of an assignment's files, a folder for each hand-in beside `index.html`, or flat.

`<number>-<number> - <name> - <Oct 3, 2025 922 PM>/<file>`, flat with ` - <file>` behind it. Which of the numbers is the
student's is not told anywhere, so both together are the id. Of several hand-ins of a person the newest counts. The time
is the course's, and which zone that is is not told either.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from grader.records import Entry, Place
from grader.sources.platforms import HandIn, Platform, newest
from grader.sources.tree import Tree

_TIME = r"(?P<at>[A-Z][a-z]{2} \d{1,2}, \d{4} \d{3,4} [AP]M)"
_FOLDER = re.compile(rf"(?P<id>\d+-\d+) - (?P<name>[^/]+) - {_TIME}(?:/(?P<file>.+))?", re.DOTALL)
"""What a person is called may look like a time, and stands before it."""
_FLAT = re.compile(rf"(?P<id>\d+-\d+) - (?P<name>.+?) - {_TIME} - (?P<file>.+)", re.DOTALL)
"""What a file is called may look like a time, and stands behind it."""


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    found: dict[str, dict[str, tuple[Entry, dict[str, str]]]] = {}
    for name in (*tree.files, *tree.odd, *tree.denied):
        match = _FOLDER.fullmatch(name) or _FLAT.fullmatch(name)
        at = _time(match["at"]) if match is not None else None
        if match is None or at is None:
            continue
        who = Entry(match["id"], match["name"], name.partition("/")[0], Place(""), at)
        _, files = found.setdefault(match["id"], {}).setdefault(at, (who, {}))
        files[match["file"] or name] = name
    return newest({at: HandIn(*one) for at, one in attempts.items()} for attempts in found.values())


def _time(text: str) -> str | None:
    """The course's time as ISO 8601 without a zone.

    >>> _time("Oct 3, 2025 922 PM")
    '2025-10-03T21:22:00'
    """
    day, _, clock = text.partition(", ")
    year, digits, half = clock.split()
    try:
        return datetime.strptime(f"{day} {year} {digits:0>4} {half}", "%b %d %Y %I%M %p").isoformat()
    except ValueError:
        return None


PLATFORM = Platform("Brightspace", _hand_ins, "`3-64 - Jane Doe - Oct 3, 2025 922 PM/`")
