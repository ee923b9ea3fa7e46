"""Blackboard Original: "Assignment File Download", a flat zip of all attempts.

`<column>_<username>_attempt_<YYYY-MM-DD-hh-mm-ss>_<file>`, and `<...>.txt` for each attempt, which tells the name:
`Name: Jane Doe (jdoe7)`, and pairs of `Original filename:` and `Filename:`. Usernames may hold `_`, so what the text
says counts. The newest attempt counts; its time is the server's, without a zone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.records import Entry, Place
from grader.sources.platforms import HandIn, Platform, newest, unpacked
from grader.sources.tree import Tree

_NAME = re.compile(
    r"(?P<attempt>.+?_(?P<user>[^_]+)_attempt_(?P<at>\d{4}(?:-\d\d){5}))(?:_(?P<file>.+)|(?P<text>\.txt))",
    re.DOTALL,
)
_WHO = re.compile(r"^Name:(?P<name>.*)\((?P<user>[^()\n]+)\)[^\S\n]*$", re.MULTILINE)
_FILE = re.compile(r"^[^\S\n]*Original filename:(?P<own>.+)\n[^\S\n]*Filename:(?P<file>.+)$", re.MULTILINE)
"""Students write in these texts, too: so no place is looked at twice, and spaces are taken off afterwards."""
_MOST_BYTES = 256 * 1024


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    attempts: dict[str, dict[str, str]] = {}
    found: dict[str, dict[str, HandIn]] = {}
    columns: dict[str, str] = {}
    matches = [match for top in tree.tops() if (match := _NAME.fullmatch(top)) is not None]
    for match in matches:
        files = attempts.setdefault(match["attempt"], {})
        if match["file"]:
            files |= unpacked(tree, match[0], match["file"])
    for match in {match["attempt"]: match for match in matches}.values():
        files, text = attempts[match["attempt"]], _text_of(tree, f"{match['attempt']}.txt")
        told = _WHO.search(text)
        user, name = (told["user"], told["name"].strip()) if told is not None else (match["user"], match["user"])
        at = f"{match['at'][:10]}T{match['at'][11:].replace('-', ':')}"
        who = Entry(user, name, match[0], Place(""), at)
        if told is not None:  # or where the username begins is not known
            columns.setdefault(match["attempt"].removesuffix(f"_{user}_attempt_{match['at']}"), match[0])
        hand_in = HandIn(who, _called(files, text) or {"text alone": f"{match['attempt']}.txt"})
        found.setdefault(user, {}).setdefault(at, hand_in)
    one, other, *_ = *columns.values(), "", ""
    problem = f"{one} and {other} are of two assignments: keep one's download" if other else ""
    return [replace(hand_in, problem=problem) for hand_in in newest(found.values())]


def _text_of(tree: Tree, name: str) -> str:
    return tree.files[name](_MOST_BYTES).decode("utf-8-sig", "replace") if name in tree.files else ""


def _called(files: Mapping[str, str], text: str) -> dict[str, str]:
    """The files under the names that the person gave them, as far as the text tells."""
    own = {match["file"].strip(): match["own"].strip().rpartition("/")[2] for match in _FILE.finditer(text)}
    return {own.get(name, short): name for short, name in files.items()}


PLATFORM = Platform("Blackboard", _hand_ins, "`A2_jdoe7_attempt_2026-02-03-14-05-09_a2.zip`")
