"""Results that are there already."""

from pathlib import Path

from grader.classroom.store import Store
from grader.database import FILENAME
from grader.errors import UsageError, named_paths


def open_results(folder: Path) -> Store:
    """The store of a results folder, to be read only.

    Raises:
        UsageError: where there is none, or where we may not read it.
    """
    with named_paths():
        if not (folder / FILENAME).is_file():
            raise UsageError(
                f"{folder} is not a results folder (no {FILENAME} in it); `grade CLASS --out {folder}` makes one"
            )
        return Store(folder, read_only=True)


def twins_in(store: Store) -> dict[str, tuple[str, ...]]:
    """By id, the other submissions whose functions are the same."""
    keys = store.functions_keys()
    groups: dict[str, list[str]] = {}
    for id, key in keys.items():
        groups.setdefault(key, []).append(id)
    return {id: tuple(other for other in groups[key] if other != id) for id, key in keys.items()}
