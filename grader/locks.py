"""Locks that survive a crash of their holder: the kernel gives them back when the process ends."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from typing import IO

from grader.errors import UsageError, reason
from grader.said import say
from grader.scratch import folder_for_scratch

_SHARED, _NAME = Path("/tmp"), "convgrade-timing"
_PATIENCE_S, _GLANCE_S = 30.0, 0.05


@contextmanager
def one_timing_at_a_time() -> Iterator[float]:
    """Wait until nobody else on this machine is timing, and give the seconds; who is waited for is said on stderr.

    For other graders of the same user as long as it takes, by a lock that nobody else can reach; for those of others
    as a courtesy, which ends. Where a lock cannot be had that is said, and timing goes on without it.
    """
    start = time.perf_counter()
    with ExitStack() as stack:
        own = _own_lock()
        if own is not None:
            file = stack.enter_context(own[1])
            if not _take(file):
                _say_who_is_waited_for(_holder(file), own[0])
                fcntl.flock(file, fcntl.LOCK_EX)
        COMMON.take(stack)
        yield time.perf_counter() - start


def timing_lock() -> str:
    """Which lock this process would take: the same for those that time one at a time; empty where none can be had."""
    own = _own_lock()
    if own is None:
        return ""
    with own[1] as file:
        found = os.fstat(file.fileno())
        return f"{found.st_dev}:{found.st_ino}"


def _own_lock() -> tuple[Path, IO[str]] | None:
    """A file in the first folder that is this user's alone, where one can be had."""
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    mine = f"{_NAME}-{os.getuid()}"
    failed: list[str] = []
    for folder in dict.fromkeys((Path(runtime), _SHARED / mine, folder_for_scratch() / mine)):
        try:
            if folder.name == mine:
                with suppress(FileExistsError):
                    folder.mkdir(mode=0o700)
            if _is_private(folder):
                return folder / f"{_NAME}.lock", _open(folder / f"{_NAME}.lock")
            failed.append(f"{folder} is not a folder of this user's alone")
        except FileNotFoundError:
            failed.append(f"there is no {folder}")
        except OSError as error:
            failed.append(reason(error))
    _say_once(f"timing without a lock of your own ({'; '.join(failed)}); set XDG_RUNTIME_DIR to a folder of mode 700")
    return None


def _is_private(folder: Path) -> bool:
    """Whether nobody else can reach what is in a folder; what is only called like one, such as a link, is none."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _take(file: IO[str]) -> bool:
    """Take the lock of a file, unless somebody else holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(slots=True)
class Courtesy:
    """A lock that the graders of all users agree on. Anybody can hold it, so nobody waits for it for long."""

    path: Path
    patience_s: float = _PATIENCE_S
    left_s: float = field(init=False)
    """How long the next wait may last: once one was in vain there is no other, until the lock was to be had again."""

    def __post_init__(self) -> None:
        self.left_s = self.patience_s

    def take(self, stack: ExitStack) -> None:
        """Hold it until the stack is left, or go on without it and say so."""
        try:
            file = stack.enter_context(_open_for_all(self.path))
        except OSError as error:  # something of somebody else's is in its place, or nothing can be written there
            _say_once(f"timing without the lock that all users share ({reason(error)}): others may be timing meanwhile")
            return
        deadline = time.monotonic() + self.left_s
        while not _take(file):
            if time.monotonic() >= deadline:
                self._give_up(_holder(file))
                return
            _say_who_is_waited_for(_holder(file), self.path)
            time.sleep(_GLANCE_S)
        self.left_s = self.patience_s

    def _give_up(self, holder: int | None) -> None:
        if self.left_s:
            held = f"{_who(holder)} has held {self.path} for {self.patience_s:g} s"
            say(f"{held}: timing goes on beside it, so ratios may be less certain")
        self.left_s = 0.0


COMMON = Courtesy(_SHARED / f"{_NAME}.lock")


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
    say(f"waiting for {_who(holder)} to finish timing: this machine times one submission at a time ({path} is locked)")


@cache
def _say_once(text: str) -> None:
    say(text)


def _who(holder: int | None) -> str:
    return "another process" if holder is None else f"process {holder}{_command(holder)}"


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
            holder = file.read(100).strip() or "another grader"
            what = "wait until it has finished, or stop it: `grade watch` goes on until it is stopped"
            raise UsageError(f"{folder}: is in use by {holder}; {what}") from error
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
