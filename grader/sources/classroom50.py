"""classroom50: `gh teacher download`, a folder of repositories `<classroom>-<assignment>-<login>`.

`scores.csv` beside them tells names and addresses, and each submission of everybody, the newest first: when it was
handed in, and whether that was late. It alone is believed: `result.json` in a repository may be the student's own.
Members of a group have the same submissions, and one repository, its owner's; a cell that would be a formula has a `'`
before it. With `--by-pattern` there is no such file, and the folder around has to tell what logins begin after.
Source: `cli/gh-teacher/internal/download` of foundation50/classroom50.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from grader.records import Entry, Member, Place
from grader.sources.archives import is_archive, stem
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform, files_in
from grader.sources.tree import Tree

_SCORES = "scores.csv"
_COLUMNS = {"username", "first_name", "last_name", "email", "datetime", "submission_tag", "review_url", "late"}
_AROUND = re.compile(r"(?P<of>.+)_submissions_\d{4}_\d\d_\d\d_T_\d\d_\d\d_\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MOST_BYTES = 64 * 1024 * 1024
Row = Mapping[str, str]


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    newest = _newest_rows(tree)
    return [_hand_in(tree, top, login, newest) for top, login in _logins(tree, newest).items()]


def _logins(tree: Tree, newest: Mapping[str, Row]) -> Mapping[str, str]:
    """Whose the repositories are, in lower case, which may be longer."""
    folders = [top for top in tree.tops() if top not in tree.files]
    before = _before(tree, folders, newest)
    logins = {top: top.lower()[len(before) :] for top in folders if before and top.lower().startswith(before)}
    return {top: login for top, login in logins.items() if login}


def _before(tree: Tree, folders: Sequence[str], newest: Mapping[str, Row]) -> str:
    """What repositories' names begin with: told by the folder around, or else by whose most of them are."""
    folder = tree.label.rpartition("/")[2]
    around = _AROUND.fullmatch(stem(folder) if is_archive(folder) else folder)
    if around is not None:
        return f"{around['of'].lower()}-"
    parts = [top.lower().split("-") for top in folders] if newest else []
    could = Counter(
        f"{'-'.join(each[:k])}-" for each in parts for k in range(1, len(each)) if "-".join(each[k:]) in newest
    )
    return could.most_common(1)[0][0] if could else ""


def _others(tree: Tree) -> Sequence[str]:
    own = _logins(tree, _newest_rows(tree))
    return [top for top in tree.tops() if top not in own and not (top in tree.files and is_instructors(top))]


def _newest_rows(tree: Tree) -> dict[str, Row]:
    """What is told of everybody's newest submission, by their logins in lower case; nothing where nothing is told."""
    if _SCORES not in tree.files:
        return {}
    text = tree.files[_SCORES](_MOST_BYTES).decode("utf-8-sig", "replace")
    table = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if not set(table.fieldnames or ()) >= _COLUMNS:
            return {}
        rows = [{name: _plain(row[name] or "") for name in _COLUMNS} for row in table]
    except csv.Error:
        return {}
    newest: dict[str, Row] = {}
    for row in rows:
        newest.setdefault(row["username"].lower(), row)
    return newest


def _plain(cell: str) -> str:
    return cell[1:] if re.match(r"'[=+@\t\r-]", cell) else cell


def _hand_in(tree: Tree, repository: str, login: str, newest: Mapping[str, Row]) -> HandIn:
    own = newest.get(login)
    files = files_in(tree, repository)
    if own is None:
        return HandIn(Entry(login, login, repository, Place("")), files)
    key = (own["submission_tag"], own["review_url"])
    same = [row for row in newest.values() if all(key) and (row["submission_tag"], row["review_url"]) == key]
    members = tuple(_member(row) for row in same) if len(same) > 1 else ()
    one, names = _member(own), ", ".join(member.name for member in members)
    at = own["datetime"] if _TIME.fullmatch(own["datetime"]) else None
    late = {"true": True, "false": False}.get(own["late"])
    who = Entry(one.id, names or one.name, repository, Place(""), at, one.email, names or None, late, members)
    return HandIn(who, files)


def _member(row: Row) -> Member:
    name = f"{row['first_name']} {row['last_name']}".strip()
    return Member(row["username"], name or row["username"], row["email"] or None)


PLATFORM = Platform("classroom50", _hand_ins, "`cs-hw2-jane/` beside `scores.csv`", others=_others)
