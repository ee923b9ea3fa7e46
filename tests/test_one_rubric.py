"""A class has one rubric: whoever comes late is marked by it, and it changes for everybody or for nobody."""

import json
import shutil
from pathlib import Path

import pytest

from grader import grade_class
from tests.cli import SUBMISSIONS, grade

RUBRIC = "schema: convgrade/1\nextends: correctness-only\nname: CS231n assignment 2, convolution\ncases: {count: 20}\n"
OTHER_POINTS = "items: [{id: dx, points: 40}, {id: forward, points: 30}]\n"
ALL_OR_NOTHING = "items: [{id: dx, points: 40, credit: all_or_nothing}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class of two, whose dx is wrong in part, graded with a seed of its own; and one who is late, like them."""
    (tmp_path / "hw").mkdir()
    (tmp_path / "late").mkdir()
    (tmp_path / "rubric.yaml").write_text(RUBRIC + OTHER_POINTS)
    for place in ("hw/ann.py", "hw/bob.py", "late/eve.py"):
        shutil.copy(SUBMISSIONS / "carol.py", tmp_path / place)
    done = grade(tmp_path / "hw", "--rubric", "rubric.yaml", "--seed", 5, "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def marks(folder: Path) -> dict[str, tuple[float, str, int]]:
    """By id, the points for dx, the rubric and the seed."""
    told = json.loads((folder / "results" / "grades.json").read_text())
    dx = [next(item["points"] for item in each["items"] if item["id"] == "dx") for each in told]
    by = [(each["rubric"]["sha256"], each["seed"]) for each in told]
    return {each["person"]["id"]: (points, *how) for each, points, how in zip(told, dx, by, strict=True)}


def test_late_hand_in_and_the_class_again_are_marked_by_the_rubric_of_the_folder(folder: Path) -> None:
    (before,) = set(marks(folder).values())
    late = grade(folder / "late" / "eve.py", "--out", "results", cwd=folder)
    assert late.returncode == 0
    assert late.stderr.count("results was graded by 'CS231n assignment 2, convolution' (seed 5), and so is this") == 1
    assert marks(folder) == dict.fromkeys(("ann", "bob", "eve"), before)
    assert "was graded by" not in grade("hw", "-q", cwd=folder).stderr
    assert len(list(grade_class(folder / "hw", out=folder / "results"))) == 2
    assert marks(folder) == dict.fromkeys(("ann", "bob", "eve"), before)


def test_single_submission_of_which_nothing_is_kept_is_graded_by_the_default_beside_any_results(folder: Path) -> None:
    shutil.copy(SUBMISSIONS / "carol.py", folder / "late" / "layers.py")
    (folder / "late" / "eve.py").unlink()
    done = grade("late", "--no-timing", "--format", "json", cwd=folder)
    assert (done.stderr, json.loads(done.stdout)["seed"]) == ("", 231)


def test_id_that_comes_from_the_folder_is_said_before_it_is_kept(folder: Path) -> None:
    (folder / "late" / "eve.py").rename(folder / "late" / "solution.py")
    done = grade("late/solution.py", "--out", "results", "--no-timing", cwd=folder)
    assert set(marks(folder)) == {"ann", "bob", "late"}
    said = "grade: late/solution.py: is kept as late, after its folder, since anybody's could be called solution"
    assert said in done.stderr.splitlines()
    assert "after its folder" not in grade("hw/ann.py", "--out", "results", "--no-timing", cwd=folder).stderr


def test_rubric_changes_for_everybody_or_for_nobody(folder: Path) -> None:
    before = marks(folder)
    (folder / "rubric.yaml").write_text(RUBRIC + ALL_OR_NOTHING)
    for option in (("--rubric", "rubric.yaml"), ("--seed", 6)):
        done = grade("late/eve.py", *option, "--out", "results", cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert "results: ann, bob would stay marked as before, by 'CS231n assignment 2, convolution' (" in done.stderr
    assert marks(folder) == before
    assert grade("hw", "--rubric", "rubric.yaml", "--seed", 5, "-q", cwd=folder).returncode == 0
    assert {points for points, _, _ in marks(folder).values()} == {0}


def test_whoever_is_still_marked_by_another_rubric_is_named_and_explained_by_it(folder: Path) -> None:
    (folder / "rubric.yaml").write_text(RUBRIC + ALL_OR_NOTHING)
    done = grade("late/eve.py", "--rubric", "rubric.yaml", "--out", "results", "--add", cwd=folder)
    assert "marked by another rubric than this: ann, bob. Grade them again, too" in done.stderr
    assert "marked by another rubric than the class" in (folder / "results" / "index.html").read_text()
    for id, times in (("ann", "40 x "), ("eve", "all or nothing: 40 x 0 = 0")):
        account = json.loads(grade("explain", "results", id, "--format", "json", cwd=folder).stdout)
        (line,) = (line for line in account["lines"] if line["item"] == "dx")
        *_, arithmetic = line["how"]
        assert times in arithmetic
        share, _, points = arithmetic.rpartition(" x ")[2].partition(" = ")
        right, _, of = share.partition("/")
        assert round(40 * float(right) / float(of or 1), 2) == float(points) == line["points"]
