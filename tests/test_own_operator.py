"""An operator that a rubric names by its folder goes through the whole program."""

import json
import re
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from reference.spec import Operator
from tests.browser import opened
from tests.cli import ROOT, grade, grade_all_json, items

POOLING = ROOT / "tests" / "pooling"
RUBRIC = POOLING / "rubric.yaml"
RIGHT = '''"""Average pooling."""

import numpy as np


def pool_forward(x, pool_param):
    width, stride = pool_param["width"], pool_param["stride"]
    out = np.zeros((*x.shape[:2], 1 + (x.shape[2] - width) // stride))
    for i in range(out.shape[2]):
        out[:, :, i] = x[:, :, i * stride : i * stride + width].mean(axis=2)
    return out, (x, pool_param)


def pool_backward(dout, cache):
    x, pool_param = cache
    width, stride = pool_param["width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        dx[:, :, i * stride : i * stride + width] += dout[:, :, i : i + 1] / width
    return dx
'''
PROGRAMS = {
    "right": RIGHT,
    "overwrites": RIGHT.replace("+= dout", "= dout"),
    "packs": RIGHT.replace("return dx", "return (dx,)"),
    "forgets": RIGHT.replace("    return out, (x, pool_param)", "    return out"),
    "misnamed": RIGHT.replace("x, pool_param):", "x):"),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All programs graded as a class, with timing."""
    folder = tmp_path_factory.mktemp("class")
    for name, code in PROGRAMS.items():
        (folder / "hw" / name).parent.mkdir(exist_ok=True)
        (folder / "hw" / f"{name}.py").write_text(code)
    done = grade(folder / "hw", "--rubric", RUBRIC, "--out", folder / "results", "-q")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return folder / "results"


@pytest.fixture(scope="module")
def graded(results: Path) -> dict[str, dict[str, Any]]:
    return {r["submission"]["id"]: r for r in json.loads((results / "grades.json").read_text())}


def test_right_submission_has_every_mark_and_a_speed(graded: dict[str, dict[str, Any]]) -> None:
    report = graded["right"]
    assert all(item["verdict"] == "passed" for item in report["items"] if item["kind"] != "speed")
    assert report["max_score"] == 100
    assert report["score"] >= 100
    assert report["speed"]["backward"]["ratio"] > 0
    traits = items(report)["dx"]["traits"]
    assert {"windows overlap", "gaps between windows", "N>1", "float32", "combined"} <= set(traits)
    assert "integer bias" not in traits


def test_wrong_submission_is_explained_by_its_smallest_case(graded: dict[str, dict[str, Any]]) -> None:
    found = items(graded["overwrites"])["dx"]
    assert found["traits"]["windows overlap"]["passed"] == 0
    assert found["traits"]["gaps between windows"]["passed"] == found["traits"]["gaps between windows"]["total"]
    assert found["diagnosis"] is None  # it has no bank of mistakes
    example = found["counterexample"]
    assert example["shapes"] == {"x": [1, 1, 3], "dout": [1, 1, 2]}
    assert example["pool_param"] == {"width": 2, "stride": 1}
    names: dict[str, Any] = {}
    exec(PROGRAMS["overwrites"], names)
    with pytest.raises(AssertionError):
        exec(example["snippet"], names)
    exec(RIGHT, names)
    exec(example["snippet"], names)


def test_what_cannot_be_called_or_returned_is_told_in_the_operators_terms(graded: dict[str, dict[str, Any]]) -> None:
    packed = items(graded["packs"])["dx"]
    assert packed["message"].endswith("dx is a tuple of 1, not an array of floats.")
    assert packed["hint"] == "Return `dx` alone, without a tuple around it."
    told = items(graded["forgets"])["forward"]
    assert told["hint"] == "It has to return `(out, cache)`."
    misnamed = items(graded["misnamed"])["forward"]
    assert "cannot be called as pool_forward(x, pool_param)" in misnamed["message"]
    assert misnamed["hint"].startswith("Its `def` line has to take the arguments of this call")


def test_page_shows_the_numbers_of_the_smallest_case_where_nothing_steps_through_it(results: Path) -> None:
    with opened(results / "reports" / "overwrites.html") as seen:
        assert seen.console == []
        assert seen.page.locator(".still").is_visible()
        assert seen.page.locator(".stepper").is_hidden()
        text = seen.page.inner_text("body")
        assert "x (1, 1, 3), dout (1, 1, 2), width 2, stride 1, float64" in text
        assert "image 0" in text
    with opened(results / "reports" / "right.html") as seen:
        assert "a fast average pooling in NumPy" in seen.page.inner_text("body")


def test_leaderboard_ranks_it(results: Path) -> None:
    done = grade("leaderboard", results)
    assert re.search(r"^ *1 +right ", done.stdout, re.MULTILINE), done.stdout
    page = grade("leaderboard", results, "--format", "html")
    assert "a fast average pooling in NumPy" in page.stdout


def test_class_is_not_run_again_until_the_operator_changes(results: Path, tmp_path: Path) -> None:
    shutil.copytree(POOLING, tmp_path / "pooling")
    shutil.copytree(results, tmp_path / "results")
    again = ["--rubric", tmp_path / "pooling" / "rubric.yaml", "--out", tmp_path / "results", "--no-timing"]
    kept = grade(results.parent / "hw", *again)
    assert "5 kept" in kept.stderr
    with (tmp_path / "pooling" / "pool1d" / "loops.py").open("a") as file:
        file.write("\n# changed\n")
    assert "kept" not in grade(results.parent / "hw", *again).stderr


def test_rubric_of_it_is_checked_and_audited() -> None:
    assert "valid: 4 items, 100 points" in grade("rubric", "check", RUBRIC).stdout
    assert "2 known mistakes against seeds 231 to 232" in grade("rubric", "audit", RUBRIC, "--seeds", 2).stdout


def test_other_shapes_are_timed_in_its_own_words(tmp_path: Path) -> None:
    file = tmp_path / "right.py"
    file.write_text(RIGHT)
    done = grade("time", file, "--rubric", RUBRIC, "--workload", "x(4, 2, 9) w3 s2")
    assert "backward: x(4,2,9) w3 s2" in done.stdout
    assert grade("time", file, "--rubric", RUBRIC, "--workload", "x(4,2,9) w3").stderr.endswith("stride is missing\n")
    assert "write it like 'x(1,1,6) w2 s2'" in grade("time", file, "--rubric", RUBRIC, "--workload", "x 4").stderr


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ("operator: nowhere", "rubric.yaml:3: operator: there is no operator nowhere"),
        ("operator: .", "must define OPERATOR, an Operator of reference.spec"),
        ("operator: crashing", "cannot be imported: ZeroDivisionError: division by zero"),
        (
            "operator: contradictory",
            "contradictory: axes must have dout; axes: the first axis of dout must be N",
        ),
        ("operator: untimed", "rubric.yaml: items[speed].kind: pool1d has no baseline, so its speed cannot be judged"),
    ],
)
def test_folder_that_is_no_operator_is_refused_where_it_is_named(tmp_path: Path, changed: str, problem: str) -> None:
    shutil.copytree(POOLING, tmp_path, dirs_exist_ok=True)
    whole = (POOLING / "pool1d" / "__init__.py").read_text()
    for name, text in {
        "crashing": "1 / 0\n",
        "contradictory": whole.replace(', "dout": "N C L_out"', ""),
        "untimed": whole[: whole.index("    timed=Timed(")] + ")\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text(rubric.read_text().replace("operator: pool1d", changed))
    done = grade("rubric", "check", rubric)
    assert done.returncode == 2
    assert problem in re.sub(r"rubric.yaml:\d+: items", "rubric.yaml: items", done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_operator_is_looked_for_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw" / "mine.yaml").write_text(f"extends: {RUBRIC}\nschema: convgrade/1\nname: mine\ndrop: [speed]\n")
    (tmp_path / "right.py").write_text(RIGHT)
    (report,) = grade_all_json(tmp_path / "right.py", "--rubric", tmp_path / "hw" / "mine.yaml")
    assert report["score"] == 100


def test_the_document_shows_this_operator() -> None:
    """Every piece of code in it is the example's, and every part of the record that it has is explained."""
    text = (ROOT / "docs" / "operators.md").read_text()
    pieces = re.findall(r"^```(?:python|text)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    source = (POOLING / "pool1d" / "__init__.py").read_text()
    assert pieces
    assert all(piece in source for piece in pieces)
    (named,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert named in RUBRIC.read_text()
    parts = {field.name for field in fields(Operator)} - {"name", "summary"}
    assert [part for part in sorted(parts) if f"`{part}`" not in text] == []
