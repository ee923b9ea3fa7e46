"""Results that are there already."""

from pathlib import Path

from grader.database import FILENAME
from grader.errors import UsageError, named_paths
from grader.store import Store


def open_results(folder: Path) -> Store:
    """The store of a results folder, to be read only.

    Raises:
        UsageError: where there is none.
    """
    with named_paths():
        is_there = (folder / FILENAME).is_file()
    if not is_there:
        raise UsageError(f"{folder} is not a results folder: there is no {FILENAME} in it")
    return Store(folder, read_only=True)


def twins_in(store: Store) -> dict[str, tuple[str, ...]]:
    """By id, the other submissions whose functions are the same."""
    keys = store.functions_keys()
    groups: dict[str, list[str]] = {}
    for id, key in keys.items():
        groups.setdefault(key, []).append(id)
    return {id: tuple(other for other in groups[key] if other != id) for id, key in keys.items()}
