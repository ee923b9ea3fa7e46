"""One rubric about several operators: one process, one load of the file, one mark."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.browser import opened
from tests.cli import SUBMISSIONS, grade, items
from tests.test_own_operator import POOLING, PROGRAMS, RIGHT

CASES = "{N: [1, 2], C: [1, 2], F: [1, 2], H: [3, 6], W: [3, 6], HH: [1, 3], WW: [1, 3], stride: [1, 2], pad: [0, 1]}"
RUBRIC = f"""schema: convgrade/1
name: several
limits: {{timing_s: 0.05}}
operators:
  conv:
    operator: conv2d
    cases: {{count: 16, ranges: {CASES}}}
  again:
    operator: conv2d
    functions: {{forward: conv_forward_again, backward: conv_backward_again}}
    cases: {{count: 16, ranges: {CASES}}}
    tolerance: {{float64: 0.5, float32: 0.5}}
  pool:
    operator: pool1d
    cases: {{count: 16, ranges: {{N: [1, 2], C: [1, 3], L: [2, 8], width: [1, 3], stride: [1, 3]}}}}
items:
  - {{id: out, operator: conv, kind: correctness, output: out, points: 20}}
  - {{id: pool, operator: pool, kind: correctness, output: out, points: 20, credit: traits}}
  - {{id: again, operator: again, kind: correctness, output: out, points: 20}}
  - {{id: dx, operator: conv, kind: correctness, output: dx, points: 20}}
  - {{id: pool-dx, operator: pool, kind: correctness, output: dx, points: 10, visibility: hidden}}
  - {{id: promises, operator: pool, kind: contract, points: 10, checks: [inputs_unchanged]}}
  - id: speed
    operator: conv
    kind: speed
    function: forward
    points: 10
    bonus: true
    workload: {{x: [4, 3, 9, 9], w: [4, 3, 3, 3], stride: 1, pad: 1}}
    full_at: 0.5
    zero_at: 0.0001
  - id: pool-speed
    operator: pool
    kind: speed
    function: backward
    points: 10
    bonus: true
    workload: {{x: [40, 8, 64], width: 4, stride: 2}}
    full_at: 0.5
    zero_at: 0.0001
"""


SCALED = """

def conv_forward_again(*handed):
    out, cache = right(*handed)
    return 1.1 * out, cache
"""


def _again(text: str) -> str:
    return text.replace("conv_forward_naive", "conv_forward_again").replace(
        "conv_backward_naive", "conv_backward_again"
    )


def _programs() -> dict[str, str]:
    conv = (SUBMISSIONS / "alice.py").read_text()
    pool = RIGHT.removeprefix('"""Average pooling."""\n')
    scaled = f"{_again(conv)}\nright = conv_forward_again\n{SCALED}"
    return {
        "right": f"{conv}\n{_again(conv)}\n{pool}",
        "loose": f"{conv}\n{scaled}\n{pool}",
        "unpooled": f"print('loaded')\n{conv}\n{_again(conv)}",
        "overwrites": f"{conv}\n{_again(conv)}\n" + PROGRAMS["overwrites"].removeprefix('"""Average pooling."""\n'),
        "unread": f"{conv}\n{_again(conv)}\n{pool}".replace("def pool_forward(", "def pool_forward)", 1),
        "unread-twice": f"{conv}\n{_again(conv)}\n" + pool.replace("ward(", "ward)("),
        "exits": f"{pool}\nimport os\nos._exit(1)\n{conv}\n{_again(conv)}",
        "imports": f"{conv}\n{_again(conv)}\n"
        + pool.replace("    width, stride", "    import socket\n    assert socket\n    width, stride", 1),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rubric, a class, and its results, with timing."""
    folder = tmp_path_factory.mktemp("several")
    shutil.copytree(POOLING / "pool1d", folder / "pool1d")
    (folder / "rubric.yaml").write_text(RUBRIC)
    (folder / "hw").mkdir()
    for name, code in _programs().items():
        (folder / "hw" / f"{name}.py").write_text(code)
    done = grade(folder / "hw", "--rubric", folder / "rubric.yaml", "--out", folder / "results", "-q")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return folder


@pytest.fixture(scope="module")
def graded(folder: Path) -> dict[str, dict[str, Any]]:
    return {r["submission"]["id"]: r for r in json.loads((folder / "results" / "grades.json").read_text())}


def test_right_submission_has_every_mark_and_a_speed_for_each_item(graded: dict[str, dict[str, Any]]) -> None:
    report = graded["right"]
    assert report["max_score"] == 100
    assert all(item["verdict"] == "passed" for item in report["items"] if item["kind"] != "speed")
    assert [item["operator"] for item in report["items"]] == [
        "conv", "pool", "again", "conv", "pool", "pool", "conv", "pool",
    ]  # fmt: skip
    assert report["speed"] is None
    assert set(report["speed_by_item"]) == {"speed", "pool-speed"}
    assert all(speed["ratio"] > 0 for speed in report["speed_by_item"].values())


def test_each_operator_has_its_own_cases_and_tolerance(graded: dict[str, dict[str, Any]]) -> None:
    found = items(graded["loose"])
    assert (found["again"]["verdict"], found["out"]["verdict"]) == ("passed", "passed")
    assert "windows overlap" in found["pool"]["traits"]
    assert "pad=0" not in found["pool"]["traits"]
    assert "pad=0" in found["out"]["traits"]


def test_missing_functions_of_one_operator_cost_its_items_alone(graded: dict[str, dict[str, Any]]) -> None:
    report = graded["unpooled"]
    found = items(report)
    verdicts = {item["id"]: item["verdict"] for item in report["items"] if item["operator"] == "pool"}
    assert verdicts == dict.fromkeys(("pool", "pool-dx", "promises", "pool-speed"), "missing")
    assert found["pool"]["message"] == "unpooled.py: defines neither pool_forward nor pool_backward"
    assert all(found[id]["verdict"] == "passed" for id in ("out", "dx", "again"))
    assert report["stdout"] == "loaded\n"  # once: all operators share one process
    assert "speed" in report["speed_by_item"]


def test_function_that_cannot_be_read_is_not_said_to_be_missing(graded: dict[str, dict[str, Any]]) -> None:
    for name, backward in (("unread", "passed"), ("unread-twice", "missing")):
        found = items(graded[name])
        assert found["pool"]["message"].startswith(f"pool_forward could not be read: {name}.py:")
        assert found["pool-dx"]["verdict"] == backward
        assert found["out"]["verdict"] == "passed"


def test_wrong_operator_is_explained_in_its_own_terms(graded: dict[str, dict[str, Any]]) -> None:
    found = items(graded["overwrites"])
    assert found["pool-dx"]["counterexample"]["shapes"] == {"x": [1, 1, 3], "dout": [1, 1, 2]}
    assert found["dx"]["verdict"] == found["out"]["verdict"] == "passed"


def test_functions_of_every_operator_are_found_though_the_file_ends_its_process(
    graded: dict[str, dict[str, Any]],
) -> None:
    report = graded["exits"]
    assert all(item["verdict"] == "passed" for item in report["items"] if item["kind"] != "speed")
    assert "except definitions" in report["notes"][0]


def test_forbidden_import_costs_the_function_that_reaches_it(graded: dict[str, dict[str, Any]]) -> None:
    found = items(graded["imports"])
    assert found["pool"]["verdict"] == "policy"
    assert found["out"]["verdict"] == found["again"]["verdict"] == "passed"


def test_page_has_a_section_for_each_operator(folder: Path) -> None:
    with opened(folder / "results" / "reports" / "unpooled.html") as seen:
        assert seen.console == []
        headings = seen.page.locator("h2.operator").all_inner_texts()
        assert [heading for heading in headings if ": " in heading] == [
            "conv: convolution", "again: convolution", "pool: average pooling",
        ]  # fmt: skip
        ids = seen.page.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
        assert len(ids) == len(set(ids))
        assert "a fast convolution in NumPy" in seen.page.inner_text("body")


def test_student_sees_no_speed_of_a_hidden_item_and_every_section(folder: Path) -> None:
    shown = grade("report", folder / "results", "overwrites", "--audience", "student", "--format", "json")
    report = json.loads(shown.stdout)
    assert items(report)["pool-dx"]["message"] is None
    assert items(report)["pool-dx"]["operator"] == "pool"
    text = (folder / "results" / "reports" / "overwrites.txt").read_text()
    assert [text.count(f"\n{key}: ") for key in ("conv", "again", "pool")] == [1, 1, 1]


def test_leaderboard_ranks_by_all_operators_or_by_one(folder: Path, graded: dict[str, dict[str, Any]]) -> None:
    board = json.loads(grade("leaderboard", folder / "results", "--format", "json").stdout)
    (row,) = [row for row in board["rows"] if row["name"] == "right"]
    ratios = {id: speed["ratio"] for id, speed in graded["right"]["speed_by_item"].items()}
    assert row["speed"]["ratio"] == pytest.approx((ratios["speed"] * ratios["pool-speed"]) ** 0.5)
    assert "unpooled" not in {row["name"] for row in board["rows"]}
    mean = "geometric mean of forward and backward of 2 operators"
    assert mean in " ".join(grade("leaderboard", folder / "results").stdout.split())
    page = grade("leaderboard", folder / "results", "--format", "html").stdout
    assert f"the submission's time, the {mean}. 1 is" in " ".join(page.split())
    rubric = folder / "one.yaml"
    rubric.write_text(RUBRIC + "leaderboard: {operator: conv}\n")
    again = grade(folder / "hw", "--rubric", rubric, "--out", folder / "results", "-q")
    assert again.returncode == 0
    board = json.loads(grade("leaderboard", folder / "results", "--format", "json").stdout)
    rows = {row["name"]: row for row in board["rows"]}
    assert rows["right"]["speed"]["ratio"] == pytest.approx(ratios["speed"])  # marked again, not run again
    assert "unpooled" in rows
    assert "speed = baseline time / its time of forward." in grade("leaderboard", folder / "results").stdout


def test_class_is_run_again_where_an_operators_cases_change_and_marked_again_where_points_do(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    rubric, results = tmp_path / "copy" / "rubric.yaml", tmp_path / "copy" / "results"
    command = [tmp_path / "copy" / "hw" / "right.py", "--rubric", rubric, "--out", results, "--no-timing"]
    rubric.write_text(RUBRIC.replace("output: out, points: 20}", "output: out, points: 30}"))
    before = items(json.loads((results / "grades.json").read_text())[0])
    grade(*command, "--add")
    assert {r["max_score"] for r in json.loads((results / "grades.json").read_text())} >= {120}
    assert before["pool"]["traits"]["combined"]["total"] > 0
    rubric.write_text(
        RUBRIC.replace("count: 16, ranges: {N: [1, 2], C: [1, 3]", "count: 30, ranges: {N: [1, 2], C: [1, 3]")
    )
    grade(*command, "--add")
    after = {r["submission"]["id"]: items(r) for r in json.loads((results / "grades.json").read_text())}["right"]
    assert after["pool"]["traits"]["combined"]["total"] > before["pool"]["traits"]["combined"]["total"]


def test_rubric_of_several_is_checked_and_audited_operator_by_operator(folder: Path) -> None:
    rubric = folder / "rubric.yaml"
    assert "valid: 8 items, 100 points, 3 operators" in grade("rubric", "check", rubric).stdout
    (folder / "only.yaml").write_text(
        "schema: convgrade/1\nextends: cs231n-convnets\nname: only\ndrop: [pool, batchnorm, groupnorm]\n"
    )
    assert "points, 1 operator, " in grade("rubric", "check", folder / "only.yaml").stdout
    audited = grade("rubric", "audit", rubric, "--seeds", 1).stdout
    assert re.findall(r"^several, (\w+): \d+ known mistakes", audited, re.MULTILINE) == ["conv", "again", "pool"]


def test_time_times_every_item_of_several(folder: Path) -> None:
    done = grade("time", folder / "hw" / "right.py", "--rubric", folder / "rubric.yaml")
    assert "x(4,3,9,9) w(4,3,3,3) s1 p1" in done.stdout
    assert "x(40,8,64) w4 s2" in done.stdout
    refused = grade("time", folder / "hw" / "right.py", "--rubric", folder / "rubric.yaml", "--workload", "x(1)")
    assert (refused.returncode, "has several operators" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("operator: pool, kind: contract", "operator: pol, kind: contract",
         "items[promises].operator: pol is not in `operators`, which has conv, again, pool (did you mean pool?)"),
        ("operator: pool, kind: contract", "kind: contract",
         "items[promises].operator: is missing; the rubric has conv, again, pool"),
        ("    functions: {forward: conv_forward_again, backward: conv_backward_again}\n", "",
         "operators.again.functions.forward: conv_forward_naive is the same as operators.conv.functions.forward"),
        ("operators:\n", "operator: conv2d\noperators:\n",
         "operator: each of the operators has its own; write it below its key in `operators`"),
        ("operators:\n", "operators:\n  idle: {operator: conv2d}\n", "operators.idle: no item is about it"),
        ("    operator: pool1d\n", "    operator: pool2d\n",
         "operators.pool.operator: there is no operator pool2d"),
        ("    operator: pool1d\n", "", "operators.pool.operator: is missing; there are avg_pool2d, conv2d"),
        ("    tolerance:", "    tolerence:", "operators.again.tolerence: unknown key (did you mean tolerance?)"),
        ("L: [2, 8], ", "", "operators.pool.cases.ranges: L is missing"),
        ("name: several\n", "name: several\nleaderboard: {operator: con}\n",
         "leaderboard.operator: con is not in `operators`"),
    ],
)  # fmt: skip
def test_contradiction_is_told_with_its_line_and_key(folder: Path, old: str, new: str, problem: str) -> None:
    assert old in RUBRIC
    rubric = folder / "wrong.yaml"
    rubric.write_text(RUBRIC.replace(old, new, 1))
    done = grade("rubric", "check", rubric)
    assert done.returncode == 2
    assert re.search(rf"wrong\.yaml:\d+: {re.escape(problem)}", done.stderr), done.stderr


def test_item_of_a_rubric_with_one_operator_names_none(tmp_path: Path) -> None:
    rubric = tmp_path / "one.yaml"
    rubric.write_text("schema: convgrade/1\nextends: cs231n-conv\nname: one\nitems:\n  - {id: dx, operator: conv}\n")
    done = grade("rubric", "check", rubric)
    assert "one.yaml:5: items[dx].operator: is for rubrics with several `operators`" in done.stderr
