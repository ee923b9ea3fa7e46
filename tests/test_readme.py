"""The commands of the README and of docs/, and what they say of the sample submissions.

The samples are the regression suite: each states what it must get.
"""

import ast
import csv
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.tables import AFTER_ITEMS, BEFORE_ITEMS
from grader.reports.forms.json import FIELDS
from tests.cli import SUBMISSIONS, grade, items
from tests.readme import run_commands

SPEED = re.compile(r"^    (speed-\w+): (nothing|little|much)$", re.MULTILINE)
EXPECTATION = re.compile(r"^    (\w+): (\w+) ([\d.]+)(?: \((.*)\))?$", re.MULTILINE)
Runs = tuple[Path, list[tuple[str, str, str]]]
SAMPLES = sorted(SUBMISSIONS.glob("*.py"))


def failing_traits(words: str, traits: set[str]) -> set[str]:
    """`pad=0, combined`, `everywhere` or `everywhere but float32` as a set of traits."""
    if words.startswith("everywhere"):
        return traits - set(words.removeprefix("everywhere").removeprefix(" but ").split(", "))
    return set(words.split(", ")) - {""}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The folder in which the documents' commands were run, and (arguments, shown, printed) of each.

    They are run in this process and timed in a hurry: nothing that is said here depends on either. `.ci/run` runs the
    first as it is.
    """
    folder = tmp_path_factory.mktemp("readme")
    return folder, run_commands(folder, timing_s=0.05, run=grade)


def without_measured(output: str) -> list[str]:
    """What does not depend on a stopwatch: of a table with times the words, and no line that is all times."""
    kept = []
    unstable = r"^\? .*\n(  .*\n)*(interval reaches .*\n)?"
    output = re.sub(unstable, "", output, flags=re.MULTILINE)  # why a ratio is
    output = re.sub(r"^Timed when graded: (.+\n)+", "Timed when graded\n", output, flags=re.MULTILINE)  # the machine
    for line in re.sub(r"(Slowest:|Last graded|Fastest:) .*", r"\1", output).splitlines():
        timed = re.match(
            r"speed|alice: |backward|forward[*?]* +\d\.|Slowest|Nested| +=?\d+  \w| *(\d+ to|above) \d+ %|\?|-", line
        )
        words = " ".join(sorted(re.findall(r"[a-z][a-z_]+", line)))
        kept.append(words if timed and not line.startswith(("?", "-")) else "" if timed else " ".join(line.split()))
    return [line for line in kept if line]


def test_output_in_the_documents_is_genuine(runs: Runs) -> None:
    shown_blocks = runs[1]
    assert [arguments for arguments, *_ in shown_blocks] == [
        "submissions/alice.py", "submissions/", "leaderboard results/",
        "--no-timing submissions/ruth.py --rubric cs231n-convnets",
        "--no-timing submissions/ --rubric cs231n-convnets -q --out results-convnets",
        *(f"--no-timing submissions/norman.py --rubric cs231n-{name}"
          for name in ("max-pool", "spatial-batchnorm", "spatial-groupnorm")),
        "docs/samples/deeplearning-ai-conv/pad_zero.py --rubric deeplearning-ai-conv",
        "docs/samples/deeplearning-ai-convnets/stride_one.py --rubric deeplearning-ai-convnets",
        "docs/samples/cmu-11785-conv/no_bias_gradient.py --rubric cmu-11785-conv",
        "docs/samples/cmu-11785-conv-strided/square_images.py --rubric cmu-11785-conv-strided",
        "--no-timing submissions/carol.py",
    ]  # fmt: skip
    for arguments, shown, printed in shown_blocks:
        assert sorted(without_measured(printed)) == sorted(without_measured(shown)), arguments
        assert len(without_measured(shown)) >= 8
        assert [line for line in shown.splitlines() if len(line) > 80] == []


@pytest.fixture(scope="module")
def reports(runs: Runs) -> dict[str, dict[str, Any]]:
    """The reports of all samples by id, from grading them as a class, timing and all."""
    found = json.loads((runs[0] / "results" / "grades.json").read_text())
    return {report["submission"]["id"]: report for report in found}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_sample_gets_exactly_what_its_docstring_says(reports: dict[str, dict[str, Any]], sample: Path) -> None:
    docstring = ast.get_docstring(ast.parse(sample.read_text()), clean=False) or ""
    expected = EXPECTATION.findall(docstring)
    assert [name for name, *_ in expected] == ["forward", "dx", "dw", "db", "contract"]
    got = items(reports[sample.stem])
    speeds = SPEED.findall(docstring)
    assert [name for name, _ in speeds] == ["speed-forward", "speed-backward"]
    for name, word in speeds:
        points = got[name]["points"]
        right = {"nothing": points == 0, "little": points <= 5, "much": points > 5}  # loops may be too slow for any
        assert right[word], got[name]
    for name, verdict, points, where in expected:
        item = got[name]
        assert (item["verdict"], item["points"]) == (verdict, float(points)), item
        if item["traits"] is not None:
            failing = {trait for trait, row in item["traits"].items() if row["passed"] < row["total"]}
            assert failing == failing_traits(where, set(item["traits"])), item
        assert (item["message"] is None) == (verdict == "passed")


def test_right_samples_are_marked_in_full_and_timed(reports: dict[str, dict[str, Any]]) -> None:
    alice, bob = reports["alice"], reports["bob"]
    assert alice["verdict"] == "graded"
    assert alice["score"] > 90
    for report, low, high in ((alice, 0.05, 50), (bob, 0, 0.05)):
        for function in ("forward", "backward"):
            speed = report["speed"][function]
            assert 0 < speed["low"] <= speed["ratio"] <= speed["high"]
            assert low < speed["ratio"] < high
            assert 2 * speed["rounds"] >= 6 or not speed["stable"]  # pairs: of fewer there is no interval
    assert bob["speed"]["forward"]["extrapolated"]
    assert {item["verdict"] for item in bob["items"] if item["kind"] == "correctness"} == {"passed"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_account_of_a_mark_adds_up(runs: Runs, reports: dict[str, dict[str, Any]], sample: Path) -> None:
    told = json.loads(grade("explain", runs[0] / "results", sample.stem, "--format", "json").stdout)
    report = reports[sample.stem]
    assert [line["points"] for line in told["lines"]] == [item["points"] for item in report["items"]]
    for line in told["lines"]:
        for left, right in re.findall(r"(\d[^:]*? x .*) = ([\d.]+)$", line["how"][-1]):
            value = eval(left.replace(" x ", "*"), {"log": math.log, "min": min})
            assert float(right) == line["points"] == pytest.approx(value, abs=0.02 if "log" in left else 0.0051)
    if report["score"]:
        sums = re.match(r"([\d. +]+) = ([\d.]+) of", told["sum"])
        assert sums is not None, told["sum"]
        left, right = sums.groups()
        assert float(right) == report["score"] == pytest.approx(eval(left))


def test_every_field_of_the_json_is_documented(reports: dict[str, dict[str, Any]]) -> None:
    assert {field for report in reports.values() for field in fields_of(report)} == set(FIELDS)


def fields_of(data: Any, path: str = "") -> Iterator[str]:
    """The fields of a report as the documents name them, and no deeper than they do."""
    if path == "speed":
        yield path
        for speed in (data or {}).values():
            yield from fields_of(speed or {}, "speed.*")
    elif path not in FIELDS and isinstance(data, dict):
        for key, value in data.items():
            yield from fields_of(value, f"{path}.{key}".removeprefix("."))
    elif path not in FIELDS and isinstance(data, list):
        for value in data:
            yield from fields_of(value, f"{path}[]")
    else:
        yield path


def test_table_of_grades_has_the_documented_columns_and_leads_to_each_page(runs: Runs) -> None:
    with (runs[0] / "results" / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    before, after = list(BEFORE_ITEMS), list(AFTER_ITEMS)
    assert columns[: len(before)] == before
    assert columns[-len(after) :] == after
    pages = [(runs[0] / "results" / row["report"]).read_text() for row in rows]
    assert all(row["name"] in page for row, page in zip(rows, pages, strict=True))


def test_there_are_enough_samples() -> None:
    assert len(SAMPLES) >= 12
