"""Moodle: "Download all submissions" of an assignment, with a folder for each person or, folders off, flat.

`<full name>_<participant>_assignsubmission_file/<sub-folders>/<file>`; before Moodle 4.1 the folder's name ends in `_`;
flat it is `..._assignsubmission_file_<file>`. Typed work is `..._assignsubmission_onlinetext/onlinetext.html`. In names
a space stands for `_`. Of teams since 4.1 the name and the number are the group's, and work of nobody's group has no
number. A participant has another number in each assignment.
Source: `mod/assign/classes/downloader.php` of moodle/moodle.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.records import Entry, Place
from grader.sources.platforms import HandIn, Platform
from grader.sources.tree import Tree

_NAME = re.compile(
    r"(?P<name>[^_/]+?)(?:_(?P<participant>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_?/(?P<path>.+)|_(?P<file>.+)|_?)",
    re.DOTALL,
)


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    found: dict[str, tuple[Entry, dict[str, str]]] = {}
    for name in (*tree.files, *tree.odd, *tree.denied):
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        key = match["participant"] or match["name"]
        who = Entry(key, match["name"], name.partition("/")[0], Place(""))
        _, files = found.setdefault(key, (who, {}))
        files[match["path"] or match["file"] or name] = name
    problem = _mixed([who for who, _ in found.values()])
    times = Counter(who.name for who, _ in found.values())
    return [HandIn(_told_apart(found[key][0], times), found[key][1], problem) for key in sorted(found)]


def _told_apart(who: Entry, times: Mapping[str, int]) -> Entry:
    """With the number in the name where others have the same one: all are Participant where marking is anonymous."""
    return who if times[who.name] == 1 else replace(who, name=f"{who.name} {who.id}")


def _mixed(people: Sequence[Entry]) -> str:
    """Why this is of two assignments: most names have several numbers, which each assignment gives anew. Else empty."""
    of_name: dict[str, list[Entry]] = {}
    for one in people:
        of_name.setdefault(one.name, []).append(one)
    several = [own for own in of_name.values() if len(own) > 1]
    if len(several) < 2 or 2 * len(several) < len(of_name):  # where names are hidden, all have the same
        return ""
    one, other, *_ = several[0]
    return f"{one.source} and {other.source} are of two assignments: keep one's download"


PLATFORM = Platform("Moodle", _hand_ins, "`Jane Doe_12345_assignsubmission_file/`")
