"""The pages that lie in a results folder. A name that is asked for is looked up, and never becomes a path."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    with suppress(OSError), _opened(os.open(results, _SEARCH)) as folder:
        if below is None:
            return _read(name, folder)
        with _opened(os.open(below, _SEARCH | os.O_NOFOLLOW, dir_fd=folder)) as inner:
            return _read(name, inner)
    return None


def _read(name: str, folder: int) -> bytes | None:
    with _opened(os.open(name, _READ, dir_fd=folder)) as fd:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
            return None
        with os.fdopen(fd, "rb", closefd=False) as file:
            return file.read()


@contextmanager
def _opened(fd: int) -> Iterator[int]:
    try:
        yield fd
    finally:
        os.close(fd)
