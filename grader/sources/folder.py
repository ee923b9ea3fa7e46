"""A folder: one submission, or a class of files, archives and sub-folders."""

from pathlib import Path

from grader.records import Entry
from grader.sources.base import Source
from grader.sources.tree import entries_of, tree_of_folder


def _entries(path: Path) -> list[Entry]:
    return entries_of(tree_of_folder(path), path.resolve().name)


SOURCE = Source(rank=50, accepts=Path.is_dir, entries=_entries)
