"""Autolab: "Download all submissions" of an assessment, a flat zip `<email>_<version>_<file>`.

Each `_` in the assessment's name for a hand-in moves the address one place to the right: `3_<email>_my_handin.py`.
Every version is there, and the newest counts. Source: `app/controllers/submissions_controller.rb` of autolab/Autolab.
"""

import re
from collections.abc import Sequence

from grader.records import Entry, Place
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform, is_most, newest
from grader.sources.prairielearn import PLATFORM as PRAIRIELEARN
from grader.sources.tree import Tree

_NAME = re.compile(
    r"(?:annotated_)?(?:(?P<email>.+?@[^_/]+)_(?P<version>\d+)|(?P<version2>\d+)_(?P<email2>.+?@[^_/]+))_(?P<file>.+)",
    re.DOTALL,
)


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    if is_most(PRAIRIELEARN, PRAIRIELEARN.hand_ins(tree), tree):  # as far as we look at names, its could be ours
        return ()
    found: dict[str, dict[int, HandIn]] = {}
    for top in tree.tops():
        match = _match(tree, top)
        if match is None:
            continue
        email, version = match["email"] or match["email2"], int(match["version"] or match["version2"])
        who = Entry(email, email, top, Place(""), email=email)
        found.setdefault(email, {}).setdefault(version, HandIn(who, {match["file"]: top}))
    return newest(found.values())


def _match(tree: Tree, top: str) -> re.Match[str] | None:
    return None if tree.is_folder(top) else _NAME.fullmatch(top)


def _others(tree: Tree) -> Sequence[str]:
    return [top for top in tree.tops() if _match(tree, top) is None and not is_instructors(top)]


PLATFORM = Platform("Autolab", _hand_ins, "`jane@x.edu_1_layers.py`", others=_others)
