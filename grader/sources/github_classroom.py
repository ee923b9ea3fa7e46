"""GitHub Classroom: `gh classroom clone student-repos`, `<slug>-submissions/<repository>/`.

A repository is called `<slug>-<login>` or, for a team, `<slug>-<team>`; which of both is not told. What is there is the
newest push; when that was is in `.git` alone. Source: `cmd/gh-classroom/clone/student-repos` of github/gh-classroom.
"""

import re
from collections.abc import Sequence

from grader.records import Entry, Place
from grader.sources.archives import is_archive, stem
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform, files_in
from grader.sources.tree import Tree

_AROUND = re.compile(r"(?P<slug>.+)-submissions")


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    before, repositories = _repositories(tree)
    return [_hand_in(tree, top, top[len(before) :]) for top in repositories]


def _repositories(tree: Tree) -> tuple[str, list[str]]:
    """What their names begin with, and which there are."""
    folder = tree.label.rpartition("/")[2]
    around = _AROUND.fullmatch(stem(folder) if is_archive(folder) else folder)
    before = "" if around is None else f"{around['slug']}-"
    tops = tree.tops() if before else ()
    return before, [top for top in tops if top not in tree.files and top.startswith(before) and top != before]


def _others(tree: Tree) -> Sequence[str]:
    own = {*_repositories(tree)[1]}
    return [top for top in tree.tops() if top not in own and not (top in tree.files and is_instructors(top))]


def _hand_in(tree: Tree, repository: str, login: str) -> HandIn:
    return HandIn(Entry(login, login, repository, Place("")), files_in(tree, repository))


PLATFORM = Platform("GitHub Classroom", _hand_ins, "`hw2-jane/` in `hw2-submissions`", others=_others)
