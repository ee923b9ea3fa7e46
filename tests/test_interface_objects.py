"""Courses that ask for the methods of an object: what a class can do, what is read from it, how it is timed."""

from pathlib import Path

from tests.cli import grade_all_json, grade_json, items
from tests.interfaces import CASES, CMU, OBJECT, SAMPLES, rubric

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
    path.write_text(path.read_text().replace("call_s: 1, total_s: 2", "call_s: 0.15, total_s: 0.3"))
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


def test_object_is_timed_on_the_object_of_its_own_forward_pass(tmp_path: Path) -> None:
    workload = "{x: [2, 2, 7, 7], w: [2, 2, 3, 3]}"
    speed = f"points: 5, bonus: true, full_at: 0.5, zero_at: 0.0001, workload: {workload}"
    back = f"  - {{id: back, kind: speed, function: backward, {speed}}}\n"
    path = rubric(tmp_path, OBJECT, CASES % "stride: [1, 1], pad: [0, 0]", more=back)
    (tmp_path / "a.py").write_text(CMU)
    report = grade_json(tmp_path / "a.py", "--rubric", path)
    assert report["score"] > 100
    assert report["speed"]["backward"]["ratio"] < 5


def test_parts_of_an_object_hold_weights_and_gradients(tmp_path: Path) -> None:
    right = (SAMPLES / "cmu-11785-conv-strided" / "right.py").read_text()
    (tmp_path / "a.py").write_text(right.replace("self.dLdW", "self.other"))
    (tmp_path / "b.py").write_text(right.replace("self.conv2d_stride1", "self.inner"))
    files = (tmp_path / f"{name}.py" for name in "ab")
    lacking, elsewhere = map(items, grade_all_json(*files, "--rubric", "cmu-11785-conv-strided"))
    assert lacking["dLdW"]["message"] == "`conv2d_stride1.dLdW` is missing after the call"
    assert [lacking[name]["verdict"] for name in ("forward", "dLdA", "dLdb")] == ["passed"] * 3
    assert "AttributeError: 'Conv2d' object has no attribute 'conv2d_stride1'" in elsewhere["forward"]["message"]


def test_gradients_that_pile_up_are_told_and_cost_nothing(tmp_path: Path) -> None:
    for course in ("cmu-11785-conv", "cmu-11785-conv-strided"):
        right = (SAMPLES / course / "right.py").read_text()
        zeros = "        self.dLdW = np.zeros(self.W.shape)\n"
        made, kept = right.replace(zeros, ""), "        self.kernel_size = kernel_size\n"
        piled = made.replace(kept, f"{kept}        self.dLdW, self.dLdb = np.zeros(shape), np.zeros(out_channels)\n")
        piled = piled.replace("self.dLdb = dLdZ", "self.dLdb += dLdZ")
        zero = "        self.dLdW[:], self.dLdb[:] = 0, 0\n"
        back = "    def backward(self, dLdZ):\n"
        codes = {
            "right.py": right,
            "piled.py": piled,
            "only_b.py": piled.replace(back, back + zeros, 1),
            "zeroed.py": piled.replace(back, back + zero, 1),
            "zeroed_in_forward.py": piled.replace("        self.A = A\n", "        self.A = A\n" + zero),
            "first_input.py": right.replace("        self.A = A\n", "        self.A = getattr(self, 'A', A)\n"),
        }
        for name, code in codes.items():
            (tmp_path / name).write_text(code)
        paths = (tmp_path / name for name in codes)
        reports = dict(zip(codes, grade_all_json(*paths, "--rubric", course), strict=True))
        told = {name: report["notes"] for name, report in reports.items()}
        points = {name: report["score"] for name, report in reports.items()}
        assert points == {**dict.fromkeys(codes, 100), "first_input.py": 98.25}
        assert [name for name, notes in told.items() if notes] == ["piled.py", "only_b.py"]
        assert "wrong the second time that one object is used: its gradients (dLdW, dLdb)" in told["piled.py"][0]
        assert "(dLdb) are added to those of the call before" in told["only_b.py"][0]
        message = items(reports["first_input.py"])["contract"]["message"]
        assert "backward gives another result on an object that has been called on something else before" in message


def test_weights_that_a_pass_replaces_are_changed_inputs(tmp_path: Path) -> None:
    back, keep = "        return dLdA\n", "        self.A = A\n"
    codes = {
        "step": CMU.replace(back, f"        self.W = self.W - 0.1 * self.dLdW\n{back}"),
        "forward": CMU.replace(keep, f"{keep}        self.kept, self.b = self.b, 2 * self.b\n").replace(
            "(1, 2, 3))) + self.b", "(1, 2, 3))) + self.kept"
        ),
        "lost": CMU.replace(back, f"        del self.W\n{back}"),
        "other_form": CMU.replace(keep, f"{keep}        self.b = self.b.reshape(1, -1).astype(float)\n"),
    }
    for name, code in codes.items():
        (tmp_path / f"{name}.py").write_text(code)
    files = (tmp_path / f"{name}.py" for name in codes)
    step, forward, lost, other = grade_all_json(*files, "--rubric", "cmu-11785-conv")
    assert [report["score"] for report in (step, forward, lost, other)] == [98.25, 98.25, 98.25, 100]
    told = [items(report)["contract"]["message"] for report in (step, forward, lost)]
    for message, what in zip(
        told, ("backward changes self.W", "forward changes self.b", "backward changes self.W"), strict=True
    ):
        assert f"inputs_unchanged: Conv2d_stride1.{what}" in message


def test_nothing_is_named_by_one_case_among_many_crashes(tmp_path: Path) -> None:
    """Where every second pixel is taken before the convolution, nothing is multiplied by the stride."""
    right = (SAMPLES / "cmu-11785-conv-strided" / "right.py").read_text()
    for one, other in (("conv2d_stride1", "downsample2d"), ("downsample2d", "conv2d_stride1")):
        way = "backward" if one == "conv2d_stride1" else "forward"
        argument = "dLdZ" if one == "conv2d_stride1" else "A"
        asked = f"self.{one}.{way}(self.{other}.{way}({argument}))"
        assert asked in right
        right = right.replace(asked, f"self.{other}.{way}(self.{one}.{way}({argument}))")
    (tmp_path / "a.py").write_text(right)
    found = items(grade_json(tmp_path / "a.py", "--rubric", "cmu-11785-conv-strided"))
    assert {name for name, item in found.items() if item["verdict"] != "passed"} == {"forward", "dLdA", "dLdW", "dLdb"}
    assert not [item["diagnosis"] for item in found.values() if item.get("diagnosis")]


def test_methods_without_a_return_are_told_so(tmp_path: Path) -> None:
    right = (SAMPLES / "cmu-11785-conv" / "right.py").read_text()
    (tmp_path / "forward.py").write_text(right.replace("        return Z\n", ""))
    (tmp_path / "backward.py").write_text(right.replace("        return dLdA\n", ""))
    (tmp_path / "none.py").write_text(right.replace("return Z\n", "return\n"))
    files = (tmp_path / f"{name}.py" for name in ("forward", "backward", "none"))
    forward, backward, none = map(items, grade_all_json(*files, "--rubric", "cmu-11785-conv"))
    assert forward["forward"]["message"] == "Conv2d_stride1.forward returns None: it has no `return` statement"
    assert backward["dLdA"]["message"] == "Conv2d_stride1.backward returns None: it has no `return` statement"
    assert [backward[name]["verdict"] for name in ("dLdW", "dLdb")] == ["passed", "passed"]
    assert none["forward"]["message"] == "Conv2d_stride1.forward returns None (not implemented yet)"


def test_gradients_say_that_it_is_forward_that_crashes(tmp_path: Path) -> None:
    right = (SAMPLES / "cmu-11785-conv" / "right.py").read_text()
    begin = "        if A.shape[2] != A.shape[3]:\n            raise ValueError('not square')\n"
    (tmp_path / "forward.py").write_text(right.replace("        self.A = A\n", f"        self.A = A\n{begin}"))
    zeros = "        dLdA = np.zeros(self.A.shape)\n"
    (tmp_path / "backward.py").write_text(right.replace(zeros, zeros + begin.replace("A.", "self.A.")))
    files = (tmp_path / f"{name}.py" for name in ("forward", "backward"))
    forward, backward = map(items, grade_all_json(*files, "--rubric", "cmu-11785-conv"))
    told = "the forward pass that crashes there, so Conv2d_stride1.backward could not be tried"
    assert all(told in forward[name]["hint"] for name in ("dLdA", "dLdW", "dLdb"))
    assert told not in (forward["forward"]["hint"] or "")
    assert not [item for item in backward.values() if told in (item["hint"] or "")]
