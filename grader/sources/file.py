"""A submission that is one file: Python or a Jupyter notebook."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from grader.errors import PathRejected
from grader.records import Content, Entry
from grader.sources.base import Source
from grader.sources.notebook import MAX_NOTEBOOK_BYTES
from grader.sources.text import MAX_BYTES


def _entries(path: Path) -> list[Entry]:
    return [Entry(path.stem, path.stem, str(path), partial(_read, path))]


def _read(path: Path, functions: Sequence[str]) -> Content:
    """The file's bytes; raises PathRejected where the path leads to no file that can be read."""
    try:
        if not path.is_file():
            raise PathRejected(f"{path}: {'is not a regular file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            return Content(path.name, file.read(max(MAX_BYTES, MAX_NOTEBOOK_BYTES) + 1))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PathRejected(f"{path}: cannot be read: {reason}") from error


SOURCE = Source(rank=100, accepts=lambda path: True, entries=_entries)
