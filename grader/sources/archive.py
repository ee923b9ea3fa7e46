"""A `.zip`: one submission, or a class."""

import zipfile
from functools import partial
from pathlib import Path

from grader.records import Entry
from grader.sources.base import Source
from grader.sources.tree import entries_of, tree_of_zip


def _entries(path: Path) -> list[Entry]:
    return entries_of(tree_of_zip(str(path), partial(zipfile.ZipFile, path)), path.stem)


SOURCE = Source(rank=50, accepts=lambda path: path.suffix.lower() == ".zip" and path.is_file(), entries=_entries)
