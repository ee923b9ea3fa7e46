"""Class runs: the same marks in any order, nothing lost, nothing run twice, one grader at a time."""

import csv
import gc
import json
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.attempts import Evidence
from grader.classroom.store import Store
from grader.database import APPLICATION_ID
from grader.errors import JudgeError
from grader.judging.report import mark
from grader.pipeline import Grader, Options
from grader.records import FUNCTIONS
from grader.rubric.homework import Homework
from grader.rubric.reading import load_rubric
from grader.sources import find_entries
from tests.cli import SUBMISSIONS, grade, grade_in_a_process, kept_zygotes, start, wait_for
from tests.test_notebook import notebook
from tests.test_sources import write, zipped

RUBRIC = "schema: convgrade/1\nextends: correctness-only.yaml\nname: quick\ncases: {count: 20}\nlimits: {call_s: 0.1}\n"
TIMED = """\
schema: convgrade/1
extends: cs231n-conv.yaml
name: quick
cases: {count: 20}
limits: {timing_s: 0.05}
"""
_WORKLOAD = "points: 10, workload: {x: [6, 3, 10, 10], w: [4, 3, 3, 3], stride: 1, pad: 1}, full_at: 0.5, zero_at: 0.1"
_SPEED = (f"{{id: speed-{f}, kind: speed, function: {f}, {_WORKLOAD}}}" for f in FUNCTIONS)
QUICKLY_TIMED = f"{TIMED}items: [{', '.join(_SPEED)}]\n"
"""With a workload on which nested loops take milliseconds; they earn nothing, so that six pairs of calls are enough."""
_LONG_LOOPS = "  - {{id: speed-{}, workload: {{x: [100, 3, 31, 31], w: [8, 3, 3, 3], stride: 2, pad: 1}}}}\n"
"""Which take seconds to be measured."""
SAMPLE = {path.stem: path.read_text() for path in SUBMISSIONS.glob("*.py")}
HANGS = "import time\n\n\ndef conv_forward_naive(*a):\n    time.sleep(1000)\n"
CRASHES = "import os\ndef conv_forward_naive(*a): os.abort()\n"


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "rubric.yaml"
    path.write_text(RUBRIC)
    return path


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    files: dict[str, str | bytes] = {f"{name}.py": SAMPLE[name] for name in ("alice", "carol", "leo", "starter")}
    files |= {"twin.py": SAMPLE["carol"], "hangs.py": HANGS, "crashes.py": CRASHES, "syntax.py": "def (:"}
    files |= {"book.ipynb": notebook(SAMPLE["carol"]), "course/cs231n/layers.py": SAMPLE["carol"]}
    files["archive.zip"] = zipped(tmp_path / "archive.zip", {"cs231n/layers.py": SAMPLE["carol"]}).read_bytes()
    files["broken.zip"] = b"PK broken"
    return write(tmp_path / "class", files)


@pytest.fixture
def quick_class(class_folder: Path) -> Path:
    """Without the one that takes seconds, and without what is handed in a second time."""
    for again in ("hangs.py", "twin.py", "book.ipynb", "course/cs231n/layers.py", "archive.zip", "leo.py"):
        (class_folder / again).unlink()
    shutil.rmtree(class_folder / "course")
    return class_folder


def marks(folder: Path) -> dict[str, tuple[str, str]]:
    """Verdict and score by id, from `grades.csv`."""
    with (folder / "grades.csv").open(newline="") as file:
        return {row["id"]: (row["verdict"], row["score"]) for row in csv.DictReader(file)}


def reports(folder: Path) -> list[Path]:
    """One file of each submission that has been dealt with."""
    return list(folder.glob("reports/*.md"))


def has_reports(folder: Path, count: int) -> bool:
    return len(reports(folder)) >= count


def attempts(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "results.sqlite")) as database, database:
        return int(database.execute("SELECT count(*) FROM attempts").fetchone()[0])


def test_class_is_graded_the_same_with_any_number_of_jobs(tmp_path: Path, class_folder: Path, rubric: Path) -> None:
    found = []
    for jobs in (1, 2):
        out = tmp_path / f"out{jobs}"
        done = grade(class_folder, "--rubric", rubric, "--out", out, "--jobs", jobs)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("12 submissions: 10 graded, 2 rejected\n")
        assert max(len(line) for line in done.stdout.splitlines() if str(tmp_path) not in line) <= 80
        found.append(marks(out))
        assert len(list((out / "reports").iterdir())) == 36
        assert len(json.loads((out / "grades.json").read_text())) == 12
    assert found[0] == found[1]
    assert {found[0][name] for name in ("carol", "twin", "book", "course", "archive")} == {found[0]["carol"]}
    assert found[0]["alice"] == ("graded", "100.0")
    assert found[0]["broken"] == ("rejected", "0.0")


def test_class_does_not_pile_up_garbage_as_a_start_does(tmp_path: Path, quick_class: Path, rubric: Path) -> None:
    usual = gc.get_threshold()
    gc.set_threshold(200_000)
    try:
        grade(quick_class, "--rubric", rubric, "--out", tmp_path / "out")
        assert gc.get_threshold()[0] <= 2000
    finally:
        gc.set_threshold(*usual)


def test_second_run_runs_only_what_has_changed(tmp_path: Path, quick_class: Path, rubric: Path) -> None:
    out = tmp_path / "out"
    arguments = (quick_class, "--rubric", rubric, "--out", out, "--jobs", 1)
    grade(*arguments)
    assert attempts(out) == 6
    before = marks(out)
    started = time.monotonic()
    done = grade(*arguments)
    assert time.monotonic() - started < 3
    assert "6 kept" in done.stderr
    assert f"marks in {out}/grades.csv, an overview in {out}/index.html" in done.stderr
    assert (attempts(out), marks(out)) == (6, before)

    (quick_class / "alice.py").write_text(SAMPLE["judy"])
    done = grade(*arguments)
    assert "5 kept" in done.stderr
    assert attempts(out) == 7
    assert marks(out)["alice"] != before["alice"]

    rubric.write_text(RUBRIC + "items: [{id: db, kind: correctness, output: db, points: 60}]\n")
    done = grade(*arguments)
    assert "6 marked again" in done.stderr
    assert attempts(out) == 13
    assert float(marks(out)["carol"][1]) == pytest.approx(float(before["carol"][1]) + 54)

    rubric.write_text(RUBRIC + "seed: 7\n")
    assert "6 kept" not in grade(*arguments).stderr
    assert attempts(out) == 19
    assert grade(*arguments, "--fresh").returncode == 0
    assert attempts(out) == 25


def test_killed_run_resumes_to_the_same_result(tmp_path: Path, quick_class: Path, rubric: Path) -> None:
    whole, killed, scratch = tmp_path / "whole", tmp_path / "killed", tmp_path / "scratch"
    scratch.mkdir()
    grade(quick_class, "--rubric", rubric, "--out", whole, "--jobs", 1)
    for written in (0, 2):
        process = start(quick_class, "--rubric", rubric, "--out", killed, "--jobs", 2, TMPDIR=str(scratch))
        wait_for(process, lambda: list(scratch.glob("convgrade-*")))
        wait_for(process, partial(has_reports, killed, written))
        process.kill()
        process.communicate(timeout=60)
    done = grade(quick_class, "--rubric", rubric, "--out", killed, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert marks(killed) == marks(whole)
    wait_for(None, lambda: not list(scratch.glob("convgrade-[!t]*")))


def test_report_that_a_killed_run_did_not_write_is_written_by_the_next(
    tmp_path: Path, quick_class: Path, rubric: Path
) -> None:
    out = tmp_path / "out"
    arguments = (quick_class, "--rubric", rubric, "--out", out)
    grade(*arguments)
    right = (out / "reports" / "alice.txt").read_text()
    (out / "reports" / "alice.txt").write_text("of an older attempt")
    with closing(sqlite3.connect(out / "results.sqlite")) as database, database:
        database.execute("UPDATE attempts SET is_written = 0 WHERE id = 'alice'")
    assert "6 kept" in grade(*arguments).stderr
    assert (out / "reports" / "alice.txt").read_text() == right


@pytest.mark.parametrize("jobs", [1, 2])
def test_second_interrupt_ends_at_once(tmp_path: Path, rubric: Path, jobs: int) -> None:
    slow = "import time\ndef conv_forward_naive(*a): time.sleep(8)\n"
    folder = write(tmp_path / "class", {f"s{i}.py": f"{slow}\nN = {i}\n" for i in range(6)})
    rubric.write_text(RUBRIC.replace("call_s: 0.1", "call_s: 9"))
    process = start(folder, "--rubric", rubric, "--out", tmp_path / "out", "--jobs", jobs, TMPDIR=str(tmp_path))
    wait_for(process, lambda: list(tmp_path.glob("convgrade-*")))
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.readline().endswith("/class: 6 submissions\n")
    said = "finishing the submissions that are running; press Ctrl-C again to stop at once"
    assert process.stderr.readline() == f"grade: {said}\n"
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 6
    assert "grade: interrupted" in err
    assert "Traceback" not in err


def test_odd_file_names_and_places_are_graded(tmp_path: Path, rubric: Path) -> None:
    folder = write(tmp_path / "class", {"ok.py": SAMPLE["carol"], "a b.py": SAMPLE["leo"]})
    (folder / os.fsdecode(b"caf\xe9.py")).write_text(SAMPLE["alice"])
    (folder / "a_b-c8687a08.py").write_text(SAMPLE["alice"])  # what the report of "a b" is called
    for _ in range(2):
        done = grade(".", "--rubric", rubric, "--no-timing", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("4 submissions: 4 graded\n")  # not its own results
    out = folder / "results"
    assert set(marks(out)) == {"ok", "a b", "a_b-c8687a08", "caf\\udce9"}
    assert len(list((out / "reports").iterdir())) == 12


def test_late_hand_in_joins_the_tables_of_its_class(tmp_path: Path, quick_class: Path, rubric: Path) -> None:
    out = tmp_path / "out"
    grade(quick_class, "--rubric", rubric, "--out", out)
    (tmp_path / "late.py").write_text(SAMPLE["alice"])
    done = grade(tmp_path / "late.py", "--out", out)
    assert f"{out} was graded by 'quick' (seed 231), and so is this" in done.stderr
    assert len(marks(out)) == 7
    assert len(json.loads((out / "grades.json").read_text())) == 7


def test_interrupted_run_keeps_everything_and_says_how_to_go_on(tmp_path: Path, rubric: Path) -> None:
    folder = write(tmp_path / "class", {f"s{i:02}.py": SAMPLE["bob"] for i in range(10)})
    out = tmp_path / "out"
    process = start(folder, "--rubric", rubric, "--out", out, "--jobs", 1)
    wait_for(process, lambda: reports(out))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "left. Run the same command again to go on." in err
    kept = attempts(out)
    assert 0 < kept < 10
    done = grade(folder, "--rubric", rubric, "--out", out)
    assert f"{kept} kept" in done.stderr
    assert attempts(out) == 10


def test_run_interrupted_before_the_first_submission_says_so_and_no_more(tmp_path: Path, rubric: Path) -> None:
    folder = write(tmp_path / "class", {"a.py": SAMPLE["alice"], "b.py": SAMPLE["bob"]})
    out = tmp_path / "out"
    rubric.write_text(TIMED + "items:\n" + "".join(_LONG_LOOPS.format(f) for f in FUNCTIONS))
    process = start(folder, "--rubric", rubric, "--out", out, TMPDIR=str(tmp_path))
    wait_for(process, lambda: list(tmp_path.glob("convgrade-*")))  # the nested loops are measured for a second and more
    process.send_signal(signal.SIGINT)
    printed, err = process.communicate(timeout=60)
    assert (process.returncode, printed) == (130, "")
    assert "grade: interrupted; 2 left." in err


def test_second_grader_on_a_folder_is_told_who_holds_it(tmp_path: Path, rubric: Path) -> None:
    folder = write(tmp_path / "class", {"a.py": "import time\ntime.sleep(60)", "b.py": SAMPLE["alice"]})
    rubric.write_text(RUBRIC.replace("call_s: 0.1", "call_s: 20"))
    out = tmp_path / "out"
    process = start(folder, "--rubric", rubric, "--out", out)
    try:
        wait_for(process, (out / "results.sqlite").exists)
        done = grade(folder, "--out", out)
        assert done.returncode == 2
        assert f"{out}: is in use by process {process.pid} on {os.uname().nodename}" in done.stderr
    finally:
        process.kill()
        process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("damage", "message", "status"),
    [
        ("garbage", "is damaged, or not a database", 2),
        ("newer", "was written by a newer convgrade (schema 99)", 2),
        ("file", "cannot be used as a results folder", 2),
    ],
)
def test_unusable_results_folder_is_a_clear_error(
    tmp_path: Path, rubric: Path, damage: str, message: str, status: int
) -> None:
    out = tmp_path / "out"
    if damage == "file":
        out.write_text("")
    else:
        out.mkdir()
    if damage == "garbage":
        (out / "results.sqlite").write_bytes(b"garbage " * 1000)
    elif damage == "newer":
        with closing(sqlite3.connect(out / "results.sqlite")) as database, database:
            database.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 99")
    done = grade(SUBMISSIONS, "--rubric", rubric, "--out", out)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_full_disk_keeps_what_was_graded(tmp_path: Path, rubric: Path) -> None:
    """SQLite's own limit of pages stands for the full disk: it raises the same error."""
    entries = find_entries([SUBMISSIONS / "alice.py", SUBMISSIONS / "carol.py"])
    loaded = load_rubric(rubric)
    with kept_zygotes(), Grader(loaded, Options(timing=False)) as grader, Store(tmp_path) as store:
        findings = [grader.examine(entry) for entry in entries]
        reports = [mark(Homework.of(loaded), e.who, f) for e, f in zip(entries, findings, strict=True)]
        store.add(Evidence("sha", "key", findings[0]), reports[0])
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(JudgeError, match="disk is full; what was graded before is kept"):
            for _ in range(100):
                store.add(Evidence("sha", "key", findings[1]), reports[1])
    with Store(tmp_path) as store:
        kept = {attempt.id: attempt for attempt in store.latest(store.ids())}
    assert kept["alice"].report == reports[0]
    assert kept["alice"].findings == findings[0]


def test_names_are_safe_wherever_they_are_shown(tmp_path: Path, rubric: Path) -> None:
    names = ["=1+2", "@cmd", "a b", "\x1b[31mred", "new\nline", "<b>x", "x" * 240, "\u202eltr", "..", "'q", "+1", "é"]
    folder = write(tmp_path / "class", {f"{name}.py": SAMPLE["carol"] for name in names if name != ".."})
    out = tmp_path / "out"
    done = grade(folder, "--rubric", rubric, "--out", out)
    assert done.returncode == 0, done.stderr
    reports = list((out / "reports").iterdir())
    assert len(reports) == 3 * 11
    assert all(
        set(path.name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for path in reports
    )
    text = "".join(path.read_text() for path in [*reports, out / "grades.csv", out / "grades.json"]) + done.stdout
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<b>" not in "".join(path.read_text() for path in reports if path.suffix == ".md")
    with (out / "grades.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell[:1] in ("=", "+", "@", "\t") for cell in cells)


def test_stored_results_are_rendered_again_without_grading(tmp_path: Path, rubric: Path) -> None:
    out = tmp_path / "out"
    folder = write(tmp_path / "class", {"alice.py": SAMPLE["alice"], "carol.py": SAMPLE["carol"]})
    first = grade(folder, "--rubric", rubric, "--out", out)
    shutil.rmtree(folder)
    assert grade_in_a_process("report", out).stdout == first.stdout
    for_student = grade("report", out, "carol", "--audience", "student").stdout
    assert for_student == (out / "reports" / "carol.txt").read_text()
    for_student = grade("report", out, "carol", "--audience", "student", "--format", "markdown").stdout
    assert for_student == (out / "reports" / "carol.md").read_text()
    lines = grade("report", out, "--format", "json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == json.loads((out / "grades.json").read_text())
    assert attempts(out) == 2
    for arguments, message in (
        ((out, "nobody"), "has no submission nobody"),
        ((tmp_path,), "is not a results folder"),
    ):
        done = grade("report", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr


def test_single_run_writes_a_results_folder_only_when_asked(tmp_path: Path) -> None:
    alice = SUBMISSIONS / "alice.py"
    done = grade(alice, "--no-timing", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert grade(alice, "--no-timing", "--out", "there", cwd=tmp_path).stdout == done.stdout
    assert {path.name for path in (tmp_path / "there").iterdir()} >= {"grades.csv", "grades.json", "reports"}
    grade(write(tmp_path / "class", {"a.py": SAMPLE["alice"], "b.py": SAMPLE["leo"]}), "--no-timing", cwd=tmp_path)
    assert (tmp_path / "results" / "grades.csv").exists()


def test_json_of_a_class_is_one_line_for_each(tmp_path: Path, quick_class: Path, rubric: Path) -> None:
    done = grade(quick_class, "--rubric", rubric, "--out", tmp_path / "out", "--format", "json")
    reports: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == 6
    assert {report["schema"] for report in reports} == {"convgrade/1"}
