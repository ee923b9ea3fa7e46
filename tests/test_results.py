"""No command loses or fakes a mark: what a results folder takes, what stays in it, and what is read without a trace."""

import csv
import doctest
import errno
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import grader.classroom.roots
from grader.classroom.store import Store
from grader.database import FILENAME, is_results_folder, open_to_write
from grader.errors import UsageError
from tests.cli import ENVIRONMENT, grade
from tests.test_batch import QUICKLY_TIMED, RUBRIC, SAMPLE, attempts
from tests.test_sources import write

ALICE, CAROL, LEO = (SAMPLE[name] for name in ("alice", "carol", "leo"))

BEFORE_PLACES = """
    ALTER TABLE attempts DROP COLUMN root; DROP TABLE roots; DROP TABLE secrets; DROP TABLE IF EXISTS overrides;
    DROP TABLE IF EXISTS extensions; DROP TABLE IF EXISTS considered; DROP TABLE IF EXISTS retimes;
    ALTER TABLE runs DROP COLUMN judging;
    PRAGMA application_id = 0; PRAGMA user_version = 3;
"""
"""Makes schema 3 of schema 5, or of this one."""


def make_schema_5(results: Path) -> None:
    """Write the reports as they were stored before whose they are was a record of its own."""
    with closing(sqlite3.connect(results / FILENAME)) as database, database:
        for number, stored in database.execute("SELECT number, report FROM attempts").fetchall():
            report = json.loads(zlib.decompress(stored))
            who = report.pop("who")
            report["submission"] = {key: who[key] for key in ("id", "name", "source")} | {
                "sha256": report.pop("sha256")
            }
            changed = zlib.compress(json.dumps(report).encode())
            database.execute("UPDATE attempts SET report = ? WHERE number = ?", (changed, number))
        database.executescript("DROP TABLE overrides; DROP TABLE extensions; DROP TABLE considered; DROP TABLE retimes")
        database.execute("PRAGMA user_version = 5")


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "rubric.yaml"
    path.write_text(RUBRIC)
    return path


def marks(results: Path) -> dict[str, float]:
    with (results / "grades.csv").open(newline="") as file:
        return {row["id"]: float(row["score"]) for row in csv.DictReader(file)}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_examples_in_docstrings_are_true() -> None:
    assert doctest.testmod(grader.classroom.roots).failed == 0


class TestWhatBelongsToAFolder:
    """One assignment, and the places that its submissions come from."""

    @pytest.fixture
    def results(self, tmp_path: Path, rubric: Path) -> Path:
        write(tmp_path / "hw2", {"ann.py": ALICE, "ben.py": LEO})
        grade(tmp_path / "hw2", "--rubric", rubric, "--out", tmp_path / "results")
        return tmp_path / "results"

    def refused(self, results: Path, *arguments: object) -> str:
        """What `grade ARGUMENTS --out RESULTS` says, which has to change nothing."""
        before = marks(results)
        done = grade(*arguments, "--out", results)
        assert (done.returncode, done.stdout) == (2, "")
        assert marks(results) == before
        return done.stderr

    def test_other_rubric_is_refused_with_the_way_out(self, tmp_path: Path, rubric: Path, results: Path) -> None:
        rubric.write_text(RUBRIC.replace("name: quick", "name: assignment 3"))
        said = self.refused(results, tmp_path / "hw2", "--rubric", rubric)
        assert "holds another assignment, 'quick'" in said
        assert "--out DIR" in said
        assert "--add" in said
        assert grade(tmp_path / "hw2", "--rubric", rubric, "--out", results, "--add").returncode == 0

    @pytest.mark.parametrize("other", [{"ann.py": LEO}, {"ann.py": ALICE, "zoe.py": ALICE}])
    def test_same_ids_from_another_place_are_refused_until_they_are_added(
        self, tmp_path: Path, rubric: Path, results: Path, other: dict[str, str | bytes]
    ) -> None:
        folder = write(tmp_path / "hw3", other)
        said = self.refused(results, folder, "--rubric", rubric)
        assert f"already has ann from {tmp_path}/hw2: write to another folder (--out DIR)" in said
        assert grade(folder, "--rubric", rubric, "--out", results, "--add").returncode == 0
        assert set(marks(results)) == {"ann", "ben", *(name.removesuffix(".py") for name in other)}
        assert grade(folder, "--rubric", rubric, "--out", results).returncode == 0  # now it belongs to it

    def test_files_named_one_by_one_are_a_class_too(self, tmp_path: Path, rubric: Path, results: Path) -> None:
        folder = write(tmp_path / "hw3", {"ann.py": LEO, "ben.py": LEO})
        assert "already has ann, ben from" in self.refused(results, *folder.iterdir(), "--rubric", rubric)
        assert grade(*(tmp_path / "hw2").iterdir(), "--rubric", rubric, "--out", results).returncode == 0

    def test_same_class_is_graded_again_wherever_it_lies_now(self, tmp_path: Path, rubric: Path, results: Path) -> None:
        before = marks(results)
        relative = grade("hw2", "--rubric", rubric, "--out", "results", cwd=tmp_path)
        link = tmp_path / "link"
        link.symlink_to(tmp_path / "hw2")
        linked = grade(link, "--rubric", rubric, "--out", results)
        (tmp_path / "hw2").rename(tmp_path / "moved")
        moved = grade(tmp_path / "moved", "--rubric", rubric, "--out", results)
        for done in (relative, linked, moved):
            assert (done.returncode, "2 kept" in done.stderr) == (0, True), done.stderr
        assert marks(results) == before

    def test_what_cannot_be_graded_is_the_same_wherever_it_lies_now(self, tmp_path: Path, rubric: Path) -> None:
        found = []
        for place in ("one", "two"):
            write(tmp_path / place / "hw", {"ann.py": ALICE, "ben.py": "def f(:\n"})
            (tmp_path / place / "hw" / "cem").mkdir()
            (tmp_path / place / "hw" / "cem" / "report.pdf").write_bytes(b"%PDF-1.4")
            done = grade(f"{place}/hw", "--rubric", rubric, "--out", f"of-{place}", cwd=tmp_path)
            assert "nothing gradable handed in: report.pdf" in done.stdout + done.stderr
            reports = json.loads((tmp_path / f"of-{place}" / "grades.json").read_text())
            found.append({one["submission"]["id"]: one["submission"]["sha256"] for one in reports})
        assert found[0] == found[1] and len(found[0]) == 3

    def test_rubric_of_the_same_name_with_other_points_or_cases_is_the_same_assignment(
        self, tmp_path: Path, rubric: Path, results: Path
    ) -> None:
        for change in ("items: [{id: db, kind: correctness, output: db, points: 60}]\n", "seed: 9\n"):
            rubric.write_text(RUBRIC + change)
            assert grade(tmp_path / "hw2", "--rubric", rubric, "--out", results).returncode == 0

    def test_late_hand_in_stays_when_the_class_is_graded_again(
        self, tmp_path: Path, rubric: Path, results: Path
    ) -> None:
        late = write(tmp_path / "late", {"ben.py": ALICE, "zoe.py": ALICE})
        for name in ("ben", "zoe"):
            assert grade(late / f"{name}.py", "--rubric", rubric, "--out", results).returncode == 0
        assert marks(results) == {"ann": 100, "ben": 100, "zoe": 100}
        for options in ((), ("--fresh",)):
            done = grade(tmp_path / "hw2", "--rubric", rubric, "--out", results, *options)
            assert "ben: kept the later hand-in" in done.stderr
            assert "results has others, too, who are not in this class: zoe; `grade forget " in done.stderr
            assert marks(results) == {"ann": 100, "ben": 100, "zoe": 100}
        rubric.write_text(RUBRIC + "items: [{id: db, kind: correctness, output: db, points: 60}]\n")
        grade(tmp_path / "hw2", "--rubric", rubric, "--out", results)
        assert marks(results) == {"ann": 154, "ben": 154, "zoe": 154}  # marked again
        rubric.write_text(RUBRIC)
        (tmp_path / "hw2").rename(tmp_path / "moved")
        grade(tmp_path / "moved", "--rubric", rubric, "--out", results)
        assert marks(results)["ben"] == 100

    def test_newer_file_in_the_class_or_one_that_is_named_replaces_the_late_one(
        self, tmp_path: Path, rubric: Path, results: Path
    ) -> None:
        late = write(tmp_path / "late", {"ben.py": ALICE})
        old = marks(results)["ben"]
        grade(late / "ben.py", "--rubric", rubric, "--out", results)
        grade(tmp_path / "hw2" / "ben.py", "--rubric", rubric, "--out", results)
        assert marks(results)["ben"] == old
        grade(late / "ben.py", "--rubric", rubric, "--out", results)
        write(tmp_path / "hw2", {"ben.py": CAROL})
        grade(tmp_path / "hw2", "--rubric", rubric, "--out", results)
        assert marks(results)["ben"] == 98.53

    def test_folder_graded_before_places_were_known_goes_on(self, tmp_path: Path, rubric: Path, results: Path) -> None:
        with closing(sqlite3.connect(results / FILENAME)) as database, database:
            database.executescript(BEFORE_PLACES)
        assert is_results_folder(results)
        assert "already has ann" in self.refused(results, write(tmp_path / "hw3", {"ann.py": LEO}), "--rubric", rubric)
        done = grade(tmp_path / "hw2", "--rubric", rubric, "--out", results)
        assert "2 kept" in done.stderr, done.stderr


class TestFoldersThatAreNotOurs:
    """Nothing of anybody else's is changed."""

    @pytest.mark.parametrize(
        "files", [{"grades.csv": "student,final\nann,1.0\n"}, {"reports/ann.txt": "mine"}, {"notes.md": "mine"}]
    )
    def test_folder_of_somebody_else_is_left_as_it_is(
        self, tmp_path: Path, rubric: Path, files: dict[str, str | bytes]
    ) -> None:
        mine, homework = write(tmp_path / "mine", files), write(tmp_path / "hw", {"a.py": ALICE, "b.py": LEO})
        before = contents(mine)
        done = grade(homework, "--rubric", rubric, "--out", mine)
        assert (done.returncode, done.stdout) == (2, "")
        assert "is not empty and not a results folder" in done.stderr
        assert contents(mine) == before

    @pytest.mark.parametrize("arguments", [("report",), ("leaderboard",), ("@class", "--out")])
    def test_other_programs_database_is_left_as_it_is(self, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        mine, homework = tmp_path / "mine", write(tmp_path / "hw", {"a.py": ALICE, "b.py": LEO})
        mine.mkdir()
        with closing(sqlite3.connect(mine / FILENAME)) as database, database:
            database.executescript("CREATE TABLE attempts (id, score); PRAGMA user_version = 2")
        before = contents(mine)
        done = grade(*(homework if word == "@class" else word for word in arguments), mine)
        assert (done.returncode, done.stdout) == (2, "")
        assert "belongs to another program, so it is left as it is" in done.stderr
        assert {name: data for name, data in contents(mine).items() if name != ".lock"} == before
        assert not is_results_folder(mine)

    @pytest.mark.parametrize("make", ["missing", "empty", "text", "link", "folder"])
    def test_file_that_is_only_called_like_it_makes_no_results_folder(self, tmp_path: Path, make: str) -> None:
        path = tmp_path / "there" / FILENAME
        path.parent.mkdir()
        if make == "folder":
            path.mkdir()
        elif make == "link":
            with Store(tmp_path):
                path.symlink_to(tmp_path / FILENAME)
        elif make != "missing":
            path.write_text("" if make == "empty" else "results: 12\n" * 99)
        assert not is_results_folder(path.parent)

    def test_database_of_ours_is_known_even_when_its_writer_was_killed(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.add_roots(["/somewhere"])
            copy = tmp_path / "copy"
            copy.mkdir()
            shutil.copyfile(tmp_path / FILENAME, copy / FILENAME)
            assert is_results_folder(tmp_path)
            assert is_results_folder(copy)  # without what is in the log

    def test_database_is_not_for_everybody_on_the_machine(self, tmp_path: Path) -> None:
        """Students may have accounts there, and the secret that cases are drawn from is in it."""
        before = os.umask(0)
        try:
            with Store(tmp_path) as store:
                store.secret()
                files = list(tmp_path.glob(f"{FILENAME}*"))
                assert len(files) > 1  # what SQLite keeps beside it
                assert not any(path.stat().st_mode & 0o007 for path in files)
        finally:
            os.umask(before)

    @pytest.mark.parametrize("out", [".", "../hw", "link"])
    def test_results_in_place_of_the_class_are_refused_at_once(self, tmp_path: Path, rubric: Path, out: str) -> None:
        homework = write(tmp_path / "hw", {"a.py": ALICE, "b.py": LEO})
        (tmp_path / "hw" / "link").symlink_to(homework)
        done = grade(homework, "--rubric", rubric, "--out", out, cwd=homework)
        assert (done.returncode, "is the class itself" in done.stderr) == (2, True)
        assert not (homework / FILENAME).exists()

    @pytest.mark.parametrize("out", ["results", "a/b/results"])
    def test_results_inside_the_class_work_again_and_again(self, tmp_path: Path, rubric: Path, out: str) -> None:
        homework = write(tmp_path / "hw", {"a.py": ALICE, "b.py": LEO})
        for _ in range(3):
            done = grade(homework, "--rubric", rubric, "--out", homework / out)
            assert (done.returncode, set(marks(homework / out))) == (0, {"a", "b"})
        assert attempts(homework / out) == 2


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class, its rubric and its results."""
    root = tmp_path_factory.mktemp("graded")
    (root / "rubric.yaml").write_text(RUBRIC + "leaderboard: {rank_by: score}\n")
    homework = write(root / "hw", {"a.py": ALICE, "b.py": CAROL})
    grade(homework, "--rubric", root / "rubric.yaml", "--out", root / "out")
    return root


class TestReading:
    """`grade report` and `grade leaderboard` leave no trace."""

    def test_a_new_database_is_seen_when_it_is_whole(self, tmp_path: Path) -> None:
        """Who reads it while its tables are made would take it for damaged."""
        there: list[bool] = []

        def prepare(database: sqlite3.Connection) -> None:
            there.append((tmp_path / FILENAME).exists())
            database.execute("CREATE TABLE IF NOT EXISTS attempts (id)")

        open_to_write(tmp_path / FILENAME, prepare).close()
        assert there == [False, True]
        assert [path.name for path in tmp_path.iterdir()] == [FILENAME]

    @pytest.fixture
    def results(self, tmp_path: Path, graded: Path) -> Path:
        """A copy of the results, for one test."""
        return shutil.copytree(graded / "out", tmp_path / "out")

    @pytest.mark.parametrize("command", ["report", "leaderboard"])
    @pytest.mark.parametrize("version", [7, 5, 3])
    def test_nothing_is_written(self, results: Path, command: str, version: int) -> None:
        if version < 7:
            make_schema_5(results)
        if version == 3:
            with closing(sqlite3.connect(results / FILENAME)) as database, database:
                database.executescript(BEFORE_PLACES)
        before = contents(results)
        for path in (results, *results.iterdir()):
            path.chmod(0o555 if path.is_dir() else 0o444)
        done = grade(command, results)
        for path in (results, *results.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
        assert (done.returncode, done.stderr) == (0, "")
        assert "100" in done.stdout or (command, version) == ("leaderboard", 3)  # what is judged now is not of then
        assert contents(results) == before

    def test_reports_of_schema_5_are_shown_as_those_of_now(self, graded: Path, results: Path) -> None:
        def shown() -> str:
            return grade("report", results, "--format", "json").stdout

        now = shown()
        assert [json.loads(line)["submission"]["sha256"] for line in now.splitlines()] == [
            hashlib.sha256(text.encode()).hexdigest() for text in (ALICE, CAROL)
        ]
        make_schema_5(results)
        assert shown() == now
        done = grade(graded / "hw", "--rubric", graded / "rubric.yaml", "--out", results)
        assert (done.returncode, "2 kept" in done.stderr) == (0, True), done.stderr
        assert shown() == now

    def test_report_that_does_not_name_its_operator_is_read_as_one_of_the_convolution(self, results: Path) -> None:
        """As reports were stored before there was another."""
        now = grade("report", results, "b")
        with closing(sqlite3.connect(results / FILENAME)) as database, database:
            for number, stored in database.execute("SELECT number, report FROM attempts").fetchall():
                report = json.loads(zlib.decompress(stored))
                del report["terms"]
                row = (zlib.compress(json.dumps(report).encode()), number)
                database.execute("UPDATE attempts SET report = ? WHERE number = ?", row)
        then = grade("report", results, "b")
        assert "failing case found: x (1, 1, " in then.stdout
        assert (then.stdout, then.stderr) == (now.stdout, now.stderr)

    def test_what_a_killed_run_left_in_the_log_is_read(self, tmp_path: Path, results: Path) -> None:
        killed = tmp_path / "killed"
        killed.mkdir()
        with Store(results) as store:
            store.add_roots(["/only/in/the/log"])
            for name in (FILENAME, f"{FILENAME}-wal"):
                shutil.copyfile(results / name, killed / name)
        before = contents(killed)
        killed.chmod(0o555)
        with Store(killed, read_only=True) as store:
            assert "/only/in/the/log" in store.roots()
            assert store.ids() == ["a", "b"]
        killed.chmod(0o755)
        assert {name: contents(killed)[name] for name in before} == before

    def test_empty_database_is_said_to_be_empty(self, tmp_path: Path) -> None:
        (tmp_path / FILENAME).touch()
        assert "is empty: nothing has been graded" in grade("report", tmp_path).stderr

    @pytest.mark.parametrize("command", ["report", "leaderboard"])
    def test_what_is_no_results_folder_or_cannot_be_read_is_told_as_such(
        self, tmp_path: Path, results: Path, command: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "folder" / FILENAME).mkdir(parents=True)
        for name in ("nowhere", "folder"):
            done = grade(command, tmp_path / name)
            assert (done.returncode, done.stdout) == (2, "")
            assert f"{tmp_path / name} is not a results folder (no {FILENAME} in it)" in done.stderr
        open_path = Path.open

        def refuse(path: Path, *arguments: Any, **keywords: Any) -> Any:  # root may read everything
            if path.name == FILENAME:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return open_path(path, *arguments, **keywords)

        monkeypatch.setattr(Path, "open", refuse)
        done = grade(command, results)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"grade: {results / FILENAME}: Permission denied\n"

    def test_folder_that_cannot_be_written_is_refused_before_anything_runs(
        self, graded: Path, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
        done = grade(graded / "hw", "--out", results)
        assert (done.returncode, "cannot be written; choose another" in done.stderr) == (2, True)

    def test_reader_cannot_write(self, results: Path) -> None:
        with Store(results, read_only=True) as store, pytest.raises(UsageError, match="cannot be read"):
            store.add_roots(["/x"])


class TestTiming:
    """What was not timed is no part of the mark, and takes nothing from it."""

    @pytest.fixture
    def rubric(self, tmp_path: Path) -> Path:
        path = tmp_path / "rubric.yaml"
        path.write_text(QUICKLY_TIMED.replace("cs231n-conv.yaml", "cs231n-conv-speed-counts.yaml"))
        return path

    def test_untimed_run_keeps_what_was_timed(self, tmp_path: Path, rubric: Path) -> None:
        homework = write(tmp_path / "hw", {"a.py": ALICE, "b.py": CAROL, "c.py": CAROL + "# mine", "bad.py": "x = 1"})
        out = tmp_path / "out"
        grade(homework, "--rubric", rubric, "--out", out, "--jobs", 1)
        timed = (out / "grades.csv").read_text()
        done = grade(homework, "--rubric", rubric, "--out", out, "--no-timing", "-q", "--jobs", 1)
        assert (out / "grades.csv").read_text() == timed
        assert attempts(out) == 4
        assert "speed not timed" not in done.stdout
        grade(homework, "--rubric", rubric, "--out", out, "--no-timing", "--fresh", "-q", "--jobs", 1)
        assert marks(out) == {row["id"]: float(row["score"]) for row in csv.DictReader(timed.splitlines())}

    def test_new_text_is_marked_on_what_was_judged(self, tmp_path: Path, rubric: Path) -> None:
        homework = write(tmp_path / "hw", {"a.py": ALICE, "b.py": ALICE + "# mine"})
        out = tmp_path / "out"
        grade(homework, "--rubric", rubric, "--out", out, "--jobs", 1)
        write(homework, {"a.py": ALICE.replace("* 1", "* 1") + "\nX = 1\n", "c.py": "nothing = 1"})
        done = grade(homework, "--rubric", rubric, "--out", out, "--no-timing", "-q", "--jobs", 1)
        assert "a: 80 / 80 (speed not timed)\n" in done.stdout
        with (out / "grades.csv").open(newline="") as file:
            rows = {row["id"]: row for row in csv.DictReader(file)}
        assert (rows["a"]["score"], rows["a"]["max_score"], rows["a"]["speed-forward"]) == ("80.0", "80.0", "")
        assert (rows["c"]["score"], rows["c"]["max_score"]) == ("0.0", "80.0")
        assert rows["b"]["max_score"] == "100.0"

    @pytest.mark.parametrize(("percent", "status"), [(100, 0), (101, 1)])
    def test_fail_under_is_of_what_was_judged(self, tmp_path: Path, rubric: Path, percent: int, status: int) -> None:
        path = write(tmp_path, {"a.py": ALICE}) / "a.py"
        assert grade(path, "--rubric", rubric, "--no-timing", "--fail-under", percent).returncode == status

    def test_rubric_of_speed_alone_can_be_left_untimed(self, tmp_path: Path) -> None:
        path = tmp_path / "speed.yaml"
        path.write_text(
            QUICKLY_TIMED.replace("cs231n-conv", "cs231n-conv-speed-counts") + "drop: [forward, dx, dw, db, contract]\n"
        )
        homework = write(tmp_path / "hw", {"a.py": ALICE, "b.py": CAROL})
        options = ("--rubric", path, "--no-timing", "--fail-under", 50, "--out", tmp_path / "out")
        done = grade(homework, *options)
        assert done.returncode == 0, done.stderr
        assert "a: 0 / 0 (speed not timed)" in grade("report", tmp_path / "out", "a").stdout


@pytest.mark.parametrize(
    ("redirect", "extra"),
    [
        ("| head -c 5", ()),
        (">&-", ()),
        ("> /dev/full", ("--format", "json")),
        ("2>&1 | head -c 5", ("--format", "json")),
        ("> /dev/full", ("-q", "--fresh")),
        ("2>&-", ("-q", "--fresh")),
    ],
)
def test_marks_are_written_whoever_reads_the_output(
    tmp_path: Path, rubric: Path, redirect: str, extra: tuple[str, ...]
) -> None:
    homework, out = write(tmp_path / "hw", {f"{name}.py": f"{ALICE}# {name}\n" for name in "abc"}), tmp_path / "out"
    command = [sys.executable, "-m", "grader", str(homework), "--rubric", str(rubric), "--out", str(out), *extra]
    shell = ["bash", "-c", f'"$@" {redirect}', "-", *command]
    done = subprocess.run(
        shell, env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120,
        check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert marks(out) == dict.fromkeys("abc", 100)
    assert len(list((out / "reports").iterdir())) == 9
    assert not list(out.glob(".*.new"))
