"""Gradescope: "Export Submissions" of a programming assignment.

`assignment_<id>_export/submission_metadata.yml` beside a folder `submission_<id>/` for each hand-in. The metadata are
YAML with Ruby's symbols for keys: `:submitters` is a list of people with `:name`, `:sid` and `:email`, any of which may
be missing; groups have several. `:created_at` is UTC where it has no offset. Everything is read as text, so that ids
keep leading zeros.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.records import Entry, Member, Place
from grader.sources.moments import moment_in_utc
from grader.sources.platforms import HandIn, Platform
from grader.sources.tree import Tree

METADATA = "submission_metadata.yml"
_MOST_BYTES = 64 * 1024 * 1024
_FOLDER = re.compile(r"submission_\d+")
_NOTHING = frozenset({"~", "null"})
"""How YAML says that there is none, which the base loader takes for text."""


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    if METADATA not in tree.files:
        return ()
    told = _metadata(tree.files[METADATA](_MOST_BYTES))
    folders = sorted(name for name in {*tree.tops(), *told} if _FOLDER.fullmatch(name))
    return [_hand_in(tree, folder, told.get(folder)) for folder in folders]


def _metadata(data: bytes) -> Mapping[str, Any]:
    """What the file says; nothing where it is damaged, so that the folders' names are all that is known."""
    import yaml  # noqa: PLC0415  # only such an export needs it

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        found = yaml.load(data, Loader=loader)  # a base loader makes text, lists and dicts of everything
    except (yaml.YAMLError, UnicodeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _hand_in(tree: Tree, folder: str, told: Any) -> HandIn:
    told = told if isinstance(told, dict) else {}
    people = told.get(":submitters")
    members = [_member(one) for one in people if isinstance(one, dict)] if isinstance(people, list) else []
    members = [one for one in members if one.id]
    inside = tree.below(folder)
    files = {name: f"{folder}/{name}" for part in (inside.files, inside.odd, inside.denied) for name in part}
    files = files or {folder: folder}  # empty, or missing in an export that was cut off
    if not members:
        return HandIn(Entry(folder, folder, folder, Place(""), _time(told)), files)
    names = ", ".join(one.name for one in members)
    several = len(members) > 1
    who = Entry(
        members[0].id, names, folder, Place(""), _time(told), members[0].email, names if several else None,
        members=tuple(members) if several else (),
    )  # fmt: skip
    return HandIn(who, files)


def _member(told: Mapping[str, Any]) -> Member:
    """Whose id is their student id or else their address, as text."""
    name, sid, email = (told.get(key) for key in (":name", ":sid", ":email"))
    known = [value.strip() if isinstance(value, str) else "" for value in (name, sid, email)]
    texts = [known[0], *("" if value in _NOTHING else value for value in known[1:])]
    return Member(texts[1] or texts[2] or texts[0], texts[0] or texts[1] or texts[2], texts[2] or None)


def _time(told: Mapping[str, Any]) -> str | None:
    return moment_in_utc(str(told.get(":created_at", "")))


PLATFORM = Platform("Gradescope", _hand_ins, f"`{METADATA}` beside `submission_1234/`", told_in=METADATA,
                    is_nameless=_FOLDER.fullmatch)  # fmt: skip
