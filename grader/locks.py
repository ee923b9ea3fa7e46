"""Locks that survive a crash of their holder: the kernel gives them back when the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from typing import IO

from grader.errors import JudgeError, UsageError, reason
from grader.said import say
from grader.scratch import folder_for_scratch


@contextmanager
def one_timing_at_a_time() -> Iterator[None]:
    """Wait until nobody else on this machine is timing, whoever they are; who is waited for is said on stderr."""
    path, opened = _timing_lock()
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say_who_is_waited_for(_holder(file), path)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _timing_lock() -> tuple[Path, IO[str]]:
    """A file that everybody on this machine sees, or else one that as many as possible do."""
    name, mine = "convgrade-timing.lock", f"convgrade-timing-{os.getuid()}.lock"
    failed: OSError | None = None
    for folder in dict.fromkeys((Path("/tmp"), folder_for_scratch())):
        for open_it, path in ((_open_for_all, folder / name), (_open, folder / mine)):
            try:
                return path, open_it(path)
            except OSError as error:  # something of somebody else's is in its place, or nothing can be written there
                failed = failed or error
    assert failed is not None
    raise JudgeError(f"no lock can be held while timing: {reason(failed)}; set TMPDIR to a folder that can be written")


def _holder(file: IO[str]) -> int | None:
    """The process that holds the lock of a file, where the kernel tells (proc_locks(5))."""
    wanted = os.fstat(file.fileno())
    place = f"{os.major(wanted.st_dev):02x}:{os.minor(wanted.st_dev):02x}:{wanted.st_ino}"
    try:
        rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    except OSError:
        return None
    pids = (int(row[4]) for row in rows if len(row) > 5 and row[1] == "FLOCK" and row[5] == place)
    return next((pid for pid in pids if pid > 0), None)


@cache
def _say_who_is_waited_for(holder: int | None, path: Path) -> None:
    """Once for each holder, and not of another process of the same run, which takes its turn."""
    ours = os.getppid() if parent_process() is not None else None
    if holder is not None and ours is not None and ours in (holder, _parent(holder)):
        return
    who = "another process" if holder is None else f"process {holder}{_command(holder)}"
    say(f"waiting for {who} to finish timing: only one may at a time ({path} is locked)")


def _parent(pid: int) -> int | None:
    """The parent of a process, None where it is not known."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _command(pid: int) -> str:
    """What a process runs, for a person; nothing where it is not known."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
    return f" (`{text if len(text) <= 60 else text[:60] + '...'}`)" if text.isprintable() and text else ""


@contextmanager
def sole_use_of(folder: Path) -> Iterator[None]:
    """Hold a results folder.

    Raises:
        UsageError: where another grader holds it; says which.
    """
    try:
        opened = _open(folder / ".lock")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {reason(error)}") from error
    with opened as file:
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
