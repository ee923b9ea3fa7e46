"""What a rubric would let through, and what would catch it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from grader.audit import audit
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.rubric.reading import DEFAULT_RUBRIC, PACKAGED, load_rubric
from tests.cli import grade, grade_in_a_process

WEAK = """\
schema: convgrade/1
extends: correctness-only.yaml
name: weak
cases:
  count: 16
  ranges: {N: [1, 2], C: [1, 2], F: [1, 2], H: [5, 5], W: [5, 5], HH: [3, 3], WW: [3, 3], stride: [1, 1], pad: [1, 1]}
  dtypes: [float64]
drop: [contract]
"""


def audited(assignment: Assignment) -> object:
    """What an audit of correctness depends on."""
    rubric = assignment.rubric
    asked = sorted(
        str(getattr(item, key)) for item in rubric.items for key in ("output", "checks") if hasattr(item, key)
    )
    return repr((assignment.operator.signature, assignment.operator.axes, rubric.seed, rubric.cases, rubric.tolerance,
                 asked))  # fmt: skip


ASSIGNMENTS = {
    f"{path.name}-{key or assignment.operator.name}": assignment
    for path in sorted(PACKAGED.glob("*.yaml"))
    for key, assignment in Homework.of(load_rubric(path)).parts.items()
    if assignment.operator.bank().bugs
}
"""What the packaged rubrics say of each operator that has known mistakes."""
DIFFERENT = {audited(assignment): name for name, assignment in reversed(ASSIGNMENTS.items())}.values()
"""One of those that an audit cannot tell apart."""


_SQUARE = {
    "HH and WW are swapped in the output size",
    "Height and width of the kernel are mixed up in backward", "HH is used where WW belongs",
    "WW is used where HH belongs", "Windows have the kernel's width as their height, and its height as their width",
}  # fmt: skip
_SQUARE_WINDOWS = {
    "The window is taken to be square in backward", "Height and width of the window are swapped",
    "The window is taken to be square", "Height and width of the window are swapped in backward",
    "Height and width of the window are swapped in the output size", "The loops over dA end by the window's other side",
}  # fmt: skip
_PADDING = {
    "dLdA is returned with its padding", "Rows and columns of the padded image are taken for those of A",
    "The padding is left out",
    "The padding is cut off a second time at the end", "The end of the image is counted without the padding before it",
    "The padding is cut off at the start only, twice", "The padding is cut off at the start only",
    "Sizes of the padded image are taken for those of A", "The padding is cut off for rows only, or for columns only",
    "The padding is left out in backward", "dLdW is made of windows without the padding",
    "dLdA is made without the padding", "Not padded with zeros for dLdW",
    "The padding below and on the right is not reached", "No padding above and on the left",
    "Padding counts on one side only, for rows or columns", "Rows or columns are padded on one side only, in backward",
    "Rows or columns are padded on one side only, for dLdW",
    "Images and channels are padded too", "Only rows are padded", "Only columns are padded",
    "Channels are padded in the place of rows or columns",
    "The output size is computed without the padding", "The output size is computed without the padding in backward",
    "Padded with the edge's values instead of zeros",
    "Padded by reflection instead of zeros", "Padded with ones instead of zeros",
    "The image begins 2*pad rows down and 2*pad columns in",
    "Windows that reach beyond the image without its padding are left out",
    "Windows that reach beyond the image without its padding are left out in backward",
    "The formula for the output size counts the padding once in backward",
    "Images and channels are padded too, in backward",
    "The formula for the output size counts the padding twice",
    "The formula for the output size counts the padding twice in backward",
    "Negative rows or columns are taken from the end of A",
    "Negative rows or columns are taken from the end of A in backward",
}  # fmt: skip
_ROUNDED_UP = {"The output size is rounded up"}
_STRIDE = _ROUNDED_UP | {
    "dLdA's windows do not step by the stride", "Windows do not step by the stride in backward",
    "dLdW's windows do not step by the stride", "The place in the kernel is multiplied by the stride for dLdW",
    "The place in the kernel is multiplied by the stride for dLdA",
    "Places of Z are counted in pixels", "Places of dLdZ are counted in pixels",
    "The loops over out step by the stride", "The loops over dLdZ step by the stride",
    "The place in the kernel is multiplied by the stride", "Slices end as if the stride were 1",
    "Slices of backward end as if the stride were 1",
    "Windows step by the stride along one axis only, in backward",
    "The stride is taken to be 1", "Windows do not step by the stride", "Columns do not step by the stride",
    "Rows do not step by the stride",
    "The one is added before the division by the stride",
    "The one is added before the division by the stride in backward",
    "Only a part of the formula for the output size is divided by the stride",
}  # fmt: skip
_NOT_ASKED = {
    "deeplearning-ai-conv.yaml-conv2d": _SQUARE,
    "deeplearning-ai-convnets.yaml-max-pool": _SQUARE_WINDOWS
    | {"Equal cells get the whole gradient each", "The winner's place is divided by the height of its window"},
    "deeplearning-ai-convnets.yaml-average-pool": _SQUARE_WINDOWS
    | {"The gradient is divided by the square of one side", "The sum is divided by the square of one side"},
    "cmu-11785-conv.yaml-conv2d": _SQUARE
    | _PADDING
    | _STRIDE
    | {"For dLdA, dLdZ is padded by the wrong side of the kernel"},
    "cmu-11785-conv-strided.yaml-conv2d": _SQUARE | _PADDING,
    "eecs498-conv.yaml-conv2d": _ROUNDED_UP,
}
"""Mistakes in what another course does not ask for: square kernels only, no ties, no stride and no padding."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(DIFFERENT))
def test_packaged_rubric_catches_every_mistake_on_twenty_seeds(name: str) -> None:
    assignment = ASSIGNMENTS[name]
    found = audit(assignment, [assignment.rubric.seed + i for i in range(20)])
    assert found.slips == ()
    bugs = assignment.operator.bank().bugs
    assert found.mistakes + len(found.outside) + len(found.not_asked) >= len(bugs) >= 20
    # rounding the output size up: most rubrics ask for no shape in which it differs
    needing = {bug.title for bug in bugs if bug.needs and not assignment.rubric.cases.ragged}
    assert set(found.not_asked) == _NOT_ASKED.get(name, set())
    assert set(found.outside) == needing - set(found.not_asked)


def test_audit_tells_what_a_weak_rubric_misses_and_what_would_catch_it(tmp_path: Path) -> None:
    path = tmp_path / "weak.yaml"
    path.write_text(WEAK)
    found = json.loads(grade("rubric", "audit", path, "--seeds", 2, "--format", "json").stdout)
    slips = {slip["bug"]: slip["remedy"] for slip in found["slips"]}
    assert slips["dx-crop-slice"] == "pad: [0, 2]"
    assert slips["out-width-from-height"] == "H: [3, 9]"
    assert slips["both-changes-inputs"].endswith("[inputs_unchanged]")
    assert "out-no-bias" not in slips
    shown = grade("rubric", "audit", path, "--seeds", 2).stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "2 of 2" in shown


def test_remedy_catches_it(tmp_path: Path) -> None:
    path = tmp_path / "weak.yaml"
    path.write_text(WEAK.replace("pad: [1, 1]", "pad: [0, 2]"))
    slips = json.loads(grade("rubric", "audit", path, "--seeds", 2, "--format", "json").stdout)["slips"]
    assert "dx-crop-slice" not in {slip["bug"] for slip in slips}


def test_rounding_up_is_judged_where_any_shape_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "ragged.yaml"
    path.write_text("schema: convgrade/1\nextends: correctness-only.yaml\nname: ragged\ncases: {ragged: true}\n")
    found = json.loads(grade("rubric", "audit", path, "--seeds", 3, "--format", "json").stdout)
    assert (found["slips"], found["outside"]) == ([], [])
    path.write_text("schema: convgrade/1\nextends: correctness-only.yaml\nname: plain\n")
    shown = grade("rubric", "audit", path, "--seeds", 1).stdout
    (count,) = re.findall(r"^plain: (\d+) known mistakes against seed 231.$", shown, re.MULTILINE)
    assert "Not judged: the output size is rounded up." in shown
    assert shown.endswith(f"\n\nEach of these {count} loses marks, on every seed.\n")


def test_check_names_every_problem(tmp_path: Path) -> None:
    assert "valid: 7 items, 100 points" in grade_in_a_process("rubric", "check", "cs231n-conv.yaml").stdout
    path = tmp_path / "bad.yaml"
    path.write_text("schema: convgrade/1\nextends: cs231n-conv.yaml\nname: bad\nfeedback: {level: 4}\nseed: -1\n")
    done = grade("rubric", "check", path)
    assert done.returncode == 2
    assert re.search(r"bad.yaml:4.*feedback.level", done.stderr)
    assert re.search(r"bad.yaml:5.*seed", done.stderr)


def test_schema_knows_every_key_of_the_packaged_rubric() -> None:
    schema = json.loads(grade("rubric", "schema").stdout)
    assert set(yaml.safe_load(DEFAULT_RUBRIC.read_text())) <= set(schema["properties"])
    assert {"extends", "drop", "feedback"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    one_or_several = [{"required": ["cases"]}, {"required": ["operators"]}]
    assert schema["else"] == {"required": ["schema", "name", "items"], "oneOf": one_or_several}
