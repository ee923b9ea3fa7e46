"""Whose mark changes between two results, and why."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.diff import reasons
from grader.classroom.folder import open_results
from grader.records import Change, Difference, ItemChange, Lateness, Override, ReportVerdict
from grader.reports.account import terminal_difference
from tests.cli import QUICKLY, SUBMISSIONS, grade


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Old and new results of a class: one is better, one worse, one the same, one only in either."""
    folder: Path = tmp_path_factory.mktemp("diff")
    hw = folder / "hw"
    hw.mkdir()
    for name, text in {"ann": "carol", "bea": "alice", "cat": "alice", "dan": "alice"}.items():
        shutil.copy(SUBMISSIONS / f"{text}.py", hw / f"{name}.py")
    assert grade(hw, "--no-timing", "-q", "--out", folder / "old").returncode == 0
    shutil.copytree(folder / "old", folder / "new")
    shutil.copy(SUBMISSIONS / "alice.py", hw / "ann.py")
    shutil.copy(SUBMISSIONS / "carol.py", hw / "bea.py")
    (hw / "dan.py").unlink()
    shutil.copy(SUBMISSIONS / "starter.py", hw / "eve.py")
    assert grade(hw, "--no-timing", "-q", "--out", folder / "new").returncode == 0
    return folder


def changes(*arguments: object, status: int) -> dict[str, dict[str, Any]]:
    done = grade("diff", *arguments, "--format", "json")
    assert (done.returncode, done.stderr) == (status, "")
    return {change["id"]: change for change in json.loads(done.stdout)["changes"]}


def test_who_went_down_comes_first_with_items_and_reason(folders: Path) -> None:
    found = changes(folders / "old", folders / "new", status=1)
    assert list(found) == ["bea", "eve", "ann"]
    assert (found["bea"]["old"], found["bea"]["new"]) == (100, 97.06)
    assert found["bea"]["items"] == [{"item": "dx", "old": 25, "new": 22.06, "old_max": 25, "new_max": 25}]
    assert found["bea"]["reasons"] == ["another text"]
    assert (found["eve"]["old"], found["eve"]["reasons"]) == (None, ["only in the new results"])


def test_other_way_round_the_one_who_is_gone_has_no_mark(folders: Path) -> None:
    found = changes(folders / "new", folders / "old", status=1)
    assert list(found)[:2] == ["ann", "eve"]
    assert (found["eve"]["new"], found["eve"]["went_down"]) == (None, False)


def test_mark_that_only_its_items_make_up_otherwise_is_no_changed_mark() -> None:
    ann = Change("ann", "ann", 75, 75, "graded", "graded", 80, 80, ("the rubric has changed",), (
        ItemChange("forward", 40, 30, 40, 30), ItemChange("dx", 25, 35, 30, 40), ItemChange("speed", 10, None, 10, None)
    ))  # fmt: skip
    bob = Change("bob", "bob", 75, None, "graded", None, 80, None, ("only in the old results",), ())
    told = terminal_difference(Difference("old", "new", 3, (ann, bob)), 120).splitlines()
    assert told[1] == (
        "3 the same, 0 changed, 0 of them down. 1 more has the same mark from other items. "
        "1 more is in one of the two only."
    )
    assert [line.strip() for line in told if "->" in line][1:] == [
        "forward: 40 of 40 -> 30 of 30",
        "dx: 25 of 30 -> 35 of 40",
        "speed: 10 -> -",
    ]
    carl = replace(ann, name="carl", new_max=100)
    rows = terminal_difference(Difference("old", "new", 3, (ann, carl)), 100).splitlines()[3:7]
    assert [row.split(maxsplit=4) for row in rows if "-" not in row[:3]] == [
        ["who", "old", "new", "by", "of"],
        ["ann", "75", "75", "+0", "80"],
        ["carl", "75", "75", "+0", "80 -> 100"],
    ]


def test_nobody_with_an_earlier_attempt_is_said(folders: Path) -> None:
    done = grade("diff", folders / "old")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Nobody has an earlier attempt to compare with.")


def test_same_decision_and_speed_that_one_rubric_alone_asks_for_are_no_reasons(folders: Path) -> None:
    with open_results(folders / "old") as store:
        attempt = store.latest_of("cat")
    assert attempt is not None
    given = Override("dx", 20, "by eye", "ta", "2026-02-03T10:00:00+00:00", computed=25)
    old = replace(attempt.report, overrides=(given,))
    rest = tuple(item for item in old.items if item.kind != "speed")
    assert list(reasons(old, replace(old, items=rest, overrides=(replace(given, computed=40, out_of=40),)))) == []
    said = "a person decided about dx: 21 points"
    assert list(reasons(old, replace(old, overrides=(replace(given, points=21),)))) == [said]
    whole = replace(given, item=None, points=60)
    assert list(reasons(old, replace(old, overrides=(whole,)))) == [
        "a person decided about dx: what is computed counts again",
        "a person decided about the whole mark: 60 points",
    ]


def test_points_that_lateness_costs_are_no_reason_but_its_share_is(folders: Path) -> None:
    with open_results(folders / "old") as store:
        attempt = store.latest_of("cat")
    assert attempt is not None
    old = replace(attempt.report, late=Lateness(3600.0, 1, 10.0, 8.5))
    assert list(reasons(old, replace(old, late=Lateness(3600.0, 1, 10.0, 2.0)))) == []
    (said,) = reasons(old, replace(old, late=Lateness(90000.0, 2, 20.0, None)))
    assert said == "lateness takes off 20 % (2 days begun), 8.5 points (1 day begun) before"
    (said,) = reasons(old, replace(old, late=None))
    assert said == "lateness takes off nothing, 8.5 points (1 day begun) before"
    in_time = replace(old, late=Lateness(0.0, 0, 0.0, 0.0))
    assert list(reasons(replace(old, late=None), in_time)) == []
    assert list(reasons(in_time, replace(old, late=None))) == ["when it was handed in is not known any more"]


def test_last_attempts_are_compared_with_those_before(folders: Path) -> None:
    found = changes(folders / "new", status=1)
    assert (found["ann"]["old"], found["ann"]["new"]) == (97.06, 100)
    assert set(found) == {"ann", "bea"}  # cat, dan and eve have been graded once


def test_same_results_have_no_change(folders: Path) -> None:
    done = grade("diff", folders / "old", folders / "old")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "4 the same, 0 changed, 0 of them down.")


@pytest.fixture(scope="module")
def other(folders: Path) -> Path:
    """The class again, by a rubric with other points and another way of giving credit, and with another seed.

    Dan is no longer in it, so his last attempt is by the rubric before; Fay's file is broken.
    """
    shutil.copytree(folders / "new", folders / "other")
    (folders / "hw" / "fay.py").write_text("def conv_forward_naive(\n")
    rubric = folders / "r.yaml"
    rubric.write_text("schema: convgrade/1\nextends: cs231n-conv\nname: CS231n assignment 2, convolution\nitems:\n"
                      "  - {id: dx, kind: correctness, output: dx, points: 25, credit: cases, cache: own}\n"
                      "  - {id: db, kind: correctness, output: db, points: 3}\n")  # fmt: skip
    options = ("--rubric", rubric, "--no-timing", "-q", "--seed", 7, "--out", folders / "other", "--add")
    assert grade(folders / "hw", *options).returncode == 0
    return folders / "other"


def test_other_points_and_seed_are_reasons(folders: Path, other: Path) -> None:
    found = changes(folders / "new", other, status=1)["cat"]["reasons"]
    assert found == ["the rubric has changed", "another seed (231 before, 7 now)"]


def test_account_tells_the_share_of_the_cases_and_why_nothing_ran(other: Path) -> None:
    bea, eve = (
        {line["item"]: line for line in json.loads(grade("explain", other, id, "--format", "json").stdout)["lines"]}
        for id in ("bea", "eve")
    )
    shares = re.search(r": 25 x min\((\d+)/(\d+), (\d+)/(\d+)\) = ([\d.]+)$", bea["dx"]["how"][-1])
    assert shares is not None, bea["dx"]["how"]
    right, all_open, right_secret, all_secret, points = map(float, shares.groups())
    assert points == bea["dx"]["points"] == round(25 * min(right / all_open, right_secret / all_secret), 2)
    assert eve["forward"]["how"][0] == "conv_forward_naive returns None (not implemented yet)"


def test_account_on_a_terminal_tells_what_it_is_by(other: Path) -> None:
    dan, fay = (grade("explain", other, id).stdout for id in ("dan", "fay"))
    assert max(map(len, [*dan.splitlines(), *fay.splitlines()])) <= 80
    assert dan.startswith(
        "dan: 100 / 100\n\nforward: 40 of 40\n  65 of 65 cases are right, 18 of them drawn in secret\n"
    )
    assert "\nSum: 40 + 25 + 20 + 8 + 7 = 100 of 100; not judged, so no part of it:" in dan
    assert "\nspeed-forward (bonus): not judged\n" in dan
    assert "The last run of the class was by another rubric" in dan
    assert "not checked: fay.py:1: SyntaxError: '(' was never closed" in fay
    assert "The last run" not in fay


def test_versions_verdicts_and_times_are_reasons(other: Path) -> None:
    with open_results(other) as store:
        attempt = store.latest_of("cat")
    assert attempt is not None
    old = attempt.report
    speed = [item for item in old.items if item.kind == "speed"]
    timed = replace(old, items=(*old.items[: -len(speed)], *(replace(item, points=3.0) for item in speed)))
    assert list(
        reasons(old, replace(timed, versions={**old.versions, "numpy": "1.0"}, verdict=ReportVerdict.REJECTED))
    ) == [
        f"numpy {old.versions['numpy']} before, 1.0 now",
        "graded before, rejected now",
        "speed is marked in the new results only",
    ]


def test_marks_with_and_without_speed_are_not_compared_in_silence() -> None:
    items = (ItemChange("speed", 8.0, None, 10, 10),)
    change = Change("ann", "Ann", 108.0, 100.0, "graded", "graded", 100, 100, ("why",), items)
    told = terminal_difference(Difference("a", "b", 0, (change,)))
    assert "1 of them has an item, such as speed, that is marked in one of the two only" in told
    removed = replace(change, items=(ItemChange("speed", 8.0, None, 10, None),))
    assert "such as speed" not in terminal_difference(Difference("a", "b", 0, (removed,)))


def test_table_fits_and_csv_has_a_row_for_each(folders: Path) -> None:
    done = grade("diff", folders / "old", folders / "new")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "bea: another text" in done.stdout
    rows = list(csv.DictReader(io.StringIO(grade("diff", folders / "old", folders / "new", "--format", "csv").stdout)))
    assert (rows[0]["id"], rows[0]["items"]) == ("bea", "dx: 25 -> 22.06")


def test_what_is_no_results_folder_or_nobody_is_told(folders: Path) -> None:
    for arguments in (("diff", folders / "hw", folders / "new"), ("explain", folders / "hw", "ann")):
        done = grade(*arguments)
        assert (done.returncode, "is not a results folder" in done.stderr) == (2, True)
    done = grade("explain", folders / "new", "anna")
    assert (done.returncode, "has no submission anna (did you mean ann?)" in done.stderr) == (2, True)


def test_account_counts_what_is_right_on_the_canonical_cache_alone(tmp_path: Path) -> None:
    """The kernel is kept doubled, so on that cache dx is wrong, and dw and db are right."""
    code = (SUBMISSIONS / "alice.py").read_text()
    kept = code.replace("(x, w, b, conv_param)\n\n", "(x, 2 * w, b, conv_param)\n\n", 1)
    assert kept != code
    (tmp_path / "ann.py").write_text(kept)
    assert grade(tmp_path / "ann.py", *QUICKLY, "--out", tmp_path / "out").returncode == 0
    lines = json.loads(grade("explain", tmp_path / "out", "ann", "--format", "json").stdout)["lines"]
    told = {line["item"]: "right on the canonical cache alone" in json.dumps(line) for line in lines}
    assert (told["dx"], told["dw"], told["db"], told["forward"]) == (True, False, False, False)
