"""What counts against a limit, what the machine withholds, and whose fault it is."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import JudgeError
from grader.pipeline import Grader, Options
from grader.records import Verdict
from grader.rubric.reading import PACKAGED, load_rubric
from grader.sandbox import clocks, memory
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.child_process import Child
from grader.sandbox.clocks import TimeLimit
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from grader.sources import find_entries
from tests.cli import ENVIRONMENT, SUBMISSIONS, grade_json, start
from tests.same_reports import differing, make_class
from tests.test_session import ARRAYS, INPUTS, LIMITS, OK, OUTPUTS, PARAMETERS
from tests.test_sources import write

ALICE = (SUBMISSIONS / "alice.py").read_text()
FIRST_LINE = '    stride, pad = conv_param["stride"], conv_param["pad"]\n'


class Watched:
    """A process on a clock that this test winds."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = self.cpu_s = 0.0
        self.state = b"S"
        patch.setattr("time.perf_counter", lambda: self.now)
        patch.setattr("time.clock_gettime", lambda _: self.cpu_s)
        patch.setattr(clocks, "state", lambda _: self.state)

    def pass_time(self, limit: TimeLimit, seconds: float, *, cpu_share: float = 0.0) -> bool:
        """Let the grader look as often as it does; whether the limit is over."""
        for _ in range(round(seconds / limit.look_s)):
            self.now += limit.look_s
            self.cpu_s += cpu_share * limit.look_s
            if limit.is_over():
                return True
        return False


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


@pytest.mark.parametrize("state", [b"S", b"T", b"t", b"Z"])
def test_sleep_counts(watched: Watched, state: bytes) -> None:
    watched.state = state
    limit = TimeLimit(1, 10)
    assert not watched.pass_time(limit, 9)
    assert watched.pass_time(limit, 2)


@pytest.mark.parametrize("state", [b"R", b"D"])
def test_who_is_not_run_uses_nothing_up(watched: Watched, state: bytes) -> None:
    watched.state = state
    limit = TimeLimit(1, 10)
    assert not watched.pass_time(limit, 100)
    assert limit.used_s == 0


def test_time_on_a_cpu_counts_once(watched: Watched) -> None:
    watched.state = b"R"
    limit = TimeLimit(1, 10)
    assert not watched.pass_time(limit, 19, cpu_share=0.5)
    assert watched.pass_time(limit, 2, cpu_share=0.5)


def test_hours_in_which_the_grader_is_not_run_count_as_a_moment(watched: Watched) -> None:
    limit = TimeLimit(1, 10)
    watched.now += 12 * 3600
    assert not limit.is_over()
    assert limit.used_s < 1


def test_process_that_the_machine_never_runs_is_a_judge_error(watched: Watched) -> None:
    watched.state = b"D"
    with pytest.raises(JudgeError, match="grade again when it is less busy"):
        watched.pass_time(TimeLimit(1, 10), 1000)


def test_without_clocks_all_time_counts(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_clock(_: int) -> float:
        raise OSError

    watched.state = b"?"
    monkeypatch.setattr("time.clock_gettime", no_clock)
    assert watched.pass_time(TimeLimit(1, 10), 11)


def test_clocks_are_read_when_a_child_stands_still_however_late_the_machine_runs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it waits for that is known only then: before, it would count as sleep, several times a short call."""
    runs_at, real_state = time.perf_counter() + 0.5, clocks.state

    def late_state(pid: int) -> bytes:
        return b"R" if time.perf_counter() < runs_at else real_state(pid)

    monkeypatch.setattr(clocks, "state", late_state)
    monkeypatch.setattr("grader.sandbox.child_process.state", late_state)
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as process:
        child = Child.__new__(Child)
        child.pid = process.pid
        child.pause()
        paused_at, state = time.perf_counter(), real_state(process.pid)
        process.kill()
    assert paused_at >= runs_at
    assert state == b"T"


SLOW_TO_LOAD = """
import time
end = time.thread_time() + 0.8
while time.thread_time() < end: pass
"""


def descendants(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from descendants(child)


def signal_all(pid: int, number: int) -> None:
    for each in [pid, *descendants(pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, number)


def test_suspended_job_costs_no_mark(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW_TO_LOAD + ALICE)
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: r\nlimits: {call_s: 1.2}\n"
    )
    process = start(tmp_path / "slow.py", "--rubric", tmp_path / "r.yaml", "-q")
    while len(list(descendants(process.pid))) < 2:  # the zygote, and its child
        time.sleep(0.01)
    for _ in range(2):
        time.sleep(0.2)
        signal_all(process.pid, signal.SIGSTOP)
        time.sleep(1.5)
        signal_all(process.pid, signal.SIGCONT)
    out, err = process.communicate(timeout=120)
    assert (out, err) == ("slow: 100 / 100\n", "")


def program(forward: str) -> Program:
    return Program(forward + OK, {"forward": "forward", "backward": "backward"}, INPUTS, OUTPUTS)


@pytest.fixture
def limited() -> Iterator[Session]:
    """A session whose zygote was started under a limit of this machine that a test sets."""
    code = """
        def forward(x, w, b, p):
            if x[0, 0, 0, 0] == 1: y = bytearray(100 * 2**20)
            while x[0, 0, 0, 0] == 2: pass
            return x, (x, w, b, p)
    """
    program = Program(textwrap.dedent(code) + OK, {"forward": "forward", "backward": "backward"}, INPUTS, OUTPUTS)
    with Zygote() as zygote, Session(zygote, program, LIMITS, 2**20) as session:
        yield session


def forbid(session: Session, kind: int, value: int) -> None:
    """A hard limit of the zygote, and so of its children; it goes on with them."""
    session.load()
    session.restart()
    resource.prlimit(session._keeper.zygote._process.pid, kind, (value, value))


def call(session: Session, first: float) -> Verdict:
    arrays = {**ARRAYS, "x": ARRAYS["x"].copy()}
    arrays["x"][0, 0, 0, 0] = first
    return session.forward(arrays, PARAMETERS).verdict


@pytest.mark.parametrize("kind", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
def test_less_memory_than_the_rubric_allows_is_not_the_students_fault(limited: Session, kind: int) -> None:
    limited.load()
    pages = Path(f"/proc/{limited._keeper.zygote._process.pid}/statm").read_text().split()
    in_use = int(pages[0 if kind == resource.RLIMIT_AS else 5]) * resource.getpagesize()
    forbid(limited, kind, in_use + 64 * 2**20)
    assert call(limited, 0) is Verdict.PASSED
    with pytest.raises(JudgeError, match=r"only \d+ MiB of memory are left .*ulimit -v.*the rubric allows 128 MiB"):
        call(limited, 1)


def test_less_cpu_time_than_the_rubric_allows_is_not_the_students_fault(limited: Session) -> None:
    limited._keeper.limits = SessionLimits(call_s=10, cpu_s=60, memory_bytes=LIMITS.memory_bytes, output_bytes=4096)
    forbid(limited, resource.RLIMIT_CPU, 1)
    assert call(limited, 0) is Verdict.PASSED
    with pytest.raises(JudgeError, match="ends a process after 1 s of CPU time: see `ulimit -t`"):
        call(limited, 2)


@pytest.mark.parametrize("killed", [0, 1])
def test_process_that_the_kernel_ends_for_want_of_memory_is_our_loss(
    monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    """A kill by hand and a count of our own stand for the kernel's."""
    code = "import os\ndef forward(*a): os.kill(os.getpid(), 9)\n"
    with Zygote(()) as zygote, Session(zygote, program(code), LIMITS, 2**20) as session:
        session.load()
        before = memory.killed()
        monkeypatch.setattr(memory, "killed", lambda: before + killed)
        if killed:
            with pytest.raises(JudgeError, match=r"for want of memory in this .*; the rubric allows 128 MiB"):
                call(session, 0)
        else:
            assert call(session, 0) is Verdict.CRASHED


def test_limit_of_a_container_is_read_from_its_control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = tmp_path / "memory" / "docker" / "a", tmp_path / "docker"
    for folder in (old, new):
        folder.mkdir(parents=True)
    (old / "memory.limit_in_bytes").write_text("262144000\n")
    (old.parent / "memory.limit_in_bytes").write_text(f"{2**63 - 4096}\n")
    (new / "memory.max").write_text("max\n")
    groups = tmp_path / "cgroup"
    groups.write_text("4:memory,hugetlb:/docker/a\n3:cpuset:/\n0::/docker\n")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "_OWN", groups)
    assert memory.limit_bytes() == 262144000
    (new / "memory.max").write_text("104857600\n")
    assert memory.limit_bytes() == 104857600


GROUPS = Path("/sys/fs/cgroup/memory")


@pytest.mark.skipif(not os.access(GROUPS / "cgroup.procs", os.W_OK), reason="needs root, and control groups 1")
def test_container_with_less_memory_than_the_rubric_gives_no_mark(tmp_path: Path) -> None:
    big = tmp_path / "big.py"
    big.write_text(ALICE.replace(FIRST_LINE, "    np.ones(40_000_000)\n" + FIRST_LINE, 1))
    group = GROUPS / f"convgrade-{os.getpid()}"
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text(str(250 * 2**20))
        enter = f'echo $$ > {group}/cgroup.procs; exec "$@"'
        command = ["bash", "-c", enter, "-", sys.executable, "-m", "grader", str(big), "--no-timing", "-q"]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)
    finally:
        while (group / "cgroup.procs").read_text():
            time.sleep(0.01)
        group.rmdir()
    assert (done.returncode, done.stdout[:32]) == (3, "big: judge error, no mark / 100:"), done.stderr
    assert "for want of memory in this container, which has 250 MiB; the rubric allows 2048 MiB" in done.stderr


LOADS_AND_DIES = """
import sys, time
start = time.process_time()
while time.process_time() - start < 0.1: pass
def conv_forward_naive(x, w, b, conv_param): sys.modules["os"]._exit(0)
def conv_backward_naive(dout, cache): sys.modules["os"]._exit(0)
"""


def test_loading_anew_after_every_crash_uses_up_the_time_for_all_cases(tmp_path: Path) -> None:
    """A slow file that dies in each call would otherwise hold up a class for an hour."""
    rubric = "schema: convgrade/1\nextends: correctness-only.yaml\nname: r\nlimits: {total_s: 0.25}\n"
    folder = write(tmp_path, {"a.py": LOADS_AND_DIES, "r.yaml": rubric})
    items = {item["id"]: item for item in grade_json(folder / "a.py", "--rubric", folder / "r.yaml")["items"]}
    assert {items[item]["verdict"] for item in ("forward", "dx")} == {"timeout"}  # most calls were not made


def test_search_that_takes_too_long_is_ended_and_the_report_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.feedback.shrink.BRAKE_S", 0.0)
    monkeypatch.setattr("grader.feedback.explain.BRAKE_S", 0.0)
    with Grader(load_rubric(PACKAGED / "correctness-only.yaml"), Options(timing=False)) as grader:
        (entry,) = find_entries([SUBMISSIONS / "carol.py"])
        report = grader.grade(entry)
    assert report.verdict == "graded"
    (note,) = [note for note in report.notes if "smallest" in note]
    assert note == "The search for the smallest failing case was stopped after 0 s; there may be a smaller one."


def test_reports_are_the_same_beside_busy_programs_and_by_two_jobs(tmp_path: Path) -> None:
    samples = [SUBMISSIONS / f"{name}.py" for name in ("frank", "carol")]
    folder = make_class(tmp_path / "class", samples, injected=1)
    assert differing(folder, tmp_path / "results", busy=2) == []  # beside all else that the tests do
