"""The pages that lie in a results folder. A name that is asked for is looked up, and never becomes a path."""

import os
import stat
from pathlib import Path

REPORTS = "reports"
_MOST_BYTES = 64 * 2**20
_SEARCH = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # it might be a FIFO


def read_page(results: Path, name: str, *, below: str | None = None) -> bytes | None:
    """A page of a results folder, None where there is none.

    Whoever can write into the folder could lay a link to something else there: links are not followed.

    Args:
        results: the folder.
        name: of the file, from a list of ours.
        below: the folder in it that has the file, if it is not the results folder itself.
    """
    try:
        folder = os.open(results, _SEARCH)
        try:
            if below is not None:
                outer, folder = folder, os.open(below, _SEARCH | os.O_NOFOLLOW, dir_fd=folder)
                os.close(outer)
            return _read(name, folder)
        finally:
            os.close(folder)
    except OSError:
        return None


def _read(name: str, folder: int) -> bytes | None:
    fd = os.open(name, _READ, dir_fd=folder)
    with os.fdopen(fd, "rb") as file:
        found = os.fstat(fd)
        return file.read() if stat.S_ISREG(found.st_mode) and found.st_size <= _MOST_BYTES else None
