"""Courses whose functions take and return PyTorch's tensors: with PyTorch, which need not be installed, and without."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from grader.cases.draw import number_traits
from grader.errors import RubricError
from grader.feedback.snippet import snippet
from grader.judging.rounds import Rounds
from grader.rubric.assignment import Assignment
from grader.rubric.model import Rubric
from grader.rubric.reading import PACKAGED, load_rubric
from reference.conv2d.bank import BANK
from tests import test_interface
from tests.cli import ROOT, grade, grade_all_json, items
from tests.interfaces import SAMPLES, rubric

WITH_TORCH = test_interface.WITH_TORCH
RIGHT = SAMPLES / WITH_TORCH / "right.py"
STATIC = "kind: static methods, functions: {forward: Conv.forward, backward: Conv.backward}, tensors: torch"
IMPORTS = "policy: {imports: [numpy, torch]}\n"
has_torch = find_spec("torch") is not None
with_torch = pytest.mark.skipif(not has_torch, reason="PyTorch is not installed")


@pytest.mark.skipif(has_torch, reason="PyTorch is installed")
def test_without_torch_it_is_told_before_anybody_is_graded() -> None:
    done = grade(RIGHT, "--rubric", WITH_TORCH)
    assert done.returncode == 2
    assert not done.stdout
    assert "torch is not installed beside the grader: `pip install torch`" in done.stderr


def test_errors_of_a_rubric_about_tensors_have_line_and_key(tmp_path: Path) -> None:
    with pytest.raises(RubricError) as caught:
        load_rubric(rubric(tmp_path, STATIC))
    assert "rubric.yaml:5: interface.tensors: torch is missing in policy.imports" in str(caught.value)
    with pytest.raises(RubricError) as caught:
        load_rubric(rubric(tmp_path, f"{STATIC}, old_float: true", more=IMPORTS))
    assert "rubric.yaml:5: interface.old_float: is for NumPy's arrays" in str(caught.value)
    with pytest.raises(RubricError) as caught:
        load_rubric(rubric(tmp_path, STATIC.replace("torch", "jax"), more=IMPORTS))
    assert "rubric.yaml:5: interface.tensors: must be torch" in str(caught.value)


def test_example_of_a_case_hands_tensors_over_and_compares_numbers() -> None:
    loaded = load_rubric(PACKAGED / f"{WITH_TORCH}.yaml")
    assert isinstance(loaded, Rubric)
    assignment = Assignment.of(loaded)
    assert not {"integer bias", "non-contiguous input"} & {*number_traits(assignment.operator)}
    problem = Rounds(assignment, ()).problems[0]
    text = snippet(assignment.operator.signature, problem, "dx", assignment.names, 1e-9, own=True)
    assert "import torch" in text.splitlines()
    for line in ("x = torch.from_numpy(np.", "dout = torch.from_numpy(np.", "dx = dx.detach().numpy()"):
        assert f"\n{line}" in text


@with_torch
def test_samples_get_what_they_say() -> None:
    test_interface.test_samples_of_a_course_get_what_they_say(WITH_TORCH)


@with_torch
def test_what_is_no_tensor_and_what_changes_its_inputs_is_told(tmp_path: Path) -> None:
    right = RIGHT.read_text()
    (tmp_path / "a.py").write_text(right.replace("return out, (x", "return out.tolist(), (x"))
    (tmp_path / "b.py").write_text(right.replace("        return out, (x", "        w += 1\n        return out, (x"))
    (tmp_path / "c.py").write_text(right.replace("return out, (x", "return out.numpy(), (x"))
    (tmp_path / "d.py").write_text(right.replace("return out, (x", "return torch.conv2d(x, w, b), (x"))
    lists, changing, arrays, forbidden = map(
        items, grade_all_json(*(tmp_path / f"{name}.py" for name in "abcd"), "--rubric", WITH_TORCH)
    )
    assert "out is a list of 1, not an array" in lists["forward"]["message"]
    assert "Conv.forward changes w in place" in changing["contract"]["message"]
    assert arrays["forward"]["verdict"] == "passed"
    assert forbidden["forward"]["verdict"] == "policy"


def in_the_documents() -> tuple[str, str]:
    """The arguments of `grade`, and what it shows."""
    block = re.compile(r"<!-- with PyTorch, output of: grade (.*?) -->\n```text\n(.*?)```\n", re.DOTALL)
    [(arguments, shown)] = block.findall((ROOT / "docs" / "courses.md").read_text())
    return arguments, shown


@with_torch
def test_output_in_the_documents_is_genuine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    arguments, shown = in_the_documents()
    assert grade(*arguments.split()).stdout == shown


def test_output_in_the_documents_tells_the_mistake_as_it_is_told_now() -> None:
    _, shown = in_the_documents()
    bug = next(bug for bug in BANK.bugs if bug.id == "dx-crop-slice")
    told = f"{bug.title}. {bug.explanation} Where to look (line 41): {bug.where} Hint: {bug.hint}"
    assert told in " ".join(shown.split())
