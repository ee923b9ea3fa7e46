"""`--attempt best`: all that a person handed in is graded, and the best of it counts, after what lateness costs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.classroom.attempts import Evidence
from grader.classroom.several import Several, number_of
from grader.errors import UsageError
from grader.pipeline import Grader, lost
from grader.records import NOWHERE, Earlier, Entry, Findings, GradeReport, ReportVerdict, Timing, Verdict
from tests.cli import Done, grade, kept_zygotes
from tests.exports import RIGHT, WRONG, Files, written
from tests.test_leaderboard import graded as board_report

RUBRIC = """\
schema: convgrade/1
extends: correctness-only
name: quick
cases: {count: 16}
late: {due: 2026-02-03T12:00:00Z, per_day_percent: 10}
"""
NOTHING = "def conv_forward_naive(x, w, b, conv_param): ...\ndef conv_backward_naive(dout, cache): ...\n"
HAND_INS: dict[str, list[tuple[str, str]]] = {
    "jane": [("02-01", RIGHT), ("02-02", WRONG), ("02-03", NOTHING)],  # who broke it again and again
    "bo": [("02-01", WRONG), ("02-05", RIGHT)],  # right in the end, which lateness costs more than it gains
    "cem": [("02-01", RIGHT), ("02-02", RIGHT + "# the same again\n")],
    "dee": [("02-02", WRONG)],
}


def inbound(hand_ins: dict[str, list[tuple[str, str]]]) -> Files:
    """The exchange of nbgrader."""
    return {f"{who}+ps2+2026-{day} 10:00:00 UTC/layers.py": text for who, own in hand_ins.items() for day, text in own}


@pytest.fixture(autouse=True)
def _one_sandbox() -> Iterator[None]:
    with kept_zygotes():
        yield


@pytest.fixture
def place(tmp_path: Path) -> Path:
    written(tmp_path / "inbound", inbound(HAND_INS))
    (tmp_path / "r.yaml").write_text(RUBRIC)
    return tmp_path


def run(place: Path, *options: object) -> tuple[Done, dict[str, dict[str, Any]]]:
    done = grade("inbound", "--rubric", "r.yaml", "--jobs", 1, "--out", "out", *options, cwd=place)
    assert done.returncode == 0, done.stderr
    reports = json.loads((place / "out" / "grades.json").read_text())
    return done, {report["person"]["id"]: report for report in reports}


def counted(reports: dict[str, dict[str, Any]]) -> dict[str, tuple[int, int] | None]:
    attempts = {id: report["person"]["attempt"] for id, report in reports.items()}
    return {id: None if one is None else (one["number"], one["of"]) for id, one in attempts.items()}


def test_best_attempt_after_lateness_counts_is_told_and_stays(place: Path) -> None:
    _, found = run(place, "--attempt", "best")
    assert counted(found) == {"jane": (1, 3), "bo": (1, 2), "cem": (2, 2), "dee": None}
    wrong = found["dee"]["score"]
    assert {id: report["score"] for id, report in found.items()} == {"jane": 100, "bo": wrong, "cem": 100, "dee": wrong}
    assert 80 < wrong < 100
    said = "Attempt 1 of 3, handed in 2026-02-01 10:00:00Z: the best of them counts."
    for ending in (".txt", ".md", ".html"):
        assert said in " ".join((place / "out" / "reports" / f"jane{ending}").read_text().split())

    assert said in " ".join(grade("explain", "out", "jane", cwd=place).stdout.split())

    again, same = run(place, "--attempt", "best")
    assert ("4 kept" in again.stderr, counted(same)) == (True, counted(found)), again.stderr
    later, moved = run(place, "--attempt", "best", "--due", "2026-02-06T00:00Z")
    assert ("marked again" in later.stderr, " graded" in later.stderr.partition(":")[2]) == (True, False), later.stderr
    assert (counted(moved)["bo"], moved["bo"]["score"]) == ((2, 2), 100)

    written(place / "inbound", inbound({"dee": [("02-03", RIGHT)]}))
    (place / "late").mkdir()
    (place / "late" / "jane.py").write_text(WRONG + "# once more\n")
    late = grade("late/jane.py", "--out", "out", cwd=place)
    assert late.returncode == 0, late.stderr
    more, now = run(place, "--attempt", "best")
    assert (counted(now)["dee"], now["dee"]["score"], counted(now)["bo"]) == ((2, 2), 100, (1, 2))
    assert "jane: kept the later hand-in" in more.stderr

    given = grade("extend", "out", "bo", "--until", "2026-02-06T00:00Z", "--reason", "ill", cwd=place)
    assert "bo handed in several times: grade the class again with --attempt best" in given.stderr
    _, now = run(place, "--attempt", "best")
    assert (counted(now)["bo"], now["bo"]["score"]) == ((2, 2), 100)
    plain, _ = run(place)
    assert "out was graded with --attempt best; now the latest hand-in of each counts" in plain.stderr


def test_of_several_downloads_the_latest_hand_in_counts_whichever_is_graded_last(place: Path) -> None:
    downloads = {"first": ("02-01", RIGHT), "second": ("02-02", WRONG), "third": ("02-03", RIGHT)}
    for name, (day, text) in downloads.items():
        written(place / name, inbound({"jane": [(day, text)], "bo": [("02-01", RIGHT)]}))

    def graded(name: str) -> float:
        done = grade(name, "--rubric", "r.yaml", "--out", "out", "--no-timing", "--jobs", 1, "--add", cwd=place)
        assert done.returncode == 0, done.stderr
        reports = json.loads((place / "out" / "grades.json").read_text())
        return next(float(report["score"]) for report in reports if report["person"]["id"] == "jane")

    assert graded("second") == graded("first") < 100, "the first is older"
    assert graded("third") == 100, "the text is that of the first, and was handed in again"
    assert graded("second") == graded("first") == 100


def test_attempts_of_which_only_some_are_timed_are_compared_without_speed() -> None:
    """Or a wrong one would count for its speed, which nobody has asked of the right one."""
    timings = (Timing("speed", "forward", Verdict.PASSED),)
    found = [Findings(ReportVerdict.GRADED, timings=timings), Findings(ReportVerdict.GRADED, timed=False)]
    entry = Entry("ann", "Ann", "ann.py", NOWHERE, attempt=(2, 2), earlier=(Earlier("old.py", NOWHERE),))
    several = Several(entry, {number: Evidence("", "", one) for number, one in enumerate(found, 1)})
    points = {1: 90.0, 2: 100.0}

    def marked(one: Entry, evidence: Evidence) -> GradeReport:
        number = number_of(one)
        return board_report(one.id, points[number] + 20 * len(evidence.findings.timings))

    assert number_of(several.best(marked)[0]) == 2
    several.found[2] = replace(several.found[2], findings=found[0])
    points[2] = 80.0
    assert number_of(several.best(marked)[0]) == 1


def test_latest_attempt_counts_where_nothing_else_is_said(place: Path) -> None:
    _, found = run(place)
    assert {id: report["score"] for id, report in found.items() if id != "dee"} == {"jane": 0, "bo": 80, "cem": 100}
    assert set(counted(found).values()) == {None}


def test_an_export_with_the_newest_alone_is_said_to_have_nothing_to_choose(tmp_path: Path) -> None:
    written(tmp_path / "hw", {"doejane_1_11_a.py": "x = 1\n", "leebo_2_12_a.py": "x = 1\n"})
    done = grade("hw", "--no-timing", "--attempt", "best", "--jobs", 1, cwd=tmp_path)
    assert "--attempt best changes nothing: there is one hand-in of each person" in done.stderr


def test_one_persons_attempts_are_compared_by_the_library_too(place: Path) -> None:
    written(place / "one", inbound({"jane": HAND_INS["jane"]}))
    (report,) = grader.grade_class(place / "one", place / "r.yaml", source="nbgrader", attempt="best")
    assert (report.who.attempt, report.score) == ((1, 3), 100)
    with pytest.raises(UsageError, match="attempt: there is no 'newest'; choose from latest, best"):
        grader.grade_class(place / "one", attempt="newest")  # type: ignore[arg-type]  # that is the subject


def test_an_attempt_that_could_not_be_graded_leaves_the_mark_open(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Grader.examine

    def examine(self: Grader, entry: Any, read: Any = None) -> Findings:
        if entry.submitted_at == "2026-02-02T10:00:00Z" and entry.name == "jane":
            return lost(Findings(ReportVerdict.JUDGE_ERROR), MemoryError("no room"))
        return whole(self, entry, read)

    with monkeypatch.context() as change:
        change.setattr(Grader, "examine", examine)
        done = grade("inbound", "--rubric", "r.yaml", "--jobs", 1, "--out", "out", "--attempt", "best", cwd=place)
    assert done.returncode == 3
    (failed,) = [one for one in json.loads((place / "out" / "grades.json").read_text()) if one["score"] is None]
    assert (failed["person"]["id"], failed["person"]["attempt"]["number"]) == ("jane", 2)
    _, found = run(place, "--attempt", "best")
    assert (found["jane"]["score"], counted(found)["jane"]) == (100, (1, 3))
