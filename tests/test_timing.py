"""The stopwatch: what counts as time, when a ratio is trusted, how much is timed, who waits for whom."""

import fcntl
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks.generated import entry_of
from grader import locks
from grader.classroom.conditions import Run
from grader.classroom.store import Store
from grader.pipeline import VERSIONS, Grader, Options
from grader.records import (
    FUNCTIONS,
    CallOutcome,
    Function,
    Interval,
    Isolation,
    Speed,
    Timing,
    Usage,
    Verdict,
)
from grader.reports.base import BESIDE_LOOPS
from grader.rubric.model import SpeedItem
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.affinity import on_one_cpu
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from grader.timing import track
from grader.timing.enough import ENOUGH_PAIRS
from grader.timing.fresh import FreshProblems
from grader.timing.machine import model_in
from grader.timing.track import _freed_memory_kept
from reference.conv2d import OPERATOR
from tests.cli import ROOT, grade, grade_json
from tests.test_batch import QUICKLY_TIMED

ALICE = ROOT / "submissions" / "alice.py"
SMALL = "x(6,3,16,16) w(8,3,3,3) s1 p1"

BURN = """
import threading, time
def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass
"""
Opener = Callable[[str], Session]


@pytest.fixture
def open_timed() -> Iterator[Opener]:
    """A session on this thread's CPU, without confinement, so that its code may start threads."""
    opened: list[Session] = []
    with Zygote(()) as zygote, on_one_cpu() as cpu:

        def open_timed(body: str) -> Session:
            body = textwrap.indent(textwrap.dedent(body), "    ")
            code = f"{BURN}\ndef forward(x, w, b, p):\n{body}\n    return x, None"
            names: dict[Function, str] = {"forward": "forward", "backward": "backward"}
            program = Program(code, names, ("x", "w", "b"), {"forward": ("out",), "backward": ("dx",)})
            limits = SessionLimits(call_s=10, cpu_s=60, memory_bytes=2**30, output_bytes=4096)
            opened.append(Session(zygote, program, limits, 2**20, cpu=cpu, timed=True))
            opened[-1].load()
            # Without the filter the kernel's figures would not be used.
            opened[-1]._keeper.isolation = Isolation(process=True, seccomp=True)
            return opened[-1]

        yield open_timed
        for session in opened:
            session.close()


def call(session: Session) -> CallOutcome:
    outcome = session.forward({name: np.ones((2, 2)) for name in "xwb"}, {})
    assert outcome.verdict is Verdict.PASSED, outcome
    return outcome


def busy_s(session: Session) -> float:
    """How long the session's CPU has not been idle, or was another machine's, since this one was started."""
    (fields,) = (
        line.split() for line in Path("/proc/stat").read_text().splitlines() if f"cpu{session._keeper.cpu} " in line
    )
    user, nice, system, _, _, *others = map(int, fields[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def busy_beside(session: Session, count: int) -> Iterator[None]:
    """So many programs that use all they get of the session's CPU.

    In sessions of their own, for the kernel may deal out the CPU to those, and not to programs.
    """
    code = f"import os; os.sched_setaffinity(0, {{{session._keeper.cpu}}}); print(flush=True)\nwhile True: pass"
    start = partial(subprocess.Popen, [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    with ExitStack() as stack:
        for program in [stack.enter_context(start()) for _ in range(count)]:
            stack.callback(program.kill)
            assert program.stdout is not None
            program.stdout.readline()
        yield


def test_work_of_every_thread_counts(open_timed: Opener) -> None:
    alone = call(open_timed("burn(0.1)"))
    threads = "for t in [threading.Thread(target=burn, args=(0.1,)) for _ in range(3)]: t.start()"
    assert 0.1 <= alone.counted_s < 0.2
    session = open_timed(threads)
    assert call(session).counted_s + call(session).counted_s > 0.05  # they are not waited for


def test_threads_that_are_waited_for_count_in_full(open_timed: Opener) -> None:
    session = open_timed("""
        threads = [threading.Thread(target=burn, args=(0.1,)) for _ in range(3)]
        for t in threads: t.start()
        for t in threads: t.join()
    """)
    before_s = busy_s(session)
    outcome = call(session)
    assert outcome.used is not None
    others_s = busy_s(session) - before_s - outcome.used.cpu_s - outcome.used.grader_s
    assert 0.3 <= outcome.used.cpu_s < 0.5
    # How long they waited for others is not known, since they have ended: where it counts, a submission has no threads.
    assert outcome.used.cpu_s <= outcome.counted_s < outcome.used.cpu_s + others_s + 0.05


def test_sleep_counts(open_timed: Opener) -> None:
    """Where the grader itself had to wait for a CPU meanwhile, it does not, so one call of several has to show it."""
    session = open_timed("time.sleep(0.2)")
    counted_s: list[float] = []
    while max(counted_s, default=0.0) < 0.15 and len(counted_s) < 5:
        outcome = call(session)
        assert outcome.used is not None
        assert outcome.used.cpu_s < 0.1
        counted_s.append(outcome.counted_s)
    assert 0.15 < counted_s[-1] < 0.4


def test_what_other_processes_take_does_not_count(open_timed: Opener) -> None:
    session = open_timed("burn(0.2)")
    call(session)
    with busy_beside(session, 2):
        outcome = call(session)
    assert outcome.used is not None
    assert outcome.wall_s > 1.3 * outcome.counted_s
    assert 0.2 <= outcome.counted_s < 0.25
    assert outcome.used.lost_s(outcome.wall_s) > 0.06


def test_wall_time_counts_where_the_kernel_tells_nothing() -> None:
    assert CallOutcome("forward", Verdict.PASSED, wall_s=2.0).counted_s == 2.0
    used = Usage(cpu_s=3.0, grader_s=0.0, waited_s=0.0)
    assert CallOutcome("forward", Verdict.PASSED, wall_s=2.0, used=used).counted_s == 3.0


def test_call_that_does_nothing_brings_results_of_the_right_shape(open_timed: Opener) -> None:
    session = open_timed("burn(0.2)")
    call(session)
    outcome = session.nothing("forward", [np.ones((3, 4))], [(5, 6)])
    array = outcome.outputs["out"].array
    assert array is not None
    assert array.shape == (5, 6)
    assert 0 < outcome.counted_s < 0.1


def test_wall_time_counts_where_processes_could_be_started() -> None:
    """Nobody would count the CPU time of those, so the kernel's figures are not used without the filter."""
    names: dict[Function, str] = {"forward": "forward", "backward": "backward"}
    code = """
import os, time
def forward(x, w, b, p):
    child = os.fork()
    if child == 0:
        end = time.thread_time() + 0.2
        while time.thread_time() < end: pass
        os._exit(0)
    while os.waitpid(child, os.WNOHANG) == (0, 0): os.sched_yield()
    return x, None
"""
    program = Program(code, names, ("x", "w", "b"), {"forward": ("out",), "backward": ("dx",)})
    limits = SessionLimits(call_s=10, cpu_s=60, memory_bytes=2**30, output_bytes=4096)
    with (
        Zygote(()) as zygote,
        on_one_cpu() as cpu,
        Session(zygote, program, limits, 2**20, cpu=cpu, timed=True) as session,
    ):
        assert call(session).counted_s >= 0.2


@pytest.mark.parametrize(
    "prank",
    [
        "np.ones = lambda *shape: __import__('os')._exit(3)",
        "import gc; gc.collect = lambda: __import__('os')._exit(3)",
        "import gc, time; gc.callbacks.append(lambda *_: time.sleep(60))",
    ],
)
def test_what_a_submission_does_off_the_clock_is_no_failure_of_ours(tmp_path: Path, prank: str) -> None:
    (tmp_path / "s.py").write_text(f"{ALICE.read_text()}\n{prank}\n")
    options = ("--rubric", rubric_with(tmp_path, timing_s=0.1), "--workload", SMALL, "--format", "json")
    found = json.loads(grade("time", tmp_path / "s.py", *options).stdout)
    assert [timing["verdict"] for timing in found["timings"]] == ["passed", "passed"]


# What is timed


def test_timed_inputs_cannot_be_foreseen() -> None:
    """From the rubric's seed, results could be computed while the file is loaded."""
    rubric = load_rubric(DEFAULT_RUBRIC)
    item = next(item for item in rubric.items if isinstance(item, SpeedItem))
    fresh = [FreshProblems(OPERATOR, item) for _ in range(2)]
    first, second = (one.pose(1).arrays["x"] for one in fresh)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, fresh[0].pose(1).arrays["x"])


# Rounds, attempts, budget


def rubric_with(folder: Path, **limits: float) -> Path:
    path = folder / "r.yaml"
    settings = ", ".join(f"{name}: {value}" for name, value in limits.items())
    path.write_text(
        f"schema: convgrade/1\nextends: cs231n-conv.yaml\nname: r\ncases: {{count: 16}}\nlimits: {{{settings}}}\n"
    )
    return path


def test_memory_is_not_faulted_in_again_while_it_is_timed() -> None:
    def faults() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(20):
            arrays = [np.ones(3 * 2**17) for _ in range(3)]
            del arrays
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    all_pages = 20 * 3 * 3 * 2**20 // resource.getpagesize()
    with _freed_memory_kept():
        faults()
        assert faults() < all_pages / 20


def test_short_calls_are_measured_often_enough_whatever_the_budget(tmp_path: Path) -> None:
    speed = grade_json(ALICE, "--rubric", rubric_with(tmp_path, timing_s=0.01))["speed"]
    for measured in speed.values():
        assert ENOUGH_PAIRS <= 2 * measured["rounds"] < 3 * ENOUGH_PAIRS
        assert measured["low"] <= measured["ratio"] <= measured["high"]
        assert 0 < measured["baseline_protocol_s"] < measured["baseline_s"]


def quick_rubric(folder: Path, **limits: float) -> Path:
    """With a small workload."""
    path = rubric_with(folder, **limits)
    workload = "workload: {x: [6, 3, 16, 16], w: [4, 3, 3, 3], stride: 1, pad: 1}, full_at: 0.5, zero_at: 0.0001"
    items = (f"{{id: speed-{f}, kind: speed, function: {f}, points: 10, {workload}}}" for f in FUNCTIONS)
    path.write_text(f"{path.read_text()}items: [{', '.join(items)}]\n")
    return path


def test_loops_are_as_fast_as_loops(tmp_path: Path) -> None:
    """Who hands in the nested loops themselves gets the ratio that they have.

    What one look shows on a machine whose speed changes meanwhile is looked at four times more, and the median counts.
    """
    rubric = load_rubric(quick_rubric(tmp_path, timing_s=0.3))
    code = (ROOT / "reference" / "conv2d" / "loops.py").read_text().replace("_loops(", "_naive(")
    entry = entry_of(tmp_path, "s", code)

    def looked_at() -> list[float]:
        """For each function, the loops' time and ratio over those of the same loops as a submission."""
        with Grader(rubric, Options(verification=False)) as grader:
            landmark, found = grader.landmark(), grader.examine(entry)
        shares = []
        for own, timing in zip(landmark, found.timings, strict=True):
            assert own.speed is not None
            assert timing.speed is not None
            assert timing.speed.loops_s is not None
            shares += [
                timing.speed.loops_s / timing.speed.student_s,
                timing.speed.ratio.median / own.speed.ratio.median,
            ]
        return shares

    looks = [looked_at()]
    if looks[0] != pytest.approx([1.0] * 4, rel=0.25):
        looks += [looked_at() for _ in range(4)]
    assert np.median(looks, axis=0) == pytest.approx([1.0] * 4, rel=0.25)


def test_whole_class_is_compared_with_loops_that_were_measured_once(tmp_path: Path) -> None:
    folder, out, rubric = tmp_path / "class", tmp_path / "out", quick_rubric(tmp_path, timing_s=0.1)
    rubric.write_text(rubric.read_text().replace("zero_at: 0.0001", "zero_at: 0.1"))  # loops are timed in six pairs
    folder.mkdir()
    shutil.copy(ROOT / "submissions" / "bob.py", folder)
    shutil.copy(ALICE, folder)
    out.mkdir()
    planted = Speed(Interval(0.033, 0.033, 0.033), 0.03, 0.003, 20, extrapolated=True, stable=True)
    timings = tuple(Timing(f"speed-{f}", f, Verdict.PASSED, planted) for f in FUNCTIONS)
    with Store(out) as store:
        store.add_landmark(Run(load_rubric(rubric), VERSIONS).key(timing=True), timings)
    for options in (["--jobs", 2], ["--fresh"]):
        grade(folder, "--rubric", rubric, "--out", out, *options)
        with Store(out) as store:
            alice, bob = (attempt.report.speed or {} for attempt in store.latest(["alice", "bob"]))
        for function in FUNCTIONS:
            assert 0.02 < bob[function].ratio.median < 0.05  # 0.0005 to 0.005 in truth
            assert bob[function].loops_s is not None
            assert alice[function].loops_s is None
    for form in ("terminal", "markdown"):
        for reader, readers in (("instructor", ["bob"]), ("student", [])):  # how it was timed helps no student
            texts = {
                n: grade("report", out, n, "--format", form, "--audience", reader).stdout for n in ("alice", "bob")
            }
            assert [n for n, text in texts.items() if BESIDE_LOOPS in " ".join(text.split())] == readers


# One at a time


HOLD = """
import time
from grader.locks import one_timing_at_a_time
with one_timing_at_a_time():
    print("held", flush=True)
    time.sleep(600)
"""


def test_waiting_for_others_is_no_part_of_what_a_submission_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.yaml").write_text(QUICKLY_TIMED)
    monkeypatch.setattr(track, "one_timing_at_a_time", lambda: nullcontext(1000.0))
    entry = entry_of(tmp_path, "alice", (ROOT / "submissions" / "alice.py").read_text())
    with Grader(load_rubric(tmp_path / "r.yaml")) as grader:
        report = grader.grade(entry)
    assert report.speed is not None
    assert -1000 < report.wall_s < -900


def test_lock_is_free_again_when_its_holder_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with Path("/tmp/convgrade-timing.lock").open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.kill()
    start = time.monotonic()
    with locks.one_timing_at_a_time():
        assert time.monotonic() - start < 60


X86_64 = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) CPU @ 2.20GHz

processor\t: 1
model name\t: another
"""
AARCH64 = """\
processor\t: 0
BogoMIPS\t: 125.00
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x4
CPU part\t: 0xd0c
"""


def test_processors_of_two_models_have_two_names() -> None:
    """Ratios are compared only between those of one name. On aarch64 the kernel gives numbers, and no name."""
    here = platform.machine()
    assert model_in(X86_64) == "Intel(R) Xeon(R) CPU @ 2.20GHz"
    assert model_in(AARCH64) == f"{here} 0x41 0xd0c"
    assert model_in(AARCH64.replace("0xd0c", "0xd40")) == f"{here} 0x41 0xd40"
    assert model_in("") == here
