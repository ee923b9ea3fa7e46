"""Locks that survive a crash of their holder: the kernel gives them back when the process ends."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grader.errors import UsageError


@contextmanager
def one_timing_at_a_time() -> Iterator[None]:
    """Wait until nobody else on this machine is timing, whoever they are."""
    folder = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # what everybody sees
    try:
        file = _open_for_all(folder / "convgrade-timing.lock")
    except OSError:  # something of somebody else's is in its place
        file = _open(folder / f"convgrade-timing-{os.getuid()}.lock")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def sole_use_of(folder: Path) -> Iterator[None]:
    """Hold a results folder.

    Raises:
        UsageError: where another grader holds it; says which.
    """
    with _open(folder / ".lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise UsageError(f"{folder}: is in use by {file.read(100).strip() or 'another grader'}") from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {os.uname().nodename}")
        file.flush()
        yield


def _open_for_all(path: Path) -> IO[str]:
    """Open for reading, which is enough for a lock; made, for everybody to read, if it is not there."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # it might be a FIFO
    try:
        fd = os.open(path, flags)
    except FileNotFoundError:
        fd = os.open(path, flags | os.O_CREAT, 0o644)
        os.fchmod(fd, 0o644)  # whatever the umask is
    return os.fdopen(fd)


def _open(path: Path) -> IO[str]:
    """Open for reading and writing, made if it is not there; never through a link that somebody else has laid."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return os.fdopen(fd, "r+")
