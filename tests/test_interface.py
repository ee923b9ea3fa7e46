"""Other courses' interfaces: their names, layouts and ways to call, by a description in the rubric."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.cases.problems import Problem
from grader.errors import RubricError
from grader.judging.rounds import Rounds
from grader.rubric.assignment import Assignment
from grader.rubric.model import Rubric
from grader.rubric.reading import PACKAGED, load_rubric
from tests.cli import ROOT, SUBMISSIONS, grade, grade_all_json, grade_json, items

SAMPLES = ROOT / "docs" / "samples"
COURSES = sorted(folder.name for folder in SAMPLES.iterdir() if folder.is_dir())
ALICE = (SUBMISSIONS / "alice.py").read_text()
CMU = (SAMPLES / "cmu-11785-conv" / "right.py").read_text()
CASES = "{count: 16, ranges: {N: [1, 2], C: [1, 2], F: [1, 2], H: [3, 5], W: [3, 5], HH: [1, 3], WW: [1, 3], %s}}"
BOTH = CASES % "stride: [1, 2], pad: [0, 1]"


def rubric(folder: Path, interface: str, cases: str = BOTH, more: str = "", outputs: str = "out dx dw db") -> Path:
    """A rubric of 100 points about conv2d in this interface."""
    lines = [f"  - {{id: {name}, kind: correctness, output: {name}, points: 25}}" for name in outputs.split()]
    path = folder / "rubric.yaml"
    head = f"schema: convgrade/1\nname: course\nlimits: {{call_s: 1, total_s: 2, timing_s: 0.5}}\ncases: {cases}\n"
    path.write_text(f"{head}interface: {{{interface}}}\nitems:\n" + "\n".join(lines) + f"\n{more}")
    return path


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


WRONG = """schema: convgrade/1
name: wrong
cases: CASES
interface:
  kind: static methods
  arrays:
    x: N H W
    w: F C HH HH WW
    weights: F
    dout: F N H_out W_out
  names: {dx: dA, w: x, out: Z}
  parameters:
    pass: tuple
    strid: s
  build: {in_channels: C}
  slef: true
items:
  - {id: out, kind: correctness, output: out, points: 1}
  - {id: out, kind: correctness, output: out, points: 1}
"""


def test_every_error_of_an_interface_is_told_at_once_with_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG.replace("CASES", BOTH))
    with pytest.raises(RubricError) as caught:
        load_rubric(path)
    told = str(caught.value)
    for line, key in [
        (16, "interface.slef: unknown key (did you mean self?)"),
        (7, "interface.arrays.x: must be the letters N C H W in any order"),
        (8, "interface.arrays.w: must be the letters F C HH WW in any order"),
        (9, "interface.arrays.weights: unknown array; conv2d has x, w, b, dout"),
        (10, "interface.arrays.dout: must begin with N, the batch"),
        (11, "interface.names.dx: unknown name; there are x, w, b, out, dout, conv_param (gradients follow"),
        (11, "interface.names.w: x is already the course's name of x"),
        (13, "interface.parameters.pass: must be dict, keywords or positional, not tuple"),
        (14, "interface.parameters.strid: unknown parameter; there are pass, stride, pad (did you mean stride?)"),
        (15, "interface.build: is for kind: object"),
        (5, "interface.kind: static methods needs functions.forward to be a method"),
        (4, "interface: stride is not handed over (it is not in parameters), so cases.ranges must fix it: [1, 1]"),
        (4, "interface: pad is not handed over (it is not in parameters), so cases.ranges must fix it: [0, 0]"),
        (19, "items[1].id: duplicate item id out"),
    ]:
        assert f"wrong.yaml:{line}: {key}" in told, told
    assert len(told.splitlines()) == 15


@pytest.mark.parametrize(
    ("interface", "wanted"),
    [
        ("functions: {forward: Conv.go, backward: Conv.back}", "Conv.go is a method: kind must be static methods"),
        (
            "kind: object, functions: {forward: A.go, backward: B.back}, gradients: {dw: dW, db: db}, "
            "weights: {w: W}, build: {i: Q, s: stride, p: pad}, parameters: {pass: dict}, self: true",
            "A.go and B.back are not methods of one class|b is missing, though db is among|Q is no size|"
            "an object gets them where it is made|is for functions; methods of an object have it",
        ),
        (
            "parameters: {pass: keywords, stride: x, pad: lambda}",
            "parameters.stride: x is already the course's name of x|parameters.pad: must be the name that the course",
        ),
        (
            "kind: object, functions: {forward: A.go, backward: A.back}, gradients: {dw: g, db: g}, "
            "weights: {w: a, b: a}, names: {x: A}, build: {A: C, s: stride, p: pad}",
            "build.A: A is already the course's name of x|weights.w: a is the attribute of two|"
            "gradients.db: g is the attribute of two",
        ),
    ],
)
def test_kinds_that_do_not_fit_are_refused(interface: str, wanted: str, tmp_path: Path) -> None:
    with pytest.raises(RubricError) as caught:
        load_rubric(rubric(tmp_path, interface))
    for text in wanted.split("|"):
        assert text in str(caught.value)


@pytest.mark.parametrize(
    ("interface", "wanted"),
    [
        ("parameters: {pass: keywords}", "spatial_batchnorm has parameters that are no sizes and keep their names"),
        (
            "kind: object, functions: {forward: A.f, backward: A.b}",
            "spatial_batchnorm cannot be asked for as an object",
        ),
    ],
)
def test_operator_with_a_mode_keeps_its_parameters(interface: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        f"schema: convgrade/1\nextends: cs231n-spatial-batchnorm\nname: r\ninterface: {{{interface}}}\n"
    )
    with pytest.raises(RubricError, match=wanted):
        load_rubric(tmp_path / "r.yaml")


def test_method_needs_an_interface(tmp_path: Path) -> None:
    path = rubric(tmp_path, "")
    path.write_text(path.read_text().replace("interface: {}", "functions: {forward: A.f, backward: A.b}"))
    with pytest.raises(RubricError, match=r"A\.f is a method, which needs an interface with kind"):
        load_rubric(path)


@pytest.mark.parametrize(
    ("file", "by", "wanted"),
    [
        ("deeplearning-ai-conv/right", "cs231n-conv", "conv_forward(A_prev, W, b, hparameters)"),
        ("cmu-11785-conv/right", "deeplearning-ai-conv", "Conv2d_stride1.forward(self, A)"),
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


OBJECT = (
    "kind: object, functions: {forward: Conv2d_stride1.forward, backward: Conv2d_stride1.backward}, "
    "build: {in_channels: C, out_channels: F, kernel_size: HH}, weights: {w: W, b: b}, "
    "gradients: {dw: dLdW, db: dLdb}, arrays: {w: F C HH HH}"
)
SECRET = "import numpy as np\n\n\nclass Conv2d_stride1:\n    def __init__(self, *all):\n        {init}\n"
HOSTILE = {
    "init raises": SECRET.format(init="raise SystemExit(0)") + "    def forward(self, A):\n        return A\n"
    "    def backward(self, d):\n        return d\n",
    "init hangs": SECRET.format(init="exec('while True: pass')") + "    forward = backward = lambda self, A: A\n",
    "init prints": SECRET.format(init="print('x' * 10**6)") + "    forward = backward = lambda self, A: A\n",
    "attributes cannot be set": SECRET.format(init="pass") + "    __slots__ = ()\n"
    "    forward = backward = lambda self, A: A\n",
    "attributes that lie": SECRET.format(init="pass") + "    forward = backward = lambda self, A: A\n"
    "    dLdW = property(lambda self: type('Lies', (np.ndarray,), {'shape': (1, 1)})((2,)))\n"
    "    dLdb = property(lambda self: (_ for _ in ()).throw(MemoryError))\n",
    "everything there": "class Meta(type):\n    def __getattr__(cls, name):\n        return lambda *all: cls\n"
    "class Conv2d_stride1(metaclass=Meta):\n    __eq__ = lambda *all: True\n"
    "    def __init__(self, *all):\n        pass\n",
    "new gives another": "class Conv2d_stride1:\n    forward = backward = lambda self, A: A\n"
    "    def __new__(cls, *all):\n        return 7\n",
    "no class at all": "import types\n"
    "Conv2d_stride1 = types.SimpleNamespace(forward=lambda A: A, backward=lambda d: d)\n",
    "changes what calls it": "import gc\nfor each in gc.get_objects():\n"
    "    if type(each).__name__ == 'CallServer':\n        each.caches = None\n        each.calling = None\n"
    "class Conv2d_stride1:\n    forward = backward = lambda self, A: A\n",
}


def test_hostile_classes_gain_nothing(tmp_path: Path) -> None:
    path = rubric(tmp_path, OBJECT, CASES % "stride: [1, 1], pad: [0, 0]")
    path.write_text(path.read_text().replace("call_s: 1, total_s: 2", "call_s: 0.3, total_s: 0.6"))
    files = []
    for name, code in HOSTILE.items():
        files.append(tmp_path / f"{name.replace(' ', '_')}.py")
        files[-1].write_text(code)
    (tmp_path / "right.py").write_text(CMU)
    *reports, right = grade_all_json(*files, tmp_path / "right.py", "--rubric", path)
    assert right["score"] == 100
    assert {report["submission"]["id"]: report["score"] for report in reports} == {file.stem: 0 for file in files}
    assert {report["verdict"] for report in reports} <= {"graded", "rejected"}


def test_parts_of_an_object_cost_only_what_they_are_about(tmp_path: Path) -> None:
    path = rubric(tmp_path, OBJECT, CASES % "stride: [1, 1], pad: [0, 0]")
    (tmp_path / "a.py").write_text(CMU.replace("self.dLdW = np.zeros(self.W.shape)", "self.dLdW = np.ones(3)"))
    (tmp_path / "b.py").write_text(CMU.replace("self.dLdb =", "self.other ="))
    (tmp_path / "c.py").write_text(CMU.replace("def __init__(self, ", "def __init__(self, more, stride, pad, "))
    (tmp_path / "d.py").write_text("def forward(A):\n    return A\n\n\ndef backward(d):\n    return d\n")
    files = (tmp_path / f"{name}.py" for name in "abcd")
    *graded, functions = grade_all_json(*files, "--rubric", path)
    one, two, three = map(items, graded)
    assert [one[name]["verdict"] for name in ("out", "dx", "dw", "db")] == ["passed", "crashed", "crashed", "crashed"]
    assert [two[name]["verdict"] for name in ("out", "dx", "dw", "db")] == ["passed", "passed", "passed", "missing"]
    assert two["db"]["message"] == "`dLdb` is missing after the call"
    for name in ("out", "dx"):
        assert "Conv2d_stride1 cannot be called as Conv2d_stride1(" in three[name]["message"]
    assert functions["message"].endswith("it has forward, backward")


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


def test_object_is_timed_on_the_object_of_its_own_forward_pass(tmp_path: Path) -> None:
    workload = "{x: [2, 2, 7, 7], w: [2, 2, 3, 3]}"
    speed = f"points: 5, bonus: true, full_at: 0.5, zero_at: 0.0001, workload: {workload}"
    back = f"  - {{id: back, kind: speed, function: backward, {speed}}}\n"
    path = rubric(tmp_path, OBJECT, CASES % "stride: [1, 1], pad: [0, 0]", more=back)
    (tmp_path / "a.py").write_text(CMU)
    report = grade_json(tmp_path / "a.py", "--rubric", path)
    assert report["score"] > 100
    assert report["speed"]["backward"]["ratio"] < 5


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
