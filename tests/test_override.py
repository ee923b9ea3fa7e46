"""Points that people give: they count everywhere, and what was computed is never lost."""

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.folder import open_results
from grader.judging.decided import decided
from grader.records import Override, ReportVerdict, Verdict
from grader.reports.forms import html
from tests.cli import SUBMISSIONS, Done, grade

RUBRIC = "schema: convgrade/1\nextends: correctness-only.yaml\nname: quick\ncases: {count: 20}\n"
WITHOUT_DX = """\
schema: convgrade/1
name: short
cases:
  count: 20
  ranges: {N: [1, 2], C: [1, 2], F: [1, 2], H: [3, 5], W: [3, 5], HH: [1, 3], WW: [1, 3], stride: [1, 2], pad: [0, 1]}
items: [{id: db, kind: correctness, output: db, points: 8}]
"""
DX_HIDDEN = "items: [{id: dx, kind: correctness, output: dx, points: 25, credit: traits, visibility: hidden}]\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded class of two, in `out`: ann's dx is wrong in part, bob is right."""
    folder: Path = tmp_path_factory.mktemp("override")
    (folder / "hw").mkdir()
    (folder / "rubric.yaml").write_text(RUBRIC)
    for name, text in {"ann": "carol", "bob": "alice"}.items():
        shutil.copy(SUBMISSIONS / f"{text}.py", folder / "hw" / f"{name}.py")
    graded_again(folder)
    return folder


@pytest.fixture
def folder(graded: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    return shutil.copytree(graded, tmp_path / "folder")


def graded_again(folder: Path, *options: object) -> None:
    """Grade the class; `--add`, since it is elsewhere in a copy."""
    place = "--rubric", folder / "rubric.yaml", "--out", folder / "out", "--add"
    done = grade(folder / "hw", *place, "-q", *options)
    assert done.returncode == 0, done.stderr


def override(folder: Path, *options: object, id: str = "ann") -> Done:
    return grade("override", folder / "out", id, *options, "--by", "ta")


def given(folder: Path, points: float, *options: object) -> None:
    done = override(folder, "--points", points, "--reason", "a typing error", *options)
    assert (done.returncode, done.stderr) == (0, "")


def report(folder: Path, id: str = "ann") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(grade("report", folder / "out", id, "--format", "json").stdout)
    return found


def points(told: dict[str, Any], item: str = "dx") -> float:
    (found,) = (each["points"] for each in told["items"] if each["id"] == item)
    assert isinstance(found, float | int)
    return found


def stored_scores(folder: Path) -> list[float]:
    with closing(sqlite3.connect(folder / "out" / "results.sqlite")) as database:
        return [row[0] for row in database.execute("SELECT score FROM attempts ORDER BY number")]


def pages(folder: Path) -> dict[str, str]:
    return {path.suffix: " ".join(path.read_text().split()) for path in (folder / "out" / "reports").glob("ann.*")}


def test_points_for_an_item_count_everywhere_and_what_was_computed_is_kept(folder: Path) -> None:
    before, stored = report(folder), stored_scores(folder)
    computed = points(before)
    assert computed < 24.5
    done = override(folder, "--item", "dx", "--points", 24.5, "--reason", "a typing\n error")
    now = report(folder)
    assert done.returncode == 0
    assert done.stdout == f"ann: {now['score']:g} / 100, before: {before['score']:g} / 100\n"
    assert (points(now), now["score"]) == (24.5, pytest.approx(before["score"] + 24.5 - computed))
    (told,) = now["overrides"]
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "item": "dx",
        "points": 24.5,
        "reason": "a typing error",
        "by": "ta",
        "out_of": 25,
        "computed": computed,
    }
    table = (folder / "out" / "grades.csv").read_text()
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(table))}
    assert (float(rows["ann"]["score"]), rows["ann"]["dx"], rows["ann"]["overridden"]) == (now["score"], "24.5", "dx")
    assert rows["bob"]["overridden"] == ""
    assert json.loads((folder / "out" / "grades.json").read_text())[0]["score"] == now["score"]
    assert set(pages(folder)) == {".txt", ".md", ".html"}
    for text in pages(folder).values():
        assert "dx: 24.5 points by decision of ta" in text
        assert f"(computed: {computed:g}). Reason: a typing error" in text
    assert stored_scores(folder) == stored
    assert report(folder, "bob")["overrides"] == []


def test_points_are_kept_when_graded_again_whatever_has_changed(folder: Path) -> None:
    given(folder, 24.5, "--item", "dx")
    graded_again(folder, "--fresh")
    assert points(report(folder)) == 24.5
    shutil.copy(SUBMISSIONS / "alice.py", folder / "hw" / "ann.py")
    graded_again(folder)
    assert (points(report(folder)), report(folder)["overrides"][0]["computed"]) == (24.5, 25)
    assert "24.5 points by decision of ta" in pages(folder)[".txt"]
    assert stored_scores(folder)[-1] == 100


def test_decision_is_doubted_once_the_item_has_other_points_or_it_takes_some_away(folder: Path) -> None:
    index, before = folder / "out" / "index.html", report(folder)["score"]
    given(folder, 25, "--item", "dx")
    assert "ann</a>: a person decided about the mark" in index.read_text()
    given(folder, 90)
    assert f"a person gave 90 for the mark, less than the {before:g} computed" in index.read_text()
    (folder / "rubric.yaml").write_text(RUBRIC + "items: [{id: dx, points: 40}]\n")
    place = "--rubric", folder / "rubric.yaml", "--out", folder / "out", "--add", "-q"
    said = grade(folder / "hw", *place).stderr
    assert "ann: a person gave 25 of 25 for dx, which has 40 points now; to change that, use `grade override`" in said
    assert "ann: a person gave 90 of 100 for the mark, which has 115 points now" in said
    assert "a person gave 25 of 25 for dx, which has 40 points now; a person gave 90" in index.read_text()
    assert "a person gave" not in grade(folder / "hw", *place).stderr  # nothing is new
    assert override(folder, "--item", "dx", "--points", 40, "--reason", "in full").returncode == 0
    assert "for dx" not in index.read_text()


def test_item_that_the_rubric_has_no_more_is_told(folder: Path) -> None:
    given(folder, 24.5, "--item", "dx")
    (folder / "rubric.yaml").write_text(WITHOUT_DX)
    graded_again(folder)
    now = report(folder)
    assert (now["overrides"], "A decision on the item dx does not count" in now["notes"][-1]) == ([], True)
    assert override(folder, "--item", "dx", "--undo").returncode == 0
    assert "A decision" not in " ".join(report(folder)["notes"])


def test_undone_points_are_those_computed_and_every_decision_is_in_the_account(folder: Path) -> None:
    before = report(folder)
    given(folder, 20, "--item", "dx")
    given(folder, 24.5, "--item", "dx")
    account = json.loads(grade("explain", folder / "out", "ann", "--format", "json").stdout)
    (line,) = (line for line in account["lines"] if line["item"] == "dx")
    assert line["how"][-2].endswith(f" = {points(before):g}")
    assert line["how"][-1].endswith("24.5 points. Reason: a typing error")
    assert override(folder, "--item", "dx", "--undo").returncode == 0
    assert report(folder) == before
    assert "decision" not in pages(folder)[".txt"]
    facts = json.loads(grade("explain", folder / "out", "ann", "--format", "json").stdout)["facts"]
    said = [fact.split(", ", 1)[1] for fact in facts if fact.startswith("Decision: ")]
    assert said == [
        "ta, dx, 20 points: a typing error.",
        "ta, dx, 24.5 points: a typing error.",
        "ta, dx, the computed points count.",
    ]
    assert "nothing to undo" in override(folder, "--item", "dx", "--undo").stderr


def test_whole_mark_beats_its_items_and_is_a_reason_of_a_difference(folder: Path) -> None:
    shutil.copytree(folder / "out", folder / "old")
    before = report(folder)
    given(folder, 24.5, "--item", "dx")
    given(folder, 60)
    now = report(folder)
    assert (now["score"], points(now)) == (60, 24.5)
    assert {each["item"]: each["points"] for each in now["overrides"]} == {"dx": 24.5, None: 60}
    assert {each["item"]: each["computed"] for each in now["overrides"]} == {
        "dx": points(before),
        None: before["score"],
    }
    assert "60 of 100, as ta decided" in json.loads(
        grade("explain", folder / "out", "ann", "--format", "json").stdout
    )["sum"]  # fmt: skip
    done = grade("diff", folder / "old", folder / "out", "--format", "json")
    (change,) = json.loads(done.stdout)["changes"]
    assert (done.returncode, change["new"], change["reasons"]) == (1, 60, [
        "a person decided about dx: 24.5 points", "a person decided about the whole mark: 60 points"
    ])  # fmt: skip


def test_leaderboard_ranks_by_what_was_decided_when_it_marks_again(folder: Path) -> None:
    """Bob is no longer in the class, and the rubric has changed since he was."""
    done = override(folder, "--points", 70, "--reason", "copied", id="bob")
    assert done.returncode == 0
    (folder / "hw" / "bob.py").unlink()
    (folder / "rubric.yaml").write_text(RUBRIC + "items: [{id: db, kind: correctness, output: db, points: 9}]\n")
    graded_again(folder)
    board = json.loads(grade("leaderboard", folder / "out", "--format", "json").stdout)
    assert {row["name"]: row["score"] for row in board["rows"]} == {"bob": 70}


def test_student_learns_nothing_of_hidden_items(folder: Path) -> None:
    (folder / "rubric.yaml").write_text(RUBRIC + DX_HIDDEN)
    graded_again(folder)
    given(folder, 24.5, "--item", "dx")
    given(folder, 61.5)
    assert report(folder)["score"] == 61.5
    for text in pages(folder).values():
        assert "24.5" not in text
        assert "61.5" not in text
        assert "decision" not in text


def test_item_that_a_person_marks_is_no_part_of_the_mark_until_it_has_points(folder: Path) -> None:
    (folder / "rubric.yaml").write_text(RUBRIC + "items: [{id: style, kind: manual, points: 10, title: Style}]\n")
    (folder / "hw" / "cat.py").write_text("def (:")
    graded_again(folder)
    before = report(folder)
    assert [
        (item["points"], item["verdict"], item["message"]) for item in before["items"] if item["id"] == "style"
    ] == [(None, "skipped", "not marked yet")]
    assert (before["max_score"], "(not all marked yet)" in pages(folder)[".txt"]) == (100, True)
    waits = "1 without the points that a person gives for Style"
    assert waits.replace("1", "2") in (folder / "out" / "index.html").read_text()
    export = ["export", folder / "out", "--to", "csv"]
    lacks = "lack{} the points that a person gives for Style: `grade mark`, and export again"
    assert f"2 marks {lacks.format('')}" in grade(*export).stderr
    for id in ("ann", "cat"):
        done = grade("mark", folder / "out", id, "--item", "style", "--points", "8", "--by", "ta")
        assert (done.returncode, done.stderr) == (0, "")
    now, rejected = report(folder), report(folder, "cat")
    assert (now["score"], now["max_score"]) == (pytest.approx(before["score"] + 8), 110)
    assert (rejected["verdict"], rejected["score"], rejected["max_score"]) == ("rejected", 8, 110)
    assert [item["verdict"] for item in now["items"] if item["id"] == "style"] == ["partial"]
    assert waits in (folder / "out" / "index.html").read_text()
    assert f"1 mark {lacks.format('s')}" in grade(*export).stderr
    for text in pages(folder).values():
        assert "Style: 8 points, marked by ta, " in text
        assert "not all marked" not in text
    graded_again(folder, "--fresh")
    assert report(folder)["score"] == now["score"]
    refused = grade("mark", folder / "out", "ann", "--item", "dx", "--points", "8")
    assert (refused.returncode, "no item dx of `kind: manual`" in refused.stderr) == (2, True)
    assert grade("mark", folder / "out", "ann", "--item", "style", "--undo").returncode == 0
    assert report(folder)["max_score"] == 100


@pytest.mark.parametrize(
    ("id", "options", "said"),
    [
        ("ann", ["--item", "dx", "--points", "25.1", "--reason", "r"], "has to be between 0 and 25"),
        ("ann", ["--points", "-1", "--reason", "r"], "has to be between 0 and 100"),
        ("ann", ["--points", "nan", "--reason", "r"], "has to be between 0 and 100"),
        ("ann", ["--item", "dxx", "--points", "1", "--reason", "r"], "no item dxx (did you mean dx?)"),
        ("ann", ["--item", "z", "--points", "1", "--reason", "r"], "item z; there are: forward, dx, dw, db, contract"),
        ("anna", ["--points", "1", "--reason", "r"], "has no submission anna (did you mean ann?)"),
        ("ann", ["--points", "1", "--reason", " "], "needs a --reason"),
        ("ann", ["--points", "1", "--undo"], "not allowed with"),
        ("ann", ["--undo"], "nobody has decided about the whole mark of ann"),
        ("ann", [], "required"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(graded: Path, id: str, options: list[str], said: str) -> None:
    before = grade("report", graded / "out", "--format", "json").stdout
    done = override(graded, *options, id=id)
    assert (done.returncode, done.stdout, said in done.stderr) == (2, "", True), done.stderr
    assert grade("report", graded / "out", "--format", "json").stdout == before


def test_folder_without_results_is_left_alone(tmp_path: Path) -> None:
    done = grade("override", tmp_path, "ann", "--points", "1", "--reason", "r")
    assert (done.returncode, "is not a results folder" in done.stderr, list(tmp_path.iterdir())) == (2, True, [])


def test_person_may_give_the_mark_where_the_grader_failed(folder: Path) -> None:
    with open_results(folder / "out") as store:
        attempt = store.latest_of("ann")
    assert attempt is not None
    items = tuple(replace(item, points=None, verdict=Verdict.JUDGE_ERROR) for item in attempt.computed.items)
    failed = replace(attempt.computed, verdict=ReportVerdict.JUDGE_ERROR, score=None, items=items)
    of_item, of_all = (Override(item, 20, "by eye", "ta", "2026-02-03T10:00:00+00:00") for item in ("dx", None))
    assert decided(failed, [of_item]).score is None
    whole = decided(failed, [of_all])
    assert (whole.score, whole.max_score, whole.overrides[0].computed) == (20, 100, None)
    page = html.render(whole)
    assert "The whole mark: 20 points by decision of ta, 2026-02-03 (nothing was computed). Reason: by eye" in page
    assert ("judge error" in page, "no mark" in page) == (True, False)
