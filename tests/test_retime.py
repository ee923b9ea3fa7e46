"""`grade retime`: all leaders in one race, beside what was timed before; and the board that comes of it."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import Mock

import pytest

from grader.classroom.awards import awards
from grader.classroom.landmarks import Landmarks
from grader.classroom.leaderboard import rank
from grader.classroom.roll import Roll
from grader.classroom.store import Store
from grader.pipeline import Options
from grader.records import (
    FUNCTIONS,
    Board,
    CallOutcome,
    GradeReport,
    Interval,
    Retime,
    Retimed,
    Timing,
    Verdict,
    Who,
)
from grader.reports import leaderboard as forms
from grader.reports import leaderboard_page
from grader.reports.forms import html
from grader.rubric.model import Late
from grader.timing.plan import Plan
from grader.timing.remembered import remembered
from grader.timing.sides import ITSELF, Opponent, Pair
from grader.timing.speed import speed_of_laps
from reference.conv2d import OPERATOR
from tests.cli import grade
from tests.test_batch import SAMPLE
from tests.test_leaderboard import graded, rubric, speed
from tests.test_sources import write

UNTIMED = (
    "schema: convgrade/1\nextends: correctness-only.yaml\nname: race\ncases: {count: 16}\nlimits: {timing_s: 0.05}\n"
)
RUBRIC = f"""{UNTIMED}items:
  - {{id: fast, kind: speed, function: forward, points: 10, full_at: 0.5, zero_at: 0.0001,
     workload: {{x: [10, 3, 12, 12], w: [4, 3, 3, 3], stride: 1, pad: 1}}}}
"""
EPYC = {"host": "a", "cpu": "EPYC", "caches": "L1 48K", "blas": "openblas 0.3"}
XEON = {**EPYC, "host": "b", "cpu": "Xeon"}
NUMPY = {"numpy": "2.4.6", "python": "3.11.7"}


def timings(ratio: float) -> tuple[Timing, ...]:
    return tuple(Timing(f"speed-{f}", f, Verdict.PASSED, speed(ratio)) for f in ("forward", "backward"))


def race(**ratios: float) -> Retime:
    """A race of these, each with the text that `graded` says."""
    retimed = tuple(Retimed(id, "feedface", timings(ratio)) for id, ratio in ratios.items())
    return Retime("2026-02-05T18:00:00Z", EPYC, NUMPY, 15, timings(0.001), (("im2col", timings(0.6)),), retimed)


def board(*reports: GradeReport, retime: Retime | None = None) -> Board:
    return rank(Roll.of(reports, rubric()), names="real", retime=retime, changes={"im2col": "Lay windows out."})


class TestWhichTimesRank:
    """Those of the race, for the texts that took part in it."""

    def test_who_took_part_ranks_by_the_race_and_the_others_are_marked(self) -> None:
        reports = [graded(name, ratios=(ratio, ratio)) for name, ratio in (("a", 1.0), ("b", 2.0), ("c", 0.5))]
        shown = board(*reports, retime=race(a=3.0, b=1.5))
        assert [(row.name, row.speed and row.speed.median, row.is_apart) for row in shown.rows] == [
            ("a", 3.0, False), ("b", pytest.approx(1.5), False), ("c", 0.5, True),
        ]  # fmt: skip
        assert [row.score for row in shown.rows] == [90.0] * 3
        text = " ".join(forms.terminal(shown).split())
        assert "Timed together on 2026-02-05 18:00 UTC, 2 in 15 laps: EPYC, L1 48K; openblas 0.3; NumPy 2.4.6" in text
        assert "0.50*" in text
        assert "* Timed when it was graded, not together with the others." in text
        assert "Landmarks: im2col 0.6" in text
        assert not any(row.is_apart for row in board(*reports).rows)

    def test_another_text_of_somebody_who_took_part_has_its_own_times(self) -> None:
        later = graded("a", ratios=(4.0, 4.0), sha256="other")
        shown = board(graded("a"), later, graded("b"), retime=race(a=3.0, b=1.0))
        assert [(row.name, row.is_apart) for row in shown.rows] == [("a", True), ("b", False)]

    def test_the_attempt_that_ranks_is_chosen_by_what_all_attempts_were_timed_by(self) -> None:
        """Where the race gives it less than it had, an older attempt that was not in the race does not come up."""
        older = graded("a", ratios=(1.9, 1.9), sha256="older")
        shown = board(older, graded("a", ratios=(2.0, 2.0)), retime=race(a=1.5))
        assert shown.rows[0].speed is not None
        assert shown.rows[0].speed.median == pytest.approx(1.5)
        assert shown.rows[0].history == pytest.approx((1.9, 2.0))

    def test_who_could_not_be_timed_keeps_the_times_of_before(self) -> None:
        failed = (*timings(9.0)[:1], Timing("speed-backward", "backward", Verdict.TIMEOUT, None, "took too long"))
        retime = race(b=1.0)
        retime = replace(retime, retimed=(*retime.retimed, Retimed("a", "feedface", failed)))
        rows = board(graded("a", ratios=(2.0, 2.0)), graded("b"), retime=retime).rows
        assert [(row.name, row.is_apart) for row in rows] == [("a", True), ("b", False)]

    def test_laps_are_measured_again_and_again_so_their_intervals_rank_as_they_are(self) -> None:
        """Who was not among them ranks as on any other board."""
        rows = board(*map(graded, "abc"), graded("apart", ratios=(0.85, 0.85)), retime=race(a=1.0, b=0.9, c=0.75)).rows
        assert [(row.name, row.rank) for row in rows] == [("a", 1), ("b", 2), ("apart", 2), ("c", 4)]

    def test_scattered_laps_make_no_tie_of_everybody(self) -> None:
        """A submission that is fast and slow by turns reaches no farther than a stable one may."""
        wide = replace(speed(1.0), ratio=Interval(1.0, 0.1, 3.0), stable=False)
        retime = race(a=2.0, b=1.0, c=0.96, d=0.5)
        by_turns = Retimed("b", "feedface", tuple(replace(timing, speed=wide) for timing in timings(1.0)))
        retime = replace(retime, retimed=(by_turns, *(each for each in retime.retimed if each.id != "b")))
        rows = board(*map(graded, "abcd"), retime=retime).rows
        assert [(row.name, row.rank) for row in rows] == [("a", 1), ("b", 2), ("c", 2), ("d", 4)]


def test_what_another_machine_or_numpy_timed_is_marked() -> None:
    here = [graded(name, machine=EPYC, versions=NUMPY) for name in "ab"]
    there = graded("c", machine=XEON, versions=NUMPY)
    upgraded = graded("d", machine=EPYC, versions={**NUMPY, "numpy": "3.0"})
    assert not any(row.is_elsewhere for row in board(*here, graded("old", versions=NUMPY)).rows)  # nobody knows where
    shown = board(*here, there, upgraded)
    assert {row.name: row.is_elsewhere for row in shown.rows} == {"a": False, "b": False, "c": True, "d": True}
    assert "EPYC" in shown.machine
    assert "+ Timed by another processor, BLAS or NumPy than most" in " ".join(forms.terminal(shown).split())
    raced = board(*here, there, upgraded, retime=race(c=1.0, d=1.0))
    assert {row.name: (row.is_apart, row.is_elsewhere) for row in raced.rows} == {
        "a": (True, False), "b": (True, False), "c": (False, False), "d": (False, False),
    }  # fmt: skip


def test_who_was_first_is_told_by_the_clock_that_the_rubric_names() -> None:
    times = {"ann": "2026-02-03T20:00:00", "ben": "2026-02-03T21:00:00Z"}  # the first is 04:00 of the next day in UTC
    reports = [graded(id, who=Who(id, id, f"{id}.py", submitted_at=at)) for id, at in times.items()]
    field, row = Roll.of(reports, rubric()).field(), {row.name: row for row in board(*reports).rows}
    late = Late(due="2026-02-04T00:00:00Z", per_day_percent=10, time_zone="America/Los_Angeles")
    first = [next(iter(awards(field, row, each))) for each in (None, late)]
    assert [(one.name, one.why) for one in first] == [("ann", "2026-02-03 20:00"), ("ben", "2026-02-03 21:00 UTC")]


@pytest.mark.parametrize(("count", "told"), [(1, "a"), (3, "a; b; c"), (5, "5 at the same time")])
def test_several_who_handed_in_at_the_same_time_were_first_together(count: int, told: str) -> None:
    times = {**dict.fromkeys("abcde"[:count], "2026-02-03T20:00:00Z"), "x": "2026-02-03T20:01:00Z"}
    shown = board(*(graded(id, who=Who(id, id, f"{id}.py", submitted_at=at)) for id, at in times.items()))
    assert (shown.awards[0].title, shown.awards[0].name) == ("First right", told)


def test_awards_are_computed() -> None:
    reports = [
        graded("late", ratios=(2.0, 2.0), started_at="2026-02-03T10:00:00.000Z"),
        graded("early", ratios=(0.01, 0.01), started_at="2026-02-02T10:00:00.000Z"),
        graded("early", ratios=(0.5, 0.5), started_at="2026-02-04T10:00:00.000Z"),
    ]
    assert [(award.title, award.name) for award in board(*reports).awards] == [
        ("First right", "early"), ("Fastest", "late"), ("Most improved", "early"),
    ]  # fmt: skip
    zoned = replace(reports[0], who=replace(reports[0].who, submitted_at="2026-02-02T01:00:00-08:00"))
    told = replace(reports[1], who=replace(reports[1].who, submitted_at="2026-02-02T10:00:00Z"))
    assert [(award.title, award.name) for award in board(zoned, told).awards[:1]] == [("First right", "late")]
    assert board(zoned, reports[1]).awards[0].title == "Fastest"  # nobody knows when the other one handed in
    at_once = [graded(name, started_at=f"2026-02-02T10:00:0{i}.000Z") for i, name in enumerate("ab")]
    assert [award.title for award in board(*at_once).awards] == ["Fastest"]  # one run graded both
    assert board().awards == ()
    assert [award.title for award in board(reports[1]).awards] == ["First right", "Fastest"]


def test_what_is_marked_again_is_no_new_attempt() -> None:
    first = graded("a", ratios=(0.5, 0.5), started_at="2026-02-02T10:00:00.000Z")
    again = replace(
        first, who=replace(first.who, submitted_at="2026-02-01T09:00:00Z"), started_at="2026-02-05T10:00:00Z"
    )
    other = graded("a", ratios=(0.6, 0.6), started_at="2026-02-06T10:00:00.000Z")
    assert board(first, again, again, other).rows[0].history == pytest.approx((0.5, 0.6))
    assert board(first, replace(again, sha256="0" * 64)).rows[0].history == pytest.approx((0.5, 0.5))
    assert board(first, again).awards[0].why == "2026-02-01 09:00 UTC"


def test_a_lap_counts_once_however_many_pairs_it_has() -> None:
    called = CallOutcome("forward", Verdict.PASSED, wall_s=1.0)

    def pair(ratio: float) -> Pair:
        return Pair(called, called, ratio)

    laps = [[pair(1.0)] * 2, [pair(1.1)] * 10, [pair(1.2)] * 2, [pair(1.3)] * 2, [pair(1.4)] * 2, [pair(1.5)] * 2]
    opponent = Opponent(Mock(), 1, 1.0, ITSELF)
    found = speed_of_laps(laps, Plan(1, 1.0, 1.0), opponent, 1)
    assert found.ratio == Interval(median([1.2, 1.3]), 1.0, 1.5)
    assert found.ratios == (1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
    assert (found.rounds, found.stable) == (10, False)


def test_pages_show_what_leads_up() -> None:
    """The next landmark that is surely faster, and the kind of change; nothing behind the last."""
    shown = board(graded("a", ratios=(0.3, 0.3)), graded("b", ratios=(0.6, 0.6)), retime=race(a=0.3, b=0.6))
    text = leaderboard_page.render(shown)
    assert text.count("next: im2col, 2\N{MULTIPLICATION SIGN} as fast") == text.count("next: ") == 1
    assert "600\N{MULTIPLICATION SIGN} nested loops" in text
    assert text.count("Lay windows out.") == 1
    page = html.render(graded("a", ratios=(0.3, 0.9)), None, {(None, f): shown.landmarks for f in FUNCTIONS})
    assert "forward: im2col, 2\N{MULTIPLICATION SIGN} as fast. Lay windows out." in page
    assert "backward: im2col" not in page


def test_a_landmark_of_a_part_of_what_is_ranked_is_not_on_the_axis() -> None:
    """Its ratio is of other functions than those of the rows."""
    of_a_part = replace(race(a=0.3), landmarks=(("im2col", timings(0.6)), ("of forward alone", timings(0.7)[:1])))
    assert [each.title for each in board(graded("a"), retime=of_a_part).landmarks] == ["im2col"]


def test_landmarks_lie_between_the_loops_and_the_limit() -> None:
    titles = [landmark.title for landmark in OPERATOR.timed.landmarks] if OPERATOR.timed else []
    assert titles == ["one loop less", "einsum", "einsum(optimize=True)", "im2col", "the matrix product alone"]


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("retime")
    write(folder / "hw", {f"{name}.py": SAMPLE[name] for name in ("alice", "bob", "oscar")})
    (folder / "rubric.yaml").write_text(RUBRIC)
    assert grade(folder / "hw", "--rubric", folder / "rubric.yaml", "--out", folder / "results").returncode == 0
    return folder


def test_loops_of_another_machine_are_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A results folder that has been moved: its loops tell nothing of this machine."""
    here = [EPYC]
    monkeypatch.setattr("grader.classroom.landmarks.this_machine", lambda: here[-1])
    with Store(tmp_path) as store:
        landmarks = Landmarks(rubric(), Options(), store)
        assert landmarks.of(lambda: timings(0.001)) == timings(0.001)
        here.append({**EPYC, "host": "c", "governor": "powersave"})  # one like it
        assert landmarks.known() == timings(0.001)
        here.append(XEON)
        assert landmarks.known() is None
        assert landmarks.of(lambda: timings(0.002)) == timings(0.002)
        here.append(EPYC)
        assert landmarks.known() == timings(0.001)


class TestRetime:
    """With real submissions."""

    def test_leaders_are_timed_together_and_nothing_is_overwritten(self, graded_class: Path) -> None:
        results, hand_ins = graded_class / "results", graded_class / "hw"
        before = _attempts(results), (results / "grades.csv").read_text()
        write(graded_class / "kept", {"bob.py": SAMPLE["bob"]})
        (hand_ins / "oscar.py").write_text(SAMPLE["oscar"] + "# again\n")
        (hand_ins / "bob.py").unlink()
        done = grade("retime", results, "--laps", 6, "--from", graded_class / "kept", "--quiet")
        assert done.returncode == 0, done.stderr
        assert "oscar: not timed with the others: handed in again since" in " ".join(done.stderr.split())
        assert "bob: not timed" not in done.stderr
        shown = _board(results)
        assert (shown["together"]["count"], shown["together"]["laps"]) == (2, 6)
        assert {row["name"]: row["is_apart"] for row in shown["rows"]} == {"alice": False, "oscar": True, "bob": False}
        ratios = {each["title"]: each["speed"]["ratio"] for each in shown["landmarks"]}
        assert len(ratios) == 5
        assert shown["loops"]["ratio"] < ratios["one loop less"] < ratios["im2col"] < ratios["the matrix product alone"]
        assert all(each["change"] for each in shown["landmarks"])
        assert [row["name"] for row in shown["rows"]][-1] == "bob"
        assert "forward: one loop less, " in (results / "reports" / "bob.html").read_text()
        assert (_attempts(results), (results / "grades.csv").read_text()) == before

    def test_what_is_no_longer_there_is_said(self, graded_class: Path) -> None:
        kept = graded_class / "hw", graded_class / "elsewhere"
        kept[0].rename(kept[1])
        done = grade("retime", graded_class / "results")
        kept[1].rename(kept[0])
        assert (done.returncode, done.stdout) == (2, "")
        assert "none of 3 can be timed; alice: what was graded is no longer there" in " ".join(done.stderr.split())

    def test_a_race_of_landmarks_alone_leaves_the_ranking_as_it_is(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            for retime in (race(alice=1.0), race()):
                store.add_retime("both", retime)
            assert store.last_retime("both") == race(alice=1.0)
            store.add_retime("alone", race())
            assert store.last_retime("alone") == race()
            assert store.last_retime("none") is None

    def test_a_result_names_its_machine(self, graded_class: Path) -> None:
        machine = json.loads((graded_class / "results" / "grades.json").read_text())[0]["machine"]
        assert set(machine) == {"host", "cpu", "caches", "blas", "governor"}
        assert machine["cpu"]

    def test_boards_of_one_function_and_beside_other_terms(self, graded_class: Path) -> None:
        results = graded_class / "results"
        by_score = grade("leaderboard", results, "--by", "score", "--format", "json")
        assert json.loads(by_score.stdout)["rank_by"] == "score"
        done = grade("leaderboard", results, "--by", "backward")
        assert "3 not timed" in done.stdout  # its rubric times forward alone
        done = grade("leaderboard", results, "--operator", "pool")
        assert (done.returncode, done.stdout) == (2, "")
        assert "the rubric has no operator pool; it has only one" in done.stderr
        (past,) = json.loads(grade("leaderboard", results, "--against", results, "--format", "json").stdout)["past"]
        speeds = [row["speed"]["ratio"] for row in _board(results)["rows"]]
        assert (past["count"], past["best"], past["median"]) == (3, max(speeds), median(speeds))
        assert past["is_comparable"]
        done = grade("leaderboard", results, "--against", graded_class)
        assert (done.returncode, done.stdout) == (2, "")


def test_nothing_to_time_is_a_usage_error(tmp_path: Path) -> None:
    write(tmp_path / "hw", {"alice.py": SAMPLE["alice"]})
    (tmp_path / "rubric.yaml").write_text(UNTIMED)
    assert grade(tmp_path / "hw", "--rubric", tmp_path / "rubric.yaml", "--out", tmp_path / "out").returncode == 0
    done = grade("retime", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "its rubric has no speed items, so there is nothing to time" in done.stderr
    assert grade("retime", tmp_path / "hw").returncode == 2
    (tmp_path / "timed.yaml").write_text(RUBRIC)
    options = ("--rubric", tmp_path / "timed.yaml", "--no-timing", "--out", tmp_path / "untimed")
    assert grade(tmp_path / "hw", *options).returncode == 0
    done = grade("retime", tmp_path / "untimed")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nobody there is ranked with a time" in done.stderr


def test_a_folder_that_is_not_there_is_a_usage_error(graded_class: Path) -> None:
    done = grade("retime", graded_class / "results", "--from", graded_class / "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere: no such file or folder" in " ".join(done.stderr.split())


class TestRemembered:
    """How nested loops do on this machine, for single runs."""

    @pytest.fixture
    def measure(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[tuple[Timing, ...]]]:
        """Ask as a run does; what was measured for it is returned."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

        def ask() -> list[tuple[Timing, ...]]:
            measured: list[tuple[Timing, ...]] = []

            def loops() -> tuple[Timing, ...]:
                measured.append(timings(0.001))
                return measured[0]

            assert remembered(rubric(), loops) == timings(0.001)
            return measured

        return ask

    def test_it_is_measured_once(self, measure: Callable[[], list[object]]) -> None:
        assert [len(measure()) for _ in range(3)] == [1, 0, 0]

    def test_a_damaged_file_is_replaced(self, measure: Callable[[], list[object]], tmp_path: Path) -> None:
        file = tmp_path / "convgrade" / "landmarks.json"
        assert len(measure()) == 1
        file.write_text('{"key": [{"item": 1}]}')
        assert [len(measure()) for _ in range(2)] == [1, 0]

    def test_a_folder_that_cannot_be_written_costs_only_time(
        self, measure: Callable[[], list[object]], tmp_path: Path
    ) -> None:
        (tmp_path / "convgrade").write_text("a file")
        assert [len(measure()) for _ in range(2)] == [1, 1]

    def test_single_runs_time_loops_beside_loops(self, tmp_path: Path) -> None:
        path = tmp_path / "rubric.yaml"
        path.write_text(RUBRIC.replace("zero_at: 0.0001", "zero_at: 0.1"))  # what earns nothing is timed in six pairs
        write(tmp_path, {"bob.py": SAMPLE["bob"]})
        runs = [grade("time", tmp_path / "bob.py", "--rubric", path, "--format", "json") for _ in range(2)]
        assert ["measuring nested loops" in run.stderr for run in runs] == [True, False]
        assert all(json.loads(run.stdout)["timings"][0]["speed"]["loops_s"] > 0 for run in runs)


def _attempts(results: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(results / "results.sqlite")) as database:
        return database.execute("SELECT number, id, sha256, run_key, report, findings FROM attempts").fetchall()


def _board(results: Path) -> dict[str, Any]:
    done = grade("leaderboard", results, "--format", "json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
