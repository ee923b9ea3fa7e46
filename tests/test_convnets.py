"""The packaged rubric for all of CS231n's convolutional notebook: four operators of one file."""

import json
from pathlib import Path
from typing import Any

import pytest

from grader.operators import find_operator
from tests.cli import grade, items

NAMES = ("conv2d", "max_pool2d", "spatial_batchnorm", "spatial_groupnorm")
STARTER = "\n\n".join(
    f"def {name}(*arguments):\n    return None"
    for name in (
        "conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive", "max_pool_backward_naive",
        "spatial_batchnorm_forward", "spatial_batchnorm_backward", "spatial_groupnorm_forward",
        "spatial_groupnorm_backward",
    )
)  # fmt: skip


def loops(*names: str) -> str:
    """The nested loops of some operators in one file, under the names of the course."""
    text = ""
    for name in names:
        operator = find_operator(name)
        assert operator is not None
        assert operator.timed is not None
        code = operator.timed.loops
        text += code.file.read_text("utf-8").replace("_statistics", f"_statistics_{name}") + "\n\n"
        pairs = zip(operator.signature.functions, code.functions, strict=True)
        text += "\n".join(f"{theirs} = {ours}" for theirs, ours in pairs) + "\n\n"
    return text


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("convnets")
    (folder / "hw").mkdir()
    programs = {"whole": loops(*NAMES), "part": loops("conv2d", "max_pool2d"), "starter": STARTER}
    for name, text in programs.items():
        (folder / "hw" / f"{name}.py").write_text("import numpy as np\n\n\n" + text)
    out = folder / "results"
    done = grade(folder / "hw", "--rubric", "cs231n-convnets", "--no-timing", "--out", out, "-q")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return {r["submission"]["id"]: r for r in json.loads((out / "grades.json").read_text())}


def test_right_file_has_every_mark_of_all_four_operators(graded: dict[str, dict[str, Any]]) -> None:
    report = graded["whole"]
    judged = [item for item in report["items"] if item["kind"] != "speed"]
    assert {item["verdict"] for item in judged} == {"passed"}
    assert (report["score"], report["max_score"], report["speed"]) == (100, 100, None)
    assert {item["operator"] for item in judged} == {"conv", "pool", "batchnorm", "groupnorm"}


def test_operators_that_are_not_there_cost_their_own_marks_alone(graded: dict[str, dict[str, Any]]) -> None:
    got = [item for item in items(graded["part"]).values() if item["kind"] != "speed"]
    assert {i["verdict"] for i in got if i["operator"] in ("conv", "pool")} == {"passed"}
    assert {i["verdict"] for i in got if i["operator"] in ("batchnorm", "groupnorm")} == {"missing"}


def test_file_as_it_was_handed_out_earns_nothing(graded: dict[str, dict[str, Any]]) -> None:
    """Not for running averages either, which a function that does nothing leaves as they were."""
    report = graded["starter"]
    assert report["score"] == 0
    assert {item["verdict"] for item in report["items"] if item["kind"] != "speed"} == {"missing"}
