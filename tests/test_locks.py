"""One submission is timed at a time: who waits for whom, and what is in the place of a lock, stops nobody."""

import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import grader.classroom.run
import grader.command_line.printing
import grader.errors
import grader.feedback.explain
import grader.judging.report
import grader.locks
import grader.pipeline
import grader.reports.base
import grader.scratch
import grader.sources
from grader.locks import Courtesy, one_timing_at_a_time


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own lock of timing, and beside it the one of all users, in a place of their own."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setattr(grader.locks, "COMMON", Courtesy(tmp_path / "common", 0.2))
    grader.locks._say_who_is_waited_for.cache_clear()
    grader.locks._say_once.cache_clear()
    (folder / "convgrade-timing.lock").touch()
    return folder / "convgrade-timing.lock"


@contextmanager
def held(path: Path) -> Iterator[int]:
    """By another process, for a second."""
    code = f"import fcntl, time; f = open({str(path)!r}); fcntl.flock(f, 2); print(flush=True); time.sleep(1)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid


def test_who_is_waited_for_is_said_once_and_on_one_line(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(lock) as pid:
        for _ in range(2):
            with one_timing_at_a_time(), lock.open() as other, pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    said = capsys.readouterr().err
    assert said.startswith(f"grade: waiting for process {pid} (`{sys.executable} -c import fcntl")
    assert said.endswith(f" to finish timing: this machine times one submission at a time ({lock} is locked)\n")
    assert said.count("\n") == 1


def test_processes_of_one_run_take_turns_without_a_word(
    lock: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grader.locks, "parent_process", object)
    monkeypatch.setattr(os, "getppid", os.getpid)
    with held(lock), one_timing_at_a_time() as waited_s:
        assert waited_s > 0.5
    with one_timing_at_a_time() as waited_s:
        assert waited_s < 0.5
    assert capsys.readouterr().err == ""


def test_lock_of_all_users_is_waited_for_once_and_then_done_without(
    lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = grader.locks.COMMON.path
    path.touch()
    with held(path) as pid:
        for _ in range(2):
            with one_timing_at_a_time(), lock.open() as own, pytest.raises(BlockingIOError):
                fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        waiting, gave_up = capsys.readouterr().err.splitlines()
    assert waiting.startswith(f"grade: waiting for process {pid} (`")
    assert gave_up.startswith(f"grade: process {pid} (`")
    assert gave_up.endswith(f"has held {path} for 0.2 s: timing goes on beside it, so ratios may be less certain")
    with one_timing_at_a_time(), path.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert grader.locks.COMMON.left_s == 0.2  # it can be had: the next who holds it is waited for again
    assert capsys.readouterr().err == ""


def foreign(path: Path) -> None:
    """Give a path to somebody else, or else let everybody write there."""
    path.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(path, 54321, 54321)
    else:
        path.chmod(0o777)


PLACED: dict[str, Callable[[Path], object]] = {
    "link": lambda path: path.symlink_to("/"),
    "dangling": lambda path: path.symlink_to(path.parent / "victim"),
    "folder": lambda path: path.mkdir(),
    "foreign": foreign,
    "fifo": os.mkfifo,
    "nothing": lambda path: None,
}
"""What somebody may have put in the place of a lock."""


@pytest.mark.parametrize("what", PLACED)
def test_whatever_is_in_the_place_of_a_lock_costs_a_remark_at_most(
    lock: Path, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The places are the folders where the user's own could be, and the file of all users."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nowhere" if what == "nothing" else tmp_path / "place"))
    monkeypatch.setattr(grader.locks, "COMMON", Courtesy(tmp_path / "place", 0.2))
    monkeypatch.setattr(grader.locks, "_SHARED", tmp_path / "tmp")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    mine = tmp_path / "tmp" / f"convgrade-timing-{os.getuid()}"
    for path in (tmp_path / "place", mine):
        PLACED[what](path)
    for _ in range(2):
        with one_timing_at_a_time():
            pass
    said = capsys.readouterr().err.splitlines()
    without = [line for line in said if line.startswith("grade: timing without a lock of your own (")]
    assert len(without) == len(said) - ("timing without the lock that all users share" in said[-1] if said else 0)
    assert len(without) == (0 if what == "nothing" else 1)
    assert not (tmp_path / "victim").exists()
    if what == "nothing":
        assert stat.S_IMODE(mine.stat().st_mode) == 0o700
        assert [path.name for path in mine.iterdir()] == ["convgrade-timing.lock"]
