"""What belongs to a results folder: one assignment, and the places that its submissions come from."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.classroom.attempts import Attempt
from grader.classroom.conditions import Run
from grader.classroom.store import Store
from grader.database import FILENAME
from grader.errors import UsageError
from grader.records import Entry, Who
from grader.rubric.model import WholeRubric

_WAY_OUT = "write to another folder (--out DIR) or, if both belong together, add --add"
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the submissions of a run lie."""

    roots: Mapping[str, str]
    """By id, the path on the command line that it was found at, without links."""
    named: bool
    """One submission was named for itself: it is that person's newest, wherever the others lie."""

    @classmethod
    def of(cls, entries: Sequence[Entry], paths: Sequence[Path]) -> "Origins":
        """The origins of entries that were found at some paths."""
        named = False
        if len(entries) == len(paths) == 1:  # an archive, too, that is called like its person and has a folder in it
            one, path = entries[0], paths[0]
            named = one.source == str(path) or (path.is_file() and path.name.startswith(f"{one.id}."))
        real = {path: os.path.realpath(path) for path in paths}
        return cls({entry.id: real[_path_of(entry, paths)] for entry in entries}, named)


def same_place(one: str, other: str) -> bool:
    """Whether two places are the same, or one lies in the other.

    >>> same_place("/hw2", "/hw2/ann.py"), same_place("/hw2", "/hw22")
    (True, False)
    """
    one, other = (place.rstrip(os.sep) + os.sep for place in (one, other))
    return one.startswith(other) or other.startswith(one)


def check_folder(folder: Path, paths: Iterable[Path]) -> None:
    """Make sure that results may be written here, before anything is.

    Raises:
        UsageError: where that is what is graded, or holds what is not ours.
    """
    if any(os.path.realpath(folder) == os.path.realpath(path) for path in paths):
        raise UsageError(
            f"{folder}: is the class itself, so results cannot be written there; choose another folder (--out)"
        )
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return
    except OSError as error:  # a file, too
        raise UsageError(f"{folder}: cannot be used as a results folder: {error.strerror}") from error
    if names and FILENAME not in names:
        raise UsageError(f"{folder}: is not empty and not a results folder ({some(names)}); choose another one (--out)")


def claim(store: Store, rubric: WholeRubric, origins: Origins, *, add: bool, in_rounds: bool = False) -> list[str]:
    """Make sure that these submissions belong to this results folder, and note that they do.

    Args:
        store: of the folder.
        rubric: what they are going to be graded by.
        origins: of the submissions.
        add: whether they belong together with whatever the folder has.
        in_rounds: whether the rest of the class follows in other rounds.

    Returns:
        The rest of the class, where it has to be marked again, by this rubric.

    Raises:
        UsageError: where the folder belongs to another assignment, or has the same ids from another place, or others
            would stay marked by another rubric, unless `add` says that both belong together.
    """
    last = store.last_run()
    if not add and last is not None and last.rubric.name != rubric.name:
        names = f"{last.rubric.name!r} by the `name` in its rubric, and this one is {rubric.name!r}"
        raise UsageError(f"{store.path.parent}: holds another assignment, {names}: {_WAY_OUT}")
    is_same = add or in_rounds or last is None or last.rubric == rubric
    rest = [] if is_same or last is None else _rest(store, origins, last, rubric)
    strange = {} if add or origins.named else _from_elsewhere(store, origins.roots)
    if strange:
        where = next(iter(strange.values()))
        raise UsageError(
            f"{store.path.parent}: already has {some(sorted(strange))} from {where}: {_WAY_OUT} (the same class, "
            "downloaded again, does)"
        )
    store.add_roots(sorted(set(origins.roots.values())))
    return rest


def _rest(store: Store, origins: Origins, last: Run, rubric: WholeRubric) -> list[str]:
    """The rest of the class, which another rubric, seed or due time marks again by what was found before.

    Raises:
        UsageError: where one submission was named for itself, or somebody would have to be run again.
    """
    rest = sorted(set(store.ids()) - set(origins.roots))
    keys = [replace(last, rubric=rubric).key(timing=timing) for timing in (True, False)]
    left = rest if origins.named else [one.id for one in store.latest(rest) if one.run_key not in keys]
    if left:
        before = f"{last.rubric.name!r} ({last.rubric.sha256[:12]}, seed {last.rubric.seed})"
        raise UsageError(
            f"{store.path.parent}: {some(left)} would stay marked as before, by {before}, while this run has another "
            "rubric, seed or due time. Leave out --rubric, --seed and --due to grade as before, grade the whole class "
            f"again, or {_WAY_OUT}"
        )
    return rest


def _from_elsewhere(store: Store, roots: Mapping[str, str]) -> dict[str, str]:
    """The ids that the store has from other places, with the latest; where one is gone, the class has been moved.

    Whoever handed in nothing there is from nowhere.
    """
    known, stored, nothing = store.roots(), store.roots_by_id(), store.missing()
    new = {root for root in roots.values() if not any(same_place(root, other) for other in known)}
    found = {}
    for id, root in roots.items():
        if id in nothing:
            continue
        places = [os.path.realpath(place) for place in stored.get(id, ())] if root in new else []
        if places and all(os.path.exists(place) and not same_place(root, place) for place in places):  # noqa: PTH110  # Path raises where it may not look
            found[id] = places[0]
    return found


def is_older(store: Store, attempt: Attempt, who: Who, sha256: str, origins: Origins) -> bool:
    """Whether a hand-in is older than somebody's last attempt, which came from elsewhere.

    By the times of both, where they are known. Otherwise it is, where the store has the same text from another place
    than that of the last attempt, so that it has been replaced since.

    Args:
        store: of the folder.
        attempt: the last one of that person.
        who: of the hand-in.
        sha256: of its text.
        origins: of this run. What is named for itself is never older.
    """
    there, here = attempt.root, origins.roots[who.id]
    if origins.named or there is None or same_place(there, here):
        return False
    last, this = (one.submitted_at and datetime.fromisoformat(one.submitted_at) for one in (attempt.who, who))
    if last and this and last != this and (last.tzinfo is None) == (this.tzinfo is None):
        return last > this
    if attempt.sha256 == sha256:
        return False
    return any(not same_place(there, root) for root in store.roots_of(attempt.id, sha256))


def _path_of(entry: Entry, paths: Sequence[Path]) -> Path:
    """The longest of these paths that an entry's source begins with."""
    fitting = [path for path in paths if same_place(str(path), entry.source)]
    return max(fitting or paths, key=lambda path: len(str(path)))


def some(names: Sequence[str]) -> str:
    """The first few names.

    >>> some("abcdef")
    'a, b, c and 3 more'
    """
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
