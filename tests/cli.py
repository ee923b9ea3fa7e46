"""The command line: `main()` in this process, or `python -m grader` in one of its own."""

import atexit
import gc
import io
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from multiprocessing import active_children
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from grader.cases.problems import Problem, pose_fairly
from grader.classroom.executors.local import LocalExecutor
from grader.command_line.main import main
from grader.command_line.options import look_for_garbage
from grader.feedback.known import KnownResults
from grader.records import Case, Timing
from grader.running import Prepared
from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.inside.wire import Frame
from grader.sandbox.spawn import Zygote
from grader.sandbox.waiting import Meanwhile, nothing
from grader.timing.remembered import _key
from reference.spec import Operator
from tests.garbage import LOOKS_SELDOM

ROOT = Path(__file__).parent.parent
SUBMISSIONS = ROOT / "submissions"
_CACHE = TemporaryDirectory(prefix="convgrade-cache-")  # how nested loops do is measured anew, and once
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": _CACHE.name}
QUICKLY = ("--no-timing", "--rubric", ROOT / "tests" / "quick.yaml")
"""Options that grade on as few cases as there may be, where words, files or exits are asked about."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Done = subprocess.CompletedProcess[str]


def grade(*arguments: object, cwd: Path = ROOT) -> Done:
    """What `grade ARGUMENTS` prints and how it ends, without a process for it: a start costs 0.4 s of CPU time.

    It gets the environment and the streams that a new process would have, and has to leave this one as it was. The
    process that forks children for submissions, which serves a whole run in any case, serves all of them: half of that.
    """
    command = [*map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
    new = patch.dict(os.environ, ENVIRONMENT, clear=True)
    with _unchanged(), chdir(cwd), new, kept_zygotes(), redirect_stdout(out), redirect_stderr(err):
        try:
            status: object = main(command)
        except SystemExit as end:  # argparse
            status = end.code
    assert isinstance(status, int)
    printed, said = (stream.buffer.getvalue().decode() for stream in (out, err))
    return subprocess.CompletedProcess(command, status, printed, said)


class _Kept(Zygote):
    """One that goes on for the next run, unless it failed in this one."""

    failed = False

    def _ask(self, frame: Frame, descriptors: list[int], meanwhile: Meanwhile = nothing) -> Frame:
        try:
            return super()._ask(frame, descriptors, meanwhile)
        except BaseException:  # of an interrupt nobody knows what it left undone
            self.failed = True
            raise

    def close(self) -> None:
        """Go on."""


_zygotes: dict[tuple[str, ...], _Kept] = {}


def _zygote(layers: Sequence[str] = LAYERS) -> _Kept:
    kept = _zygotes.get(tuple(layers))
    if kept is None or kept.failed or kept._process.poll() is not None:
        if kept is not None:
            Zygote.close(kept)
        kept = _zygotes[tuple(layers)] = _Kept(layers)
    return kept


@atexit.register
def _close_zygotes() -> None:
    for kept in _zygotes.values():
        Zygote.close(kept)


_landmarks: dict[str, tuple[Timing, ...]] = {}
_measured_anew = LocalExecutor._measured


def _measured(run: LocalExecutor) -> tuple[Timing, ...]:
    """How nested loops do where this class is timed: as in an earlier run of the same, for it takes seconds."""
    if (key := _key(run.rubric)) not in _landmarks:
        _landmarks[key] = _measured_anew(run)
    return _landmarks[key]


def _look_for_garbage() -> None:
    if gc.get_threshold() != LOOKS_SELDOM:
        look_for_garbage()


_problems: dict[tuple[int, str], tuple[Operator, Problem]] = {}
_MOST_PROBLEMS = 3000


def _posed(operator: Operator, case: Case) -> Problem:
    """A problem as it was posed before: a rubric has the same for all, and a text the same secret ones each time."""
    key = id(operator), repr(case)
    if key not in _problems:
        if len(_problems) == _MOST_PROBLEMS:
            _problems.clear()
        _problems[key] = operator, pose_fairly(operator, case)
    return _problems[key][1]


_known: dict[tuple[int, str], tuple[Operator, KnownResults]] = {}
_MOST_KNOWN = 8


def _known_of(asked: Prepared) -> KnownResults:
    """What the known mistakes give on the problems of a rubric, as in an earlier run: it may take a second."""
    operator, rubric = asked.assignment.operator, asked.assignment.rubric
    key = id(operator), repr((rubric.cases, rubric.seed))
    if key not in _known:
        if len(_known) == _MOST_KNOWN:
            _known.clear()
        _known[key] = operator, KnownResults(operator.bank())
    return _known[key][1]


@contextmanager
def kept_zygotes() -> Iterator[None]:
    """What is run inside uses processes and problems of earlier runs, and what loops and mistakes gave there."""
    with ExitStack() as patches:
        patches.enter_context(patch.object(LocalExecutor, "_measured", _measured))
        patches.enter_context(patch("grader.command_line.whole_class.look_for_garbage", _look_for_garbage))
        patches.enter_context(patch("grader.judging.rounds.pose_fairly", _posed))
        patches.enter_context(patch.object(Prepared, "known", property(_known_of)))
        for where in ("pipeline", "sandbox.spawn", "reading.reader"):
            patches.enter_context(patch(f"grader.{where}.Zygote", _zygote))
        yield


@contextmanager
def _unchanged() -> Iterator[None]:
    """Whoever calls `main` a second time must find everything as the first did."""
    before = _state()
    yield
    assert _state() == before
    assert active_children() == []


def _state() -> tuple[object, ...]:
    cpus = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    return Path.cwd(), [signal.getsignal(number) for number in _SIGNALS], cpus, list(warnings.filters)


def grade_in_a_process(*arguments: object, cwd: Path = ROOT) -> Done:
    """`grade ARGUMENTS` as a user starts it, where starting, the streams or the way it ends is the subject."""
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT, timeout=300, check=False)


def start(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """`grade ARGUMENTS`, begun and not waited for."""
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env={**ENVIRONMENT, **environment}, stdout=pipe, stderr=pipe, text=True)


def wait_for(process: subprocess.Popen[str] | None, happened: Callable[[], object]) -> None:
    """Wait until something has happened, which a process that has ended by then will not do any more."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.01)


def grade_json(*arguments: object, status: int = 0) -> dict[str, Any]:
    """The one JSON report of `grade ARGUMENTS --format json`, which has to exit with `status`."""
    (report,) = grade_all_json(*arguments, status=status)
    return report


def grade_all_json(*arguments: object, status: int = 0) -> list[dict[str, Any]]:
    """The JSON reports of `grade ARGUMENTS --format json`, which has to exit with `status`."""
    done = grade(*arguments, "--format", "json")
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return [json.loads(line, parse_constant=_refuse) for line in done.stdout.splitlines()]


def items(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The report's items by id."""
    return {item["id"]: item for item in report["items"]}


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
