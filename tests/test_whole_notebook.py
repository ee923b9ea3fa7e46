"""DeepLearning.AI's whole notebook: one function for two operators, told apart by a word that it is handed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import RubricError
from grader.judging.rounds import Rounds
from grader.rubric.assignment import Assignment
from grader.rubric.interface import interface_problems
from grader.rubric.model import Interface
from grader.rubric.reading import PACKAGED, load_rubric
from reference.max_pool2d import OPERATOR
from tests.cli import ROOT, grade_all_json, grade_json, items

COURSE = "deeplearning-ai-convnets"
RIGHT = ROOT / "docs" / "samples" / COURSE / "right.py"
PART = """
  {key}:
    operator: {operator}
    functions: {{forward: pool_forward, backward: pool_backward}}
    interface: {{{interface}}}
    cases: {{count: 16, ranges: {{N: [1, 2], C: [1, 2], H: [2, 5], W: [2, 5], pool_height: [1, 2], pool_width: [1, 2],
             stride: [1, 2]}}}}
"""


def rubric(folder: Path, one: str, other: str) -> Path:
    """A rubric about both poolings in these interfaces."""
    interfaces = {"max": one, "avg": other}
    parts = [PART.format(key=key, operator=f"{key}_pool2d", interface=text) for key, text in interfaces.items()]
    lines = [f"  - {{id: {key}, operator: {key}, kind: correctness, output: out, points: 1}}\n" for key in interfaces]
    path = folder / "both.yaml"
    path.write_text(f"schema: convgrade/1\nname: both\noperators:{''.join(parts)}items:\n{''.join(lines)}")
    return path


@pytest.mark.parametrize(("key", "of_window"), [("max-pool", np.max), ("average-pool", np.mean)])
def test_expected_results_are_the_definition_window_by_window(key: str, of_window: Callable[..., Any]) -> None:
    for problem in Rounds(Assignment.of(load_rubric(PACKAGED / f"{COURSE}.yaml").parts[key]), ()).problems:
        A_prev, (f, stride) = problem.arrays["A_prev"].astype(float), [problem.parameters[k] for k in ("f", "stride")]
        assert [*problem.parameters] == ["stride", "f"]  # as in the notebook
        A, dA, dA_prev = problem.expected["A"], problem.upstream, np.zeros(A_prev.shape)
        assert A.shape == dA.shape
        for m, h, w, c in np.ndindex(*A.shape):
            place = np.s_[m, h * stride : h * stride + f, w * stride : w * stride + f, c]
            window = A_prev[place]
            assert A[m, h, w, c] == pytest.approx(of_window(window), rel=1e-9, abs=1e-12)
            shares = np.full((f, f), 1 / f**2) if of_window is np.mean else window == window.max()
            dA_prev[place] += dA[m, h, w, c] * shares
        np.testing.assert_allclose(problem.expected["dA_prev"], dA_prev, atol=1e-9 * np.abs(dA_prev).max())


def test_words_and_the_order_of_keys_are_those_of_the_notebook(tmp_path: Path) -> None:
    """There a word is the same object wherever it is written, and `hparameters` has its keys in one order."""
    text = RIGHT.read_text().replace("float(b)", "b.item()").replace('mode == "max"', 'mode is "max"')
    by_key = 'stride, pad = hparameters["stride"], hparameters["pad"]'
    assert by_key in text
    (tmp_path / "is.py").write_text(text.replace(by_key, "pad, stride = hparameters.values()"))
    assert grade_json(tmp_path / "is.py", "--rubric", COURSE)["score"] == 100


def test_sums_are_numbers_as_of_any_array(tmp_path: Path) -> None:
    """`float(b)` works as with older versions of NumPy, and nothing else is another thing than in the notebook."""
    summed = "return np.sum(a_slice_prev * W) + float(b)"
    checked = (
        "Z = np.sum(a_slice_prev * W)\n    assert type(Z) is np.float64\n    kept = Z\n    Z += float(b)\n"
        "    sums = np.zeros_like(b)\n    view = np.squeeze(sums)\n    view += 1\n    assert sums.sum() == 1\n"
        "    try:\n        float(W)\n        assert W.size == 1\n    except TypeError:\n        pass\n    "
    )
    text = RIGHT.read_text()
    assert summed in text
    code = text.replace(summed, checked + "assert kept is not Z\n    return round(Z, 15)")
    (tmp_path / "sum.py").write_text(code)
    assert grade_json(tmp_path / "sum.py", "--rubric", COURSE)["score"] == 100


def test_arrays_that_are_handed_over_are_of_numpys_own_type(tmp_path: Path) -> None:
    """As the notebook's own cells ask it, beside `float(b)`; and of a copy `float` takes one number, too."""
    text = RIGHT.read_text()
    for function in ("conv_forward(A_prev, W, b, hparameters)", "pool_forward(A_prev, hparameters, mode"):
        begin = text.index("\n", text.index(f"def {function}")) + 1
        asserts = (
            "    assert type(A_prev) is np.ndarray == type(A_prev[0]) and type(2 * A_prev) in (np.ndarray,)\n"
            '    assert A_prev.__class__.__name__ == "ndarray" and repr(A_prev).startswith("array(")\n'
            "    assert isinstance(A_prev, np.ndarray) and type(type(A_prev)) is type and type(2) is int\n"
            "    class Meta(type): pass\n    assert float('1.5') + float() == 1.5 and type('New', (), {}).mro()\n"
        )
        text = text[:begin] + asserts + text[begin:]
    assert "+ float(b)" in text
    (tmp_path / "typed.py").write_text(text.replace("+ float(b)", "+ float(np.array(b)) + 0 * float(b) * int(b)"))
    (tmp_path / "deep.py").write_text(f"{RIGHT.read_text()}\nsum_of_many = {' + '.join(['1'] * 900)}\n")
    for report in grade_all_json(tmp_path / "typed.py", tmp_path / "deep.py", "--rubric", COURSE):
        assert report["score"] == 100, [item["message"] for item in report["items"]]


def test_no_smallest_case_has_ties_where_nobody_is_asked_about_them(tmp_path: Path) -> None:
    """The notebook's own mask gives a gradient to each of several largest cells."""
    text, added = RIGHT.read_text().replace("float(b)", "b.item()"), "+= mask * dA[i, h, w, c]"
    assert added in text
    (tmp_path / "mask.py").write_text(text.replace(added, "+= mask * dA[i, h, w, c] * (h + 1)"))
    report = grade_json(tmp_path / "mask.py", "--rubric", COURSE)
    example = next(one for one in report["items"] if one["id"] == "max-dA_prev")["counterexample"]
    A_prev = np.array(example["inputs"]["A_prev"])
    assert np.unique(A_prev).size == A_prev.size
    assert "several answers are right" not in example["snippet"]


def test_report_calls_both_functions_with_the_word_that_they_are_handed(tmp_path: Path) -> None:
    """Average pooling has a mistake; its snippet fails on the file, and holds for a right program."""
    text = RIGHT.read_text()
    wrong = tmp_path / "wrong.py"
    wrong.write_text(text.replace("dz / (shape[0] * shape[1])", "dz / shape[0]").replace("float(b)", "b.item()"))
    found = items(grade_json(wrong, "--rubric", COURSE))
    assert {name for name, item in found.items() if item["verdict"] != "passed"} == {"average-dA_prev"}
    snippet = found["average-dA_prev"]["counterexample"]["snippet"]
    assert "pool_backward(dA, cache, mode='average')" in snippet
    exec(f"{text}\n{snippet}", {})
    with pytest.raises(AssertionError):
        exec(f"{wrong.read_text()}\n{snippet}", {})


def test_function_that_does_not_take_the_word_crashes_and_is_told_why(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    text = RIGHT.read_text().replace('(A_prev, hparameters, mode="max")', "(A_prev, hparameters)")
    file.write_text(text.replace(' if mode == "max" else np.mean(window)', ""))
    found = items(grade_json(file, "--rubric", COURSE))
    assert found["max-forward"]["verdict"] == found["average-forward"]["verdict"] == "crashed"
    assert "unexpected keyword argument 'mode'" in found["max-forward"]["message"]
    assert found["average-dA_prev"]["verdict"] == "passed"


def test_file_without_the_functions_of_two_operators_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(RIGHT.read_text().replace("pool_", "polo_"))
    report = grade_json(file, "--rubric", COURSE)
    assert [item["verdict"] for item in report["items"] if not item["id"].startswith("conv")] == ["missing"] * 6
    assert items(report)["conv-forward"]["verdict"] == "passed"


@pytest.mark.parametrize(
    ("one", "other", "complaints"),
    [
        ("", "arguments: {mode: average}", ()),
        ("arguments: {mode: 1}", "arguments: {mode: 1}",
         ("operators.avg.functions.forward: pool_forward is the same as operators.max.functions.forward",)),
        ("arguments: {x: 1, cache: 2, pool_param: 3, mode: [1], two words: 4}", "arguments: {mode: .nan}",
         ("operators.max.interface.arguments.mode", "operators.max.interface.arguments.two words",
          "operators.avg.interface.arguments.mode")),
        ("arguments: {x: 1, cache: 2, pool_param: 3}", "",
         tuple(f"max.interface.arguments.{name}: is handed over anyway" for name in ("x", "cache", "pool_param"))),
        ("parameters: {pass: keywords, pool_height: f, pool_width: g, stride: s}, arguments: {f: 1}", "",
         ("operators.max.interface.arguments.f: is handed over anyway",)),
        ("arguments: {mode: a}, not_asked: [tie]", "arguments: {mode: b}, not_asked: [ties]",
         ("max.interface.not_asked: tie is no kind of numbers that can be left out; max_pool2d has ties",
          "avg.interface.not_asked: ties is no kind of numbers that can be left out; avg_pool2d has none")),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_are_refused(
    one: str, other: str, complaints: tuple[str, ...], tmp_path: Path
) -> None:
    path = rubric(tmp_path, one, other)
    if not complaints:
        assert len(load_rubric(path).parts) == 2
        return
    with pytest.raises(RubricError) as caught:
        load_rubric(path)
    for text in complaints:
        assert text in str(caught.value)


def test_an_object_gets_no_arguments(tmp_path: Path) -> None:
    interface = "kind: object, functions: {forward: A.f, backward: A.b}, build: {f: pool_height}, arguments: {m: 1}"
    path = rubric(tmp_path, interface, "")
    path.write_text(
        path.read_text().replace("    functions: {forward: pool_forward, backward: pool_backward}\n", "", 1)
    )
    with pytest.raises(RubricError, match=r"interface\.arguments: is for functions; an object gets sizes only"):
        load_rubric(path)


def test_sizes_of_one_name_are_always_equal(tmp_path: Path) -> None:
    path = rubric(tmp_path, "parameters: {pool_height: f, pool_width: f, stride: f}", "arguments: {mode: average}")
    problems = Rounds(Assignment.of(load_rubric(path).parts["max"]), ()).problems
    sizes = [problem.case.sizes for problem in problems]
    assert all(each["pool_height"] == each["pool_width"] == each["stride"] for each in sizes)
    assert len({each["stride"] for each in sizes}) > 1


def test_sizes_of_one_name_that_can_never_be_equal_are_refused(tmp_path: Path) -> None:
    path = rubric(tmp_path, "parameters: {pool_height: f, pool_width: f, stride: s}", "arguments: {mode: average}")
    path.write_text(path.read_text().replace("pool_width: [1, 2]", "pool_width: [3, 3]", 1))
    with pytest.raises(RubricError, match="no combination of these sizes is one that the interface asks for"):
        load_rubric(path)


def test_sizes_that_are_not_drawn_together_may_not_have_one_name() -> None:
    interface = Interface(parameters={"pool_height": "f", "pool_width": "f", "stride": "stride"})
    groups = (("N", "C", "H", "pool_height", "stride"), ("W", "pool_width"))
    apart = replace(OPERATOR, space=replace(OPERATOR.space, groups=groups))
    assert list(interface_problems(OPERATOR, interface, None, {})) == []
    [(path, text)] = interface_problems(apart, interface, None, {})
    assert path == ("parameters", "pool_width")
    assert text == "f is the name of pool_height, too, and the two cannot be drawn so that they are equal"


def test_word_as_an_index_of_an_array_is_told_as_what_it_is(tmp_path: Path) -> None:
    text = RIGHT.read_text()
    for asked in ("def conv_forward(A_prev, W, b, hparameters)", "A_prev, hparameters = cache"):
        assert asked in text
    swapped = text.replace("conv_forward(A_prev, W, b, hparameters)", "conv_forward(A_prev, W, hparameters, b)")
    (tmp_path / "cache.py").write_text(text.replace("A_prev, hparameters = cache", "hparameters, A_prev = cache"))
    (tmp_path / "order.py").write_text(swapped)
    by_key = 'hparameters["stride"], hparameters["pad"]'
    halved = text.replace(by_key, 'hparameters["stride"], np.zeros(9)[hparameters["stride"] / 2]', 1)
    (tmp_path / "divided.py").write_text(halved)
    files = (tmp_path / f"{name}.py" for name in ("cache", "order", "divided"))
    cache, order, divided = (
        {item["id"]: item["hint"] for item in report["items"]} for report in grade_all_json(*files, "--rubric", COURSE)
    )
    for hint in (cache["max-dA_prev"], cache["average-dA_prev"], order["conv-forward"]):
        assert hint is not None and hint.startswith("`hparameters` is an array there, and has no keys."), hint
    assert "`/`" in divided["conv-forward"]


def test_asserts_of_the_notebook_cost_nothing_in_a_cell_and_are_told_by_their_shapes_in_a_function(
    tmp_path: Path,
) -> None:
    text, crop = RIGHT.read_text(), "pad : pad + n_H_prev, pad : pad + n_W_prev"
    function = "def conv_backward"
    left = (
        'assert zero_pad(np.ones((1, 1, 1, 1)), 1).shape == (0,), "Wrong shape"\nassert type(conv_backward_test) == 1\n'
    )
    assert crop in text
    returned = next(line for line in text.split("\n") if crop in line)
    cropped = returned.replace("return", "dA_prev =").partition("]")[0].replace(crop, "pad:-pad, pad:-pad") + "]"
    checked = "    assert(dA_prev.shape == A_prev.shape)\n    return dA_prev" + returned.partition("]")[2]
    (tmp_path / "cells.py").write_text(text.replace(function, left + function) + left)
    (tmp_path / "inside.py").write_text(text.replace(returned, f"{cropped}\n{checked}"))
    cells, inside = grade_all_json(tmp_path / "cells.py", tmp_path / "inside.py", "--rubric", COURSE)
    assert cells["score"] == 100
    hint = items(inside)["conv-dA_prev"]["hint"]
    assert hint.startswith("`dA_prev` has another shape there than `assert(dA_prev.shape == A_prev.shape)` asks for.")
