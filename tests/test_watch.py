"""`grade watch`: what arrives is graded once, in fair turns and within limits, and nothing is lost to `kill -9`."""

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from grader.classroom.arrivals import AGAIN_S, SETTLE_S, Arrivals, signature_of
from grader.classroom.executor import Stop
from grader.classroom.limits import spent
from grader.classroom.run import Done, How
from grader.classroom.watch import Watched
from grader.closing import Closing
from grader.command_line.wakes import whenever
from grader.errors import ClusterLost, UsageError
from grader.records import Entry, Findings, Place, ReportVerdict, Task
from grader.rubric.model import Attempts
from grader.said import say
from tests.cli import grade, start, wait_for
from tests.test_batch import SAMPLE, marks

RUBRIC = """\
schema: convgrade/1
extends: correctness-only.yaml
name: quick
cases: {count: 16}
limits: {call_s: 0.1}
leaderboard: {rank_by: score, eligible: all}
"""
LATER = 1000.0
NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)


def entry(path: Path) -> Entry:
    return Entry(path.stem, path.stem, str(path), Place(str(path)))


@pytest.fixture
def hand_ins(tmp_path: Path) -> list[Entry]:
    paths = [tmp_path / f"{name}.py" for name in ("ann", "bob", "cy")]
    for path in paths:
        path.write_text("1")
    return [entry(path) for path in paths]


class TestArrivals:
    """Whose turn it is."""

    def test_what_still_changes_is_waited_for(self, hand_ins: list[Entry]) -> None:
        arrivals = Arrivals()
        arrivals.look(hand_ins, 0)
        assert not arrivals.turn(SETTLE_S / 2, 9)
        Path(hand_ins[0].source).write_text("longer")
        arrivals.look(hand_ins, SETTLE_S / 2)
        assert set(arrivals.turn(SETTLE_S, 9)) == {"bob", "cy"}
        arrivals.look(hand_ins, SETTLE_S)
        assert set(arrivals.turn(1.5 * SETTLE_S, 9)) == {"ann", "bob", "cy"}

    def test_who_was_served_longest_ago_comes_first(self, hand_ins: list[Entry]) -> None:
        arrivals = Arrivals()
        arrivals.look(hand_ins[:2], 0)
        for id, now in (("bob", 5.0), ("ann", 6.0)):
            arrivals.deal(id, now)
        for each in hand_ins[:2]:
            Path(each.source).write_text("again")
        arrivals.look(hand_ins, 10)  # ann and bob, who hand in all the time, and cy for the first time
        assert list(arrivals.turn(LATER, 2)) == ["cy", "bob"]

    def test_what_is_dealt_with_comes_back_when_it_changes_and_not_before(self, hand_ins: list[Entry]) -> None:
        arrivals = Arrivals()
        for now in (0, 1):
            arrivals.look(hand_ins[:1], now)
            arrivals.turn(LATER, 9)
            if not now:
                arrivals.deal("ann", 0)
        assert not arrivals.waiting
        beside = Path(f"{hand_ins[0].source}.new")
        beside.write_text("2")  # as long, and with the same time of change
        old = Path(hand_ins[0].source).stat()
        os.utime(beside, ns=(old.st_atime_ns, old.st_mtime_ns))
        beside.replace(hand_ins[0].source)
        arrivals.look(hand_ins[:1], 2)
        assert set(arrivals.waiting) == {"ann"}
        arrivals.look([], 3)  # taken back
        assert not arrivals.waiting

    def test_what_is_held_back_is_looked_at_later(self, hand_ins: list[Entry]) -> None:
        arrivals = Arrivals()
        arrivals.look(hand_ins[:1], 0)
        arrivals.hold("ann", 100)
        arrivals.look(hand_ins[:1], 101)
        assert not arrivals.turn(99 + AGAIN_S, 9)
        assert set(arrivals.turn(100 + AGAIN_S, 9)) == {"ann"}

    def test_signature_is_of_everything_that_is_theirs_and_of_nothing_else(self, tmp_path: Path) -> None:
        for name in ("ann/deep/a.py", "bob/b.py"):
            (tmp_path / name).parent.mkdir(parents=True)
            (tmp_path / name).write_text("1")
        ann = Place(str(tmp_path), (("top", "ann"),))
        before = signature_of(ann)
        (tmp_path / "bob/b.py").write_text("changed")
        assert signature_of(ann) == before
        (tmp_path / "ann/deep/a.py").write_text("changed")
        assert signature_of(ann) != before


def store_of(*attempts: tuple[float, str]) -> Any:
    """A store with attempts of one student: how many minutes ago, and the verdict; the latest last."""
    rows = [
        Mock(verdict=verdict, computed=Mock(started_at=(NOW - timedelta(minutes=ago)).isoformat()))
        for ago, verdict in attempts
    ]
    return Mock(attempts_of=lambda id: len(rows), latest_of=lambda id, before=0: rows[-1 - before])


class TestLimits:
    """The rubric's `attempts`."""

    def test_of_an_hour_and_of_a_day(self) -> None:
        hourly, both = Attempts(per_hour=2), Attempts(per_hour=2, per_day=3)
        store = store_of((1500, "graded"), (600, "graded"), (61, "graded"), (30, "graded"))
        assert spent(store, hourly, "ann", NOW) is None
        assert spent(store, both, "ann", NOW) == "3 in a day"
        assert spent(store_of((59, "graded"), (1, "graded")), both, "ann", NOW) == "2 in an hour"
        assert spent(store, Attempts(), "ann", NOW) is None

    def test_only_what_was_graded_counts_and_only_once(self) -> None:
        store = store_of(
            (9, "graded"), (9, "graded"), (8, "rejected"), (7, "judge_error")
        )  # marked again: the same run
        assert spent(store, Attempts(per_hour=2), "ann", NOW) is None
        assert spent(store, Attempts(per_hour=1), "ann", NOW) == "1 in an hour"


def test_an_internal_error_is_said_even_by_a_quiet_watch(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Watched(Path(), Mock(), Mock(), Mock(), Mock(), lambda text: None)
    quiet._tell_of(Done("ann", ReportVerdict.GRADED, How.GRADED))
    quiet._tell_of(Done("bob", ReportVerdict.JUDGE_ERROR, How.GRADED))
    assert capsys.readouterr().err == "grade: bob: internal error, so there is no mark; its report says why\n"


@pytest.mark.slow
def test_names_and_links_in_the_folder_do_not_end_a_watch(tmp_path: Path) -> None:
    beside, folder = tmp_path / "beside", tmp_path / "class"
    for k in range(9):
        (beside / str(k)).mkdir(parents=True)
    (folder / "ann").mkdir(parents=True)
    (folder / "ann/everything").symlink_to(beside)
    looks = whenever(folder, lambda: False, lambda: False)
    next(looks)
    next(looks)  # when it is watched
    asked = [path.read_text() for path in Path("/proc/self/fdinfo").iterdir() if path.exists()]
    assert sum(text.count("inotify wd:") for text in asked) == 2
    for name in (b"bo\xff.py", b"cy.py"):  # the first is no UTF-8
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()
        next(looks)


def test_a_name_of_several_lines_begins_no_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    say("x\ngrade: bob: graded")
    assert capsys.readouterr().err == "grade: x\n  grade: bob: graded\n"


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "rubric.yaml"
    path.write_text(RUBRIC + "attempts: {per_hour: 2}\nlate: {due: 2026-02-04T00:00:00Z, per_day_percent: 10}\n")
    return path


def rows_of(results: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(results / "results.sqlite")) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'attempts'").fetchall():
            return []  # it is being made
        return database.execute("SELECT id, sha256 FROM attempts ORDER BY number").fetchall()


def test_once_grades_what_is_there_and_what_is_new_within_the_limits(tmp_path: Path, rubric: Path) -> None:
    folder, results = tmp_path / "class", tmp_path / "results"
    folder.mkdir()
    command = ("watch", folder, "--rubric", rubric, "--out", results, "--once")
    first = grade(*command)
    assert first.returncode == 0  # nobody has handed in
    assert first.stderr.count("nothing in it that could be a submission (.py, .ipynb, archives, folders); waiting") == 1
    for name in ("ann", "bo"):
        (folder / f"{name}.py").write_text(SAMPLE["starter"])
    both = grade(*command)
    assert "ann: graded\n" in both.stderr
    assert both.stderr.count("no time of handing in is known for ann, so lateness costs nothing there") == 1
    (folder / "bo.py").unlink()
    (folder / "half.zip").write_bytes(b"PK\x03\x04 the rest is under way")
    (folder / "ann.py").write_text(SAMPLE["carol"])
    second = grade(*command)
    assert "half: waits; it cannot be opened yet\n" in second.stderr
    assert [id for id, _ in rows_of(results) if id != "bo"] == ["ann", "ann"]
    (folder / "ann.py").write_text(SAMPLE["alice"])
    third = grade(*command)
    assert third.returncode == 0
    assert "ann: waits; the rubric allows 2 in an hour (attempts)\n" in third.stderr
    assert len(rows_of(results)) == 3
    assert "ann" in (results / "leaderboard.html").read_text()


class FakeCluster(Closing):
    """An executor that finds everything right, until it is lost."""

    def __init__(self, results: int | None) -> None:
        self.results = results
        """So many come; None for all."""

    def run(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        for number, task in enumerate(tasks):
            if number == self.results:
                raise ClusterLost("lost")
            yield task, Findings(ReportVerdict.GRADED)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("clusters", "status", "graded", "said"),
    [
        ([None], 0, 3, []),
        ([1, None], 0, 3, ["lost; hand-ins wait until it is there again", "the cluster is there again"]),
        ([0], 3, 0, ["lost; hand-ins wait until it is there again"]),
        ([2, UsageError("no scheduler")], 3, 2, ["lost; hand-ins wait until it is there again"]),
        ([UsageError("no scheduler")], 2, 0, ["no scheduler"]),
    ],
)
def test_a_cluster_that_is_lost_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clusters: list[Any], status: int, graded: int, said: list[str]
) -> None:
    folder, results, made = tmp_path / "class", tmp_path / "results", Mock(side_effect=[])
    folder.mkdir()
    for name in ("ann", "bob", "cy"):
        (folder / f"{name}.py").write_text(SAMPLE["carol"])
    made.side_effect = [each if isinstance(each, Exception) else FakeCluster(each) for each in clusters]
    monkeypatch.setattr("grader.command_line.watching.find_executor", lambda _: made)
    done = grade("watch", folder, "--rubric", "correctness-only", "--out", results, "--executor", "dask", "--once")
    assert done.returncode == status, done.stderr
    assert made.call_count == len(clusters)
    assert len(rows_of(results)) == graded
    lines = [line for line in done.stderr.splitlines() if line.startswith(("grade: the cluster", "grade: no sched"))]
    assert len(lines) == len(said)
    assert all(each in line for line, each in zip(lines, said, strict=True))


def test_nothing_is_lost_or_graded_twice_when_it_is_killed(tmp_path: Path, rubric: Path) -> None:
    rubric.write_text(RUBRIC)
    folder, results, texts = tmp_path / "class", tmp_path / "results", count()
    folder.mkdir()

    def hand_in(name: str, sample: str) -> None:
        (tmp_path / "beside").write_text(f"{SAMPLE[sample]}\n# {next(texts)}\n")
        (tmp_path / "beside").replace(folder / f"{name}.py")

    def is_graded(more_than: int) -> bool:
        return (results / "results.sqlite").is_file() and len(rows_of(results)) > more_than

    graded = 0
    for names in ("ab", "bc", "da"):
        for name in names:
            hand_in(name, "starter" if name == "c" else "carol")
        watch = start("watch", folder, "--rubric", rubric, "--out", results, "--jobs", 1)
        wait_for(watch, partial(is_graded, graded))
        watch.kill()  # between two hand-ins, or in the midst of the second
        watch.communicate()
        graded = len(rows_of(results))
    watch = start("watch", folder, "--rubric", rubric, "--out", results, "--jobs", 1)
    wait_for(watch, partial(has_all, results, folder))
    hand_in("e", "starter")  # while it watches
    wait_for(watch, lambda: has_all(results, folder) and "e" in marks(results))
    watch.terminate()
    _, said = watch.communicate(timeout=60)
    assert watch.returncode == 0, said
    assert max(Counter(rows_of(results)).values()) == 1
    batch = tmp_path / "batch"
    grade(folder, "--rubric", rubric, "--out", batch)
    assert marks(batch) == marks(results)
    watched, once = (grade("leaderboard", each, "--format", "csv").stdout for each in (results, batch))
    assert watched == once


def has_all(results: Path, folder: Path) -> bool:
    """Whether everybody's newest hand-in is graded and in the tables."""
    newest = {(path.stem, hashlib.sha256(path.read_bytes()).hexdigest()) for path in folder.glob("*.py")}
    return newest <= set(rows_of(results)) and (results / "leaderboard.html").is_file()
