"""What belongs to a results folder: one assignment, and the places that its submissions come from."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.store import Store
from grader.database import FILENAME
from grader.errors import UsageError
from grader.records import Entry
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
        named = [entry.source for entry in entries] == [str(path) for path in paths] and len(entries) == 1
        return cls({entry.id: os.path.realpath(_path_of(entry, paths)) for entry in entries}, named)


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
        raise UsageError(
            f"{folder}: is not empty and not a results folder ({_some(names)}); choose another one (--out)"
        )


def claim(store: Store, rubric: WholeRubric, origins: Origins, *, add: bool) -> None:
    """Make sure that these submissions belong to this results folder, and note that they do.

    Raises:
        UsageError: where the folder belongs to another assignment, or has the same ids from another place, unless
            `add` says that both belong together.
    """
    last = store.last_run()
    if not add and last is not None and last.rubric.name != rubric.name:
        raise UsageError(f"{store.path.parent}: holds another assignment, {last.rubric.name!r}: {_WAY_OUT}")
    strange = {} if add or origins.named else _from_elsewhere(store, origins.roots)
    if strange:
        where = next(iter(strange.values()))
        raise UsageError(f"{store.path.parent}: already has {_some(sorted(strange))} from {where}: {_WAY_OUT}")
    store.add_roots(sorted(set(origins.roots.values())))


def _from_elsewhere(store: Store, roots: Mapping[str, str]) -> dict[str, str]:
    """The ids that the store has from other places, with the latest; where one is gone, the class has been moved."""
    known, stored = store.roots(), store.roots_by_id()
    new = {root for root in roots.values() if not any(same_place(root, other) for other in known)}
    found = {}
    for id, root in roots.items():
        places = [os.path.realpath(place) for place in stored.get(id, ())] if root in new else []
        if places and all(os.path.exists(place) and not same_place(root, place) for place in places):  # noqa: PTH110  # Path raises where it may not look
            found[id] = places[0]
    return found


def _path_of(entry: Entry, paths: Sequence[Path]) -> Path:
    """The longest of these paths that an entry's source begins with."""
    fitting = [path for path in paths if same_place(str(path), entry.source)]
    return max(fitting or paths, key=lambda path: len(str(path)))


def _some(names: Sequence[str]) -> str:
    """The first few names.

    >>> _some("abcdef")
    'a, b, c and 3 more'
    """
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
