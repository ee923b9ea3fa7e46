"""Other courses' interfaces: their names, layouts and ways to call, by a description in the rubric."""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.cases.problems import Problem
from grader.judging.rounds import Rounds
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.rubric.model import Rubric
from grader.rubric.reading import PACKAGED, load_rubric
from tests.cli import ROOT, grade, grade_all_json, grade_json, items
from tests.interfaces import ALICE, CMU, SAMPLES, rubric

WITH_TORCH = "eecs498-conv"
COURSES = sorted(folder.name for folder in SAMPLES.iterdir() if folder.is_dir() and folder.name != WITH_TORCH)


@pytest.mark.parametrize("course", COURSES)
def test_samples_of_a_course_get_what_they_say(course: str) -> None:
    files = sorted((SAMPLES / course).glob("*.py"))
    reports = grade_all_json(*files, "--rubric", course)
    for file, report in zip(files, reports, strict=True):
        wanted = dict(re.findall(r"^    ([\w-]+): (\w+ [\d.]+)$", file.read_text(), re.MULTILINE))
        names = [item["id"] for item in report["items"]]
        got = {name: f"{item['verdict']} {item['points']:g}" for name, item in zip(names, report["items"], strict=True)}
        assert got == wanted, file


def problems(course: str) -> list[Problem]:
    """Some of the cases of a packaged rubric."""
    loaded = load_rubric(PACKAGED / f"{course}.yaml")
    assert isinstance(loaded, Rubric)
    return [*Rounds(Assignment.of(loaded), ()).problems[::4]]


def by_definition(x: Any, w: Any, b: Any, stride: int, pad: int) -> Any:
    """The sum over windows, number by number: images (N, H, W, C), filters (HH, WW, C, F)."""
    rows, columns = (1 + (x.shape[i] + 2 * pad - w.shape[i - 1]) // stride for i in (1, 2))
    out = np.zeros((len(x), rows, columns, w.shape[3]))
    for n, i, j, f in np.ndindex(*out.shape):
        total = b.reshape(-1)[f]
        for di, dj, c in np.ndindex(*w.shape[:3]):
            row, column = i * stride + di - pad, j * stride + dj - pad
            if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
                total += x[n, row, column, c] * w[di, dj, c, f]
        out[n, i, j, f] = total
    return out


def test_expected_results_are_the_definition_in_the_layout_of_the_notebook() -> None:
    for problem in problems("deeplearning-ai-conv"):
        x, w, b = (problem.arrays[name].astype(float) for name in ("A_prev", "W", "b"))
        given = problem.parameters["stride"], problem.parameters["pad"]
        assert b.shape == (1, 1, 1, w.shape[3])
        assert w.shape[0] == w.shape[1]
        out = by_definition(x, w, b, *given)
        np.testing.assert_allclose(problem.expected["Z"], out, rtol=1e-4, atol=1e-4 * np.abs(out).max())
        if "backward" not in problem.case.functions:
            continue
        for place, (name, array) in enumerate({"dA_prev": x, "dW": w, "db": b}.items()):
            step = np.random.default_rng(place).standard_normal(array.shape)
            moved = [step if i == place else np.zeros_like(each) for i, each in enumerate((x, w, b))]
            wanted = by_definition(x + moved[0], w + moved[1], b + moved[2], *given) - out  # linear in each
            got = np.sum(problem.expected[name] * step)
            scale = np.abs(problem.expected[name]).max() * np.abs(step).sum()
            assert abs(got - np.sum(wanted * problem.upstream)) <= 1e-4 * scale


def test_expected_results_are_the_definition_in_the_layout_of_the_object() -> None:
    for problem in problems("cmu-11785-conv"):
        x, w = problem.arrays["A"].transpose(0, 2, 3, 1), problem.arrays["W"].transpose(2, 3, 1, 0)
        assert problem.parameters == {"in_channels": x.shape[3], "out_channels": w.shape[3], "kernel_size": w.shape[0]}
        out = by_definition(x.astype(float), w.astype(float), problem.arrays["b"].astype(float), 1, 0)
        wanted = out.transpose(0, 3, 1, 2)
        np.testing.assert_allclose(problem.expected["Z"], wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


WAYS = {
    "positional": (
        "parameters: {pass: positional, stride: stride, pad: padding}",
        "def conv_forward_naive(x, w, b, stride, padding, extra=0):\n"
        "    return forward(x, w, b, {'stride': stride, 'pad': padding})[0], (x, w, b, stride, padding)\n"
        "def conv_backward_naive(dout, cache, more=None):\n"
        "    return backward(dout, (*cache[:3], {'stride': cache[3], 'pad': cache[4]}))\n",
    ),
    "keywords": (
        "parameters: {pass: keywords, stride: step, pad: border}",
        "def conv_forward_naive(x, w, b, *, border, step):\n"
        "    return forward(x, w, b, {'stride': step, 'pad': border})[0], (x, w, b, step, border)\n"
        "def conv_backward_naive(dout, cache):\n"
        "    return backward(dout, (*cache[:3], {'stride': cache[3], 'pad': cache[4]}))\n",
    ),
    "keys": (
        "parameters: {stride: s, pad: p}",
        "def conv_forward_naive(x, w, b, given):\n"
        "    return forward(x, w, b, {'stride': given['s'], 'pad': given['p']})[0], (x, w, b, given)\n"
        "def conv_backward_naive(dout, cache):\n"
        "    return backward(dout, (*cache[:3], {'stride': cache[3]['s'], 'pad': cache[3]['p']}))\n",
    ),
    "static methods": (
        "kind: static methods, functions: {forward: Conv.forward, backward: Conv.backward}",
        "class Conv:\n    forward = staticmethod(forward)\n    backward = staticmethod(backward)\n",
    ),
    "self": (
        "kind: static methods, self: true, functions: {forward: Conv.go, backward: Conv.back}",
        "class Conv:\n    def go(self, x, w, b, conv_param):\n        return self.really(x, w, b, conv_param)\n"
        "    def really(self, *all):\n        return forward(*all)\n    back = staticmethod(backward)\n",
    ),
    "self of a function": (
        "self: true",
        "def conv_forward_naive(self, *all):\n    return forward(*all)\nconv_backward_naive = backward\n",
    ),
    "axes": (
        "arrays: {x: N W C H, w: HH F C WW, b: F 1, dout: N F W_out H_out}",
        "def conv_forward_naive(x, w, b, p):\n"
        "    out, _ = forward(x.transpose(0, 2, 3, 1), w.transpose(1, 2, 0, 3), b[:, 0], p)\n"
        "    return out.swapaxes(2, 3), (x, w, b, p)\n"
        "def conv_backward_naive(dout, cache):\n"
        "    x, w, b, p = cache\n    turned = x.transpose(0, 2, 3, 1), w.transpose(1, 2, 0, 3), b[:, 0], p\n"
        "    dx, dw, db = backward(dout.swapaxes(2, 3), turned)\n"
        "    return dx.transpose(0, 3, 1, 2), dw.transpose(2, 0, 1, 3), db[:, None]\n",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_right_program_gets_all_points_however_it_is_called(way: str, tmp_path: Path) -> None:
    interface, code = WAYS[way]
    plain = ALICE.replace("conv_forward_naive", "forward").replace("conv_backward_naive", "backward")
    (tmp_path / "a.py").write_text(f"{plain}\n\n{code}")
    report = grade_json(tmp_path / "a.py", "--rubric", rubric(tmp_path, interface))
    assert report["score"] == 100, report["message"]


def test_shapes_and_names_in_a_report_are_the_course_s(tmp_path: Path) -> None:
    sample = SAMPLES / "deeplearning-ai-conv" / "bias_in_every_product.py"
    done = grade(sample, "--rubric", "deeplearning-ai-conv", "--format", "json")
    case = items(json.loads(done.stdout))["forward"]["counterexample"]
    assert case["shapes"] == {"A_prev": [1, 1, 1, 2], "W": [1, 1, 2, 1], "b": [1, 1, 1, 1], "dZ": [1, 1, 1, 1]}
    assert case["hparameters"] == {"stride": 1, "pad": 0}
    page = tmp_path / "page.html"
    page.write_text(grade(sample, "--rubric", "deeplearning-ai-conv", "--format", "html").stdout)
    assert "A_prev" in page.read_text()


def test_lines_of_a_mistake_are_told_where_axes_have_another_order(tmp_path: Path) -> None:
    """Two mistakes at once, the window's by another name for its place, are told only where the text shows both."""
    right = (SAMPLES / "deeplearning-ai-conv" / "right.py").read_text().replace("pad : pad + n_H_prev", "pad:-pad")
    before, backward, after = right.replace("pad : pad + n_W_prev", "pad:-pad").partition("def conv_backward")
    window = "rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)"
    assert window in after
    top = "top = h; left = w; rows, columns = slice(top, top + f), slice(left, left + f)"
    code = before + backward + after.replace(window, top)
    (tmp_path / "a.py").write_text(code)
    found = items(grade_json(tmp_path / "a.py", "--rubric", "deeplearning-ai-conv"))
    lines = {
        name: {code.split("\n")[line - 1].strip() for line in found[name]["diagnosis"]["lines"]}
        for name in ("dA_prev", "dW")
    }
    crop = "return dA_prev_pad[:, pad:-pad, pad:-pad], dW, db"
    assert lines == {"dA_prev": {top, crop}, "dW": {top}}


@pytest.mark.parametrize("part", [None, "max-pool", "average-pool"])
def test_what_is_told_of_a_mistake_says_nothing_of_an_order_of_axes_that_the_course_does_not_have(
    part: str | None,
) -> None:
    loaded = load_rubric(PACKAGED / f"deeplearning-ai-conv{'nets' if part else ''}.yaml")
    bugs = Homework.of(loaded).parts[part].operator.bank().bugs
    told = [text for bug in bugs for text in (bug.title, bug.explanation, bug.where, bug.hint)]
    assert [text for text in told if re.search(r"\[[a-z], ?[a-z],|\([a-zA-Z]+, ?[cC],|[aA]xis \d", text)] == []
    assert not [text for text in told if re.search("pool_height|pool_width|pool_param", text)]
    assert not [text for text in told if "by f or by f" in text]


def test_mistake_that_forward_has_too_refers_to_it_in_other_courses(tmp_path: Path) -> None:
    by_one = (SAMPLES / "deeplearning-ai-convnets" / "right.py").read_text()
    for axis in "hw":
        by_one = by_one.replace(f"{axis} * stride, {axis} * stride + f", f"{axis}, {axis} + f")
    (tmp_path / "one.py").write_text(by_one.replace("float(b)", "b.item()"))
    found = items(grade_json(tmp_path / "one.py", "--rubric", "deeplearning-ai-convnets"))
    told = {id: item["diagnosis"]["where"] for id, item in found.items() if item["diagnosis"]}
    assert len(told) == 7
    assert "conv_forward has the same kind of mistake (line 39)." in told["conv-dA_prev"]
    assert "pool_forward has the same kind of mistake (line 72)." in told["max-dA_prev"]


def test_places_in_what_is_told_of_a_mistake_are_not_taken_for_arrays() -> None:
    loaded = load_rubric(PACKAGED / "deeplearning-ai-conv.yaml")
    assert isinstance(loaded, Rubric)
    bugs = Assignment.of(loaded).operator.bank().bugs
    told = [text for bug in bugs for text in (bug.title, bug.explanation, bug.where, bug.hint)]
    assert any("dA_prev" in text for text in told)
    assert not [text for text in told if re.search(r"\b[a-z], W[)\]]|[(\[]W, [a-z]\b|column W\b|\bW\*stride", text)]


@pytest.mark.parametrize(
    ("course", "sample", "item"),
    [("deeplearning-ai-conv", "pad_zero", "dA_prev"), ("cmu-11785-conv", "kernel_flipped", "dLdA")],
)
def test_snippet_fails_on_the_sample_and_holds_for_a_right_program(course: str, sample: str, item: str) -> None:
    file = SAMPLES / course / f"{sample}.py"
    snippet = items(grade_json(file, "--rubric", course))[item]["counterexample"]["snippet"]
    exec(f"{file.with_stem('right').read_text().replace('float(b)', 'b.item()')}\n{snippet}", {})
    with pytest.raises(AssertionError):
        exec(f"{file.read_text().replace('float(b)', 'b.item()')}\n{snippet}", {})


@pytest.mark.parametrize(
    ("file", "by", "wanted"),
    [
        ("deeplearning-ai-conv/right", "cs231n-conv", "conv_forward(A_prev, W, b, hparameters)"),
        ("cmu-11785-conv/right", "deeplearning-ai-conv", "Conv2d_stride1.forward(self, A)"),
        ("eecs498-conv/right", "cs231n-conv", "Conv.forward(x, w, b, conv_param)"),
    ],
)
def test_file_of_another_course_is_told_its_rubric(file: str, by: str, wanted: str) -> None:
    report = grade_json(SAMPLES / f"{file}.py", "--rubric", by)
    assert report["verdict"] == "rejected"
    assert f"this file has {wanted}" in report["message"]
    assert f"grade it with `--rubric {file.partition('/')[0]}`" in report["message"]


def test_function_of_the_same_name_with_other_parameters_is_no_other_course_s(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def conv_forward(x):\n    return x\n\n\ndef conv_backward(x):\n    return x\n")
    assert "grade it with" not in grade_json(tmp_path / "a.py")["message"]


def test_function_of_the_same_name_with_the_words_of_this_course_is_this_one_s_under_another_name(
    tmp_path: Path,
) -> None:
    forward = "def conv_forward(x, w, b, conv_param):\n    return x\n"
    (tmp_path / "a.py").write_text(f"{forward}\n\ndef conv_backward(dout, cache):\n    return x\n")
    message = grade_json(tmp_path / "a.py")["message"]
    assert "a rubric takes them by functions: {forward: conv_forward, backward: conv_backward}" in message


PAIR = """def {0}_forward{1}(x, {2}):
    return x, None


def {0}_backward{1}(dout, cache):
    return dout


"""


@pytest.mark.parametrize("other", ["affine", "batchnorm", "layernorm"])
def test_functions_of_another_layer_are_not_to_be_renamed(other: str, tmp_path: Path) -> None:
    """A function that a graded one calls, for one."""
    pool = PAIR.format("max_pool", "_naive", "pool_param")
    (tmp_path / "a.py").write_text(PAIR.format(other, "", "gamma, beta, bn_param") + pool)
    report = grade_json(tmp_path / "a.py", "--rubric", "cs231n-convnets", "--no-timing")
    told = {one: items(report)[f"{one}-forward"]["message"] for one in ("conv", "batchnorm", "groupnorm")}
    assert all(f"it has {other}_forward" in message for message in told.values()), told
    assert not any("takes them by functions" in message for message in told.values()), told


def test_class_that_has_the_functions_is_named_where_the_file_has_those_of_another_rubric(tmp_path: Path) -> None:
    conv = textwrap.indent(PAIR.format("conv", "_naive", "w, b, conv_param"), "    ")
    (tmp_path / "a.py").write_text(PAIR.format("max_pool", "_naive", "pool_param") + f"class Layers:\n{conv}")
    message = grade_json(tmp_path / "a.py", "--rubric", "cs231n-conv", "--no-timing")["message"]
    assert "class Layers has conv_forward_naive, conv_backward_naive, but functions are looked for at the" in message
    assert "grade it with" not in message


LAYOUTS = {
    "UCLA C147": ("HW5/nndl/conv_layers.py", "HW5/nndl/layers.py"),
    "UMass CS682": ("assignment2/asgn2/layers.py", "assignment2/asgn2/fast_layers.py"),
    "Berkeley CS182": ("deeplearning/layers.py", "deeplearning/fast_layers.py"),
    "TUM I2DL": ("exercise_3/exercise_code/layers.py", "exercise_3/exercise_code/layer_utils.py"),
    "CMU 11-785": ("handout/mytorch/nn/Conv2d.py", "handout/mytorch/nn/resampling.py"),
}


@pytest.mark.parametrize("course", LAYOUTS)
def test_file_of_a_course_is_found_in_its_repository(course: str, tmp_path: Path) -> None:
    right, other = (tmp_path / name for name in LAYOUTS[course])
    right.parent.mkdir(parents=True)
    is_cmu = course.startswith("CMU")
    right.write_text(CMU if is_cmu else ALICE)
    other.write_text("def affine_forward(x, w, b):\n    return x @ w + b, (x, w, b)\n")
    (tmp_path / "README.md").write_text("conv_forward_naive, Conv2d_stride1")
    report = grade_json(tmp_path, "--no-timing", *(("--rubric", "cmu-11785-conv") if is_cmu else ()))
    assert report["score"] == 100


SPEED = """  - {id: fast, kind: speed, function: forward, points: 5, bonus: true, full_at: 0.5, zero_at: 0.0001,
     workload: {A: [4, 9, 9, 3], W: [3, 3, 3, 4], stride: 1, pad: 1}}
  - {id: back, kind: speed, function: backward, points: 5, bonus: true, full_at: 0.5, zero_at: 0.0001,
     workload: {A: [4, 9, 9, 3], W: [3, 3, 3, 4], stride: 1, pad: 1}}
"""


def test_speed_is_measured_beside_the_baseline_in_its_own_layout(tmp_path: Path) -> None:
    interface = "arrays: {x: N H W C, w: HH WW C F}, names: {x: A, w: W}"
    path = rubric(tmp_path, interface, more=SPEED, outputs="out dA dW db")
    plain = ALICE.replace("conv_forward_naive", "forward").replace("conv_backward_naive", "backward")
    (tmp_path / "a.py").write_text(
        f"{plain}\n\ndef turned(x, w, b, p):\n    return x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1), b, p\n"
        "def conv_forward_naive(x, w, b, p):\n"
        "    return forward(*turned(x, w, b, p))[0].transpose(0, 2, 3, 1), (x, w, b, p)\n"
        "def conv_backward_naive(dout, cache):\n"
        "    dx, dw, db = backward(dout.transpose(0, 3, 1, 2), turned(*cache))\n"
        "    return dx.transpose(0, 2, 3, 1), dw.transpose(2, 3, 1, 0), db\n"
    )
    report = grade_json(tmp_path / "a.py", "--rubric", path)
    assert report["score"] > 100
    for function in ("forward", "backward"):
        assert 0.005 < report["speed"][function]["ratio"] < 5


def test_one_workload_can_be_timed_by_the_course_s_names(tmp_path: Path) -> None:
    interface = "arrays: {x: N H W C, w: HH WW C F}, names: {x: A, w: W}"
    path = rubric(tmp_path, interface, more=SPEED, outputs="out dA dW db")
    (tmp_path / "a.py").write_text("def conv_forward_naive(x, w, b, p):\n    return x, None\n")
    done = grade("time", tmp_path / "a.py", "--rubric", path, "--workload", "A(2,7,7,2) W(3,3,2,2) s1 p0")
    assert done.returncode == 0, done.stderr
    assert "out has shape (1, 7, 7, 2), expected (1, 5, 5, 2)" in " ".join(done.stdout.split())


LAST = """
def {name}_forward{end}(x, *others):
    out, cache = {name}_forward_fast(x.transpose(0, 3, 1, 2), *others)
    return out.transpose(0, 2, 3, 1), cache


def {name}_backward{end}(dout, cache):
    if cache[0].shape[:2] != dout.transpose(0, 3, 1, 2).shape[:2]:
        cache = (cache[0].transpose(0, 3, 1, 2), *cache[1:])
    found = {name}_backward_fast(dout.transpose(0, 3, 1, 2), cache)
    return (found[0].transpose(0, 2, 3, 1), *found[1:]) if isinstance(found, tuple) else found.transpose(0, 2, 3, 1)
"""


@pytest.mark.parametrize(
    ("course", "folder", "name", "end"),
    [
        ("cs231n-max-pool", "max_pool2d", "max_pool", "_naive"),
        ("cs231n-spatial-batchnorm", "spatial_batchnorm", "spatial_batchnorm", ""),
        ("cs231n-spatial-groupnorm", "spatial_groupnorm", "spatial_groupnorm", ""),
    ],
)
def test_other_operators_can_be_asked_for_with_the_channels_last(
    course: str, folder: str, name: str, end: str, tmp_path: Path
) -> None:
    path = tmp_path / "last.yaml"
    path.write_text(f"schema: convgrade/1\nextends: {course}\nname: last\ninterface: {{arrays: {{x: N H W C}}}}\n"
                    "drop: [speed-forward, speed-backward]\n")  # fmt: skip
    code = (ROOT / "reference" / folder / "baseline.py").read_text()
    (tmp_path / "a.py").write_text(code + LAST.format(name=name, end=end))
    report = grade_json(tmp_path / "a.py", "--rubric", path)
    assert {item["id"]: item["verdict"] for item in report["items"]} == dict.fromkeys(items(report), "passed")


def test_square_images_and_kernels_of_wide_ranges_are_mixed_too(tmp_path: Path) -> None:
    """Drawn freely, both are square once in more than a thousand times."""
    wide = (
        "{count: 60, ranges: {N: [1, 1], C: [1, 2], F: [1, 2], H: [8, 48], W: [8, 48], HH: [1, 48], WW: [1, 48], %s}}"
    )
    loaded = load_rubric(rubric(tmp_path, "arrays: {x: N C H H, w: F C HH HH}", wide % "stride: [1, 2], pad: [0, 1]"))
    assert isinstance(loaded, Rubric)
    cases = (problem.case for problem in Rounds(Assignment.of(loaded), ()).problems)
    mixed = [case.sizes for case in cases if case.judges == ("combined",)]
    assert len({(sizes["H"], sizes["HH"]) for sizes in mixed}) > len(mixed) / 2
    assert all(sizes["H"] == sizes["W"] and sizes["HH"] == sizes["WW"] for sizes in mixed)


def test_another_interface_is_graded_anew(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "alice.py").write_text(ALICE)
    for arrays, score in (("x: N C H W", 100), ("x: N H W C", 0)):
        path = rubric(tmp_path, f"arrays: {{{arrays}}}")
        done = grade(tmp_path / "class", "--rubric", path, "--out", tmp_path / "out", "--format", "json", "-q")
        assert [json.loads(line)["score"] for line in done.stdout.splitlines()] == [score]


def test_results_in_another_order_are_told_by_their_shapes(tmp_path: Path) -> None:
    text = (SAMPLES / "deeplearning-ai-conv" / "right.py").read_text()
    cut = "dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]"
    assert f"return {cut}, dW, db" in text
    (tmp_path / "order.py").write_text(text.replace(f"return {cut}, dW, db", f"return dW, {cut}, db"))
    found = " ".join(grade(tmp_path / "order.py", "--rubric", "deeplearning-ai-conv", "--no-timing").stdout.split())
    for one, other in (("dA_prev", "dW"), ("dW", "dA_prev")):
        assert f"{one} has the shape of {other}: is `dA_prev, dW, db` the order in which they are returned?" in found
