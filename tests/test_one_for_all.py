"""One student's oddity, or the machine's, never stops the class: it costs what it is about, and the reason is told."""

import doctest
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

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
from grader.command_line.main import main
from grader.errors import JudgeError
from grader.pipeline import Grader, Options
from grader.reading.reader import Reader
from grader.records import Entry, Place, Reading, Who
from grader.reports.summary import ClassSummary
from grader.rubric.reading import load_rubric
from tests.cli import ENVIRONMENT, SUBMISSIONS, grade, grade_json, kept_zygotes, start
from tests.test_batch import HANGS, RUBRIC, SAMPLE, attempts, marks
from tests.test_sources import write

UNTIMED = ("--no-timing", "--jobs", 1)
RETURN = "    return dx_pad[:, :, pad : pad + H, pad : pad + W], dw, db\n"
RETURNED = {
    "huge": "dx * 0 + 1e308, dw * 0 - 1.7976931348623157e308, np.where(db > 0, 1.79e308, -1.79e308)",
    "one": "dx, dw, np.where(np.arange(db.size), db, -1.7e308)",
    "not-finite": "dx * np.nan, dw * np.inf, db - np.inf",
    "tiny": "dx * 5e-324, dw * 1e308 * 1e-10, db * 0 + 5e-324",
    "whole": "np.full(dx.shape, 2**64 - 1, 'u8'), np.full(dw.shape, -2**63, 'i8'), db > 0",
    "half": "dx.astype('f2') * 1e5, dw.astype('f2'), db.astype('longdouble')",
    "strange": "dx.astype('c16'), dw.astype('M8[s]'), db.astype('S3')",
    "empty": "np.zeros((0, 2**60 - 1), 'f4'), np.zeros((3, 0, 5)), np.zeros((0,))",
    "long": "np.broadcast_to(0.0, (2**40, 0, 2**20)), dw[..., None, None], np.float64(3)",
}
"""What else a backward pass can return."""


def returning(what: str) -> str:
    alice = SAMPLE["alice"]
    assert RETURN in alice
    made = f"    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]\n    return {what}\n"
    return alice.replace(RETURN, made)


def broken(*arguments: Any, **more: Any) -> NoReturn:
    raise ZeroDivisionError("ours")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A class of two: `ann` is right, `ben` is not."""
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    return write(tmp_path / "hw", {"ann.py": SAMPLE["alice"], "ben.py": SAMPLE["carol"]})


def quickly(two: Path) -> tuple[object, ...]:
    """Options with which that class is graded."""
    return (*UNTIMED, "--rubric", two.parent / "rubric.yaml")


def in_process(*arguments: object) -> int:
    with kept_zygotes():
        return main([str(argument) for argument in arguments])


def test_doctests() -> None:
    for module in (grader.errors, grader.reports.base):
        assert doctest.testmod(module).failed == 0


def test_whatever_a_function_returns_everybody_has_a_mark_and_reports(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{name}.py": returning(what) for name, what in RETURNED.items()}
    folder, out = write(tmp_path / "hw", {**files, "right.py": SAMPLE["alice"]}), tmp_path / "out"
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    done = grade(folder, *UNTIMED, "--rubric", tmp_path / "rubric.yaml", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    found = marks(out)
    assert set(found) == {*RETURNED, "right"}
    assert all(verdict == "graded" and 0 < float(score) <= 100 for verdict, score in found.values())
    assert found["right"][1] == "100.0"
    assert "could not explain" not in "".join(path.read_text() for path in (out / "reports").iterdir())
    for id in found:
        for form in ("terminal", "json", "markdown", "html"):
            assert grade("report", out, id, "--format", form, "-v").returncode == 0
    for form in ("terminal", "markdown", "html", "fragment", "latex", "csv", "json"):
        assert grade("leaderboard", out, "--format", form).returncode == 0


@pytest.mark.parametrize("form", ["terminal", "json", "markdown", "html", "junit"])
def test_report_that_cannot_be_made_costs_that_report_alone(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(f"grader.reports.forms.{form}.render", broken)
    assert in_process(SUBMISSIONS / "alice.py", "--no-timing", "--format", form) == 3
    out, err = capsys.readouterr()
    assert "The mark stands: 100 / 100" in out
    assert "alice: the report could not be made: a defect in the grader, the mark stands: ZeroDivisionError" in err
    assert "Traceback" not in out + err
    if form == "json":
        assert json.loads(out)["score"] == 100


def test_form_that_cannot_be_made_costs_one_file_of_each_student(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = two.parent / "out"
    monkeypatch.setattr("grader.reports.forms.markdown.render", broken)
    assert in_process(two, *quickly(two), "--out", out) == 3
    err = capsys.readouterr().err
    assert err.count("ZeroDivisionError: ours") == 1
    assert "1 more could not be written for the same reason" in err
    assert marks(out) == {"ann": ("graded", "100.0"), "ben": ("graded", marks(out)["ben"][1])}
    assert (out / "reports" / "ann.md").read_text().endswith("The mark stands: 100 / 100.\n")
    assert (out / "reports" / "ann.txt").read_text().startswith("ann: 100 / 100")
    monkeypatch.undo()
    assert in_process(two, *quickly(two), "--out", out) == 0  # it is tried again
    assert "The mark stands" not in (out / "reports" / "ann.md").read_text()


def test_summary_that_cannot_take_a_report_is_made_of_the_others(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = ClassSummary.add
    monkeypatch.setattr(ClassSummary, "add", lambda self, report: broken() if report.who.id == "ben"
                        else real(self, report))  # fmt: skip
    assert in_process(two, *quickly(two), "--out", two.parent / "out") == 3
    out, err = capsys.readouterr()
    assert out.startswith("1 submission: 1 graded")
    assert "grade: ben: the report could not be made" in err


@cache
def score_of(sample: str) -> float:
    """What a sample gets where nothing fails."""
    score: float = grade_json(SUBMISSIONS / sample, "--no-timing")["score"]
    return score


@pytest.mark.parametrize("stage", ["find_bugs", "picture", "facts", "mistake_of"])
def test_explanation_that_fails_costs_the_explanation_alone(
    stage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leo = "carol.py" if stage == "mistake_of" else "leo.py"
    whole = score_of(leo)
    monkeypatch.setattr(grader.feedback.explain, stage, broken)
    assert in_process(SUBMISSIONS / leo, "--no-timing", "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["score"] == whole
    if stage != "facts":  # of which there need be none
        assert "could not explain these results" in "".join(report["notes"])


def test_marking_that_fails_costs_one_mark(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = grader.judging.report.mark

    def mark(rubric: Any, who: Who, findings: Any) -> Any:
        return broken() if who.id == "ben" and findings.verification else real(rubric, who, findings)

    monkeypatch.setattr(grader.classroom.run, "mark", mark)
    out = two.parent / "out"
    assert in_process(two, *quickly(two), "--out", out) == 3
    assert marks(out) == {"ann": ("graded", "100.0"), "ben": ("judge_error", "")}
    assert "ZeroDivisionError: ours" in capsys.readouterr().out
    monkeypatch.setattr(grader.classroom.run, "mark", real)
    assert in_process(two, *quickly(two), "--out", out) == 0  # a judge error is tried again
    assert marks(out)["ben"][0] == "graded"


def refuse_ben(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let our side fail wherever one hand-in is read."""
    read = Reader.read

    def failing(self: Reader, entry: Entry, *rest: Any) -> Reading | None:
        if entry.id == "ben":
            raise error
        return read(self, entry, *rest)

    monkeypatch.setattr(Reader, "read", failing)


DENIED = "hw/ben: cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("error", "said", "jobs"),
    [
        (JudgeError(DENIED), DENIED, 1),
        (JudgeError(DENIED), DENIED, 2),
        (PermissionError(13, "Permission denied", "hw/ben"), "hw/ben: Permission denied", 1),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "invalid start byte", 1),
        (MemoryError(), "MemoryError", 1),
    ],
    ids=["judge", "judge-2", "system", "defect", "memory"],
)
def test_what_our_side_cannot_read_is_ours_and_of_one_student(
    two: Path, error: Exception, said: str, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_ben(error, monkeypatch)
    out = two.parent / "out"
    for _ in range(2):  # it is tried again
        assert in_process(two, *quickly(two), "--jobs", jobs, "--out", out) == 3
    assert marks(out) == {"ann": ("graded", "100.0"), "ben": ("judge_error", "")}
    message = json.loads((out / "grades.json").read_text())[1]["message"]
    assert said in message
    assert "nothing was marked" in message
    assert attempts(out) == 3


def test_same_of_a_submission_that_is_graded_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_ben(PermissionError(13, "Permission denied", "hw/ben"), monkeypatch)
    entry = Entry("ben", "ben", "hw/ben", Place("hw/ben"))
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    with kept_zygotes(), Grader(load_rubric(tmp_path / "rubric.yaml"), Options(timing=False)) as one:
        report = one.grade(entry)
    assert (report.verdict, report.score) == ("judge_error", None)
    assert (report.message or "").endswith("hw/ben: Permission denied")


def workers_of(pid: int) -> set[int]:
    """The processes that grade for a run."""
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
        return {child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}
    except OSError:
        return set()


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("times", [1, 2])
def test_lost_process_costs_at_most_what_it_graded(tmp_path: Path, times: int) -> None:
    """Once lost, a submission is tried again; twice lost, it is a judge error."""
    slow = re.sub(r"call_s: [\d.]+", "call_s: 1.5", RUBRIC)  # so long hangs one call
    assert "call_s: 1.5" in slow
    (tmp_path / "rubric.yaml").write_text(slow)
    folder, out = write(tmp_path / "hw", {"ann.py": SAMPLE["alice"], "ben.py": HANGS}), tmp_path / "out"
    process = start(folder, "--rubric", tmp_path / "rubric.yaml", "--jobs", 2, "--out", out)
    killed: set[int] = set()
    until((out / "reports" / "ann.md").exists)
    for _ in range(times):
        until(lambda: len(workers_of(process.pid) - killed) >= (2 if not killed else 1))
        time.sleep(0.5)
        for worker in workers_of(process.pid) - killed:
            os.kill(worker, signal.SIGKILL)
            killed.add(worker)
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    assert process.returncode == (0 if times == 1 else 3)
    assert marks(out)["ann"] == ("graded", "100.0")
    assert marks(out)["ben"][0] == ("graded" if times == 1 else "judge_error")


def limited(limit: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = " ".join(map(str, (sys.executable, "-m", "grader", *arguments)))
    return subprocess.run(
        ["bash", "-c", f"ulimit {limit}; exec {command}"],
        env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_few_descriptors_are_enough(two: Path) -> None:
    done = limited("-n 20", two, "--no-timing", "--jobs", 2, "--out", two.parent / "out")
    assert done.returncode == 0, done.stderr
    assert marks(two.parent / "out")["ann"] == ("graded", "100.0")


@pytest.mark.parametrize(("limit", "said"), [("-n 12", "raise the limit of open files: `ulimit -n 1024`")])
def test_too_few_descriptors_are_told_with_the_way_out(two: Path, limit: str, said: str) -> None:
    done = limited(limit, two, "--no-timing", "--jobs", 2, "--out", two.parent / "out")
    assert done.returncode == 3
    assert said in done.stderr
    assert "output" not in done.stderr
    assert "Traceback" not in done.stderr
    assert {verdict for verdict, _ in marks(two.parent / "out").values()} == {"judge_error"}


def test_processes_that_cannot_be_started_are_done_without(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: object) -> NoReturn:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refused)
    assert in_process(two, "--no-timing", "--jobs", 2, "--out", two.parent / "out") == 0
    assert "grade: grading 1 at a time, since this machine starts no more processes" in capsys.readouterr().err
    assert marks(two.parent / "out")["ann"] == ("graded", "100.0")


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command], env={**ENVIRONMENT, **environment}, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


GRADE = f"{sys.executable} -m grader"


@pytest.mark.parametrize("where", ["> /dev/full", "2> /dev/full", "<&- >&- 2>&-"])
def test_output_that_fails_costs_no_table(two: Path, where: str) -> None:
    """An output that ends early is in `test_marks_are_written_whoever_reads_the_output`."""
    out = two.parent / "out"
    done = shell(f"{GRADE} {two} --no-timing --jobs 1 --out {out} {where}")
    assert marks(out)["ann"] == ("graded", "100.0")
    assert "Traceback" not in done.stderr
    if where == "> /dev/full":
        assert done.returncode == 3
        assert done.stderr.endswith("grade: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    "command", ["--help", "--version", "doctor", "rubric schema", "rubric audit cs231n-conv --seeds 1"]
)
def test_every_command_says_that_its_output_fails(command: str) -> None:
    done = shell(f"{GRADE} {command} > /dev/full")
    assert (done.returncode, done.stderr) == (3, "grade: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("path", ["grades.csv", "grades.json", "reports/ann.html"])
def test_file_that_cannot_be_written_costs_no_other(two: Path, path: str) -> None:
    out = two.parent / "out"
    grade(two, *quickly(two), "--out", out)
    (out / path).unlink()
    (out / path).mkdir()
    done = grade(two, *quickly(two), "--out", out, "--fresh")
    assert done.returncode == 3
    assert f"grade: {out / path}: cannot be written: Is a directory\n" in done.stderr
    assert "the output" not in done.stderr
    assert done.stdout.startswith("2 submissions: 2 graded")
    assert not list(out.rglob(".*.new"))
    if path != "grades.csv":
        assert marks(out)["ann"] == ("graded", "100.0")


LONG = "n" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        (f"{LONG}.py",),
        (SUBMISSIONS / "alice.py", "--rubric", f"{LONG}.yaml"),
        (SUBMISSIONS / "alice.py", "--out", LONG),
        ("report", LONG),
        ("leaderboard", LONG),
        ("time", f"{LONG}.py"),
        ("rubric", "check", LONG),
    ],
    ids=["path", "rubric", "out", "report", "leaderboard", "time", "check"],
)
def test_name_that_is_too_long_is_a_usage_error(arguments: tuple[object, ...], tmp_path: Path) -> None:
    done = grade(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "File name too long" in done.stderr
    assert LONG in done.stderr


def test_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    done = shell(f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone; {GRADE} {SUBMISSIONS} --jobs 1")
    assert done.returncode == 2
    assert "the current folder is gone" in done.stderr


def test_user_without_a_home_is_told_to_name_a_key(monkeypatch: pytest.MonkeyPatch, two: Path) -> None:
    grade(two, *quickly(two), "--out", two.parent / "out")

    def no_home() -> NoReturn:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert in_process("leaderboard", two.parent / "out", "--names", "pseudonymous") == 2
    assert in_process("leaderboard", two.parent / "out", "--names", "pseudonymous", "--key", two.parent / "key") == 0


def test_no_folder_for_temporary_files_is_told_for_each(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere() -> NoReturn:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    assert in_process(two, *quickly(two), "--out", two.parent / "out") == 3
    assert "set TMPDIR to one that can be written" in capsys.readouterr().out
    assert {verdict for verdict, _ in marks(two.parent / "out").values()} == {"judge_error"}


def test_no_room_for_the_rows_of_the_overview_costs_the_overview_alone(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: object, **options: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("grader.reports.index._IN_MEMORY_BYTES", 1)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", full)
    assert in_process(two, *quickly(two), "--out", two.parent / "out") == 3
    assert "index.html: cannot be written: No space left on device" in capsys.readouterr().err
    assert {verdict for verdict, _ in marks(two.parent / "out").values()} == {"graded"}


ODD_TEXT = """
import re
PATTERN = re.compile("\\d+\\.py")
def other(x):
    assert (x, "never")
    return 1if x is 3 else 2
"""


@pytest.mark.parametrize("stray", ["", "\n)\n"], ids=["parses", "does-not"])
def test_warnings_of_a_students_text_are_no_business_of_ours(tmp_path: Path, stray: str) -> None:
    """From Python 3.12 on they are shown by default; here they are asked for."""
    folder = write(tmp_path / "hw", {"ann.py": SAMPLE["alice"] + ODD_TEXT + stray, "ben.py": ODD_TEXT})
    arguments = f"{folder} --no-timing --jobs 1 -q --out {tmp_path / 'out'}"
    done = shell(f"{GRADE} {arguments}", PYTHONWARNINGS="default")
    assert done.returncode == 0
    assert "Warning" not in done.stdout + done.stderr
    assert marks(tmp_path / "out")["ann"] == ("graded", "100.0")


MODULES = (
    "numpy",
    "pickle",
    "selectors",
    "struct",
    "tempfile",
    "random",
    "socket",
    "json",
    "multiprocessing",
    "cs231n",
)
"""What some of our own processes import when they start."""


@pytest.mark.parametrize(("isolation", "jobs"), [("auto", 2), ("none", 1)])
def test_course_folder_may_be_the_current_one(tmp_path: Path, isolation: str, jobs: int) -> None:
    """A submission that is called like a module of Python's is not run by us, nor compiled beside the others."""
    ran = f"open({str(tmp_path / 'ran')!r}, 'a').write(__name__)\n" if isolation == "auto" else ""
    folder = write(tmp_path / "hw", {f"{name}.py": ran + SAMPLE["alice"] + f"\n# {name}" for name in MODULES})
    done = grade(".", "--no-timing", "--jobs", jobs, "--isolation", isolation, "--out", tmp_path / "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()
    assert marks(tmp_path / "out") == dict.fromkeys(MODULES, ("graded", "100.0"))
    assert [path for path in folder.rglob("*") if "pyc" in path.name] == []
