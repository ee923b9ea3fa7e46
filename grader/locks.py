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
    """Wait until nobody else on this machine is timing."""
    path = Path(tempfile.gettempdir(), f"convgrade-timing-{os.getuid()}.lock")
    with _open(path) as file:
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


def _open(path: Path) -> IO[str]:
    """Open for reading and writing, made if it is not there; never through a link that somebody else has laid."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return os.fdopen(fd, "r+")
