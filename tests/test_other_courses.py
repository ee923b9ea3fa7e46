"""Slips that people make in other courses' hand-ins: what is said of them, and of which lines."""

import json
from pathlib import Path

import pytest

from tests.cli import SUBMISSIONS, grade_json, items
from tests.interfaces import CMU, SAMPLES

NOTEBOOK = SAMPLES / "deeplearning-ai-convnets" / "right.py"
LAYER = SAMPLES / "cmu-11785-conv-strided" / "right.py"


def changed(path: Path, *changes: tuple[str, str]) -> str:
    """The text of a right program with these replacements, each of which is there."""
    text = path.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_name_that_nothing_sets_is_not_looked_for_in_the_tests_of_the_course(tmp_path: Path) -> None:
    """The notebook begins with `from public_tests import *`, which is not handed in."""
    code = changed(NOTEBOOK, ("Z[i, h, w, c] = conv_single_step(A_prev_pad[", "Z[i, h, w, c] = conv_single_step(padd["))
    cells = [{"cell_type": "code", "source": text} for text in ("from public_tests import *", code)]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}))
    found = items(grade_json(tmp_path / "a.ipynb", "--rubric", "deeplearning-ai-conv", "--no-timing"))["forward"]
    assert "name 'padd' is not defined" in found["message"]
    assert found["hint"].startswith("Nothing sets `padd`")


def test_name_from_a_file_that_was_not_handed_in_is_still_looked_for_there(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"from helpers import *\n{NOTEBOOK.read_text().replace('zero_pad(A', 'pad_it(A')}")
    found = items(grade_json(tmp_path / "a.py", "--rubric", "deeplearning-ai-conv", "--no-timing"))["forward"]
    assert found["hint"].startswith("`pad_it` may come from a.py:1")


def test_part_of_an_object_that_is_not_made_yet_is_named(tmp_path: Path) -> None:
    text = LAYER.read_text()
    line = next(line for line in text.split("\n") if "self.conv2d_stride1 =" in line)
    (tmp_path / "a.py").write_text(text.replace(line, line.partition("=")[0] + "= None  # TODO"))
    found = items(grade_json(tmp_path / "a.py", "--rubric", "cmu-11785-conv-strided", "--no-timing"))["forward"]
    assert found["hint"].startswith("`self.conv2d_stride1` is None once the object is made")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("W_out = x.shape[4]", "A tuple has no element of that number at a.py:4; counting begins at 0."),
        ("np.zeros((5, 2, 3, 4)) + np.zeros(2)", "Axes are lined up from the last one, so the one axis of the second"),
        ("np.zeros((5, 2, 3, 4)) + np.zeros(7)", "Two arrays whose shapes do not fit met at a.py:4."),
        ("x = transpose(x, (0, 2, 3, 1))", "This file has no function `transpose`. NumPy's is `np.transpose`."),
    ],
)
def test_slips_in_a_line_have_a_hint(tmp_path: Path, line: str, hint: str) -> None:
    (tmp_path / "a.py").write_text(
        "import numpy as np\n"
        f"def conv_forward_naive(x, w, b, conv_param):\n    N = len(x)\n    {line}\n    return x, None\n"
    )
    report = grade_json(tmp_path / "a.py", "--no-timing")
    assert items(report)["forward"]["hint"].startswith(hint)


@pytest.mark.parametrize("branch", ["else", 'elif mode == "average"', 'elif "average" == mode'])
def test_largest_number_in_the_branch_of_the_mean_is_marked(tmp_path: Path, branch: str) -> None:
    chosen = 'A[i, h, w, c] = np.max(window) if mode == "max" else np.mean(window)'
    indent = " " * 20
    lines = (
        'if mode == "max":',
        "    A[i, h, w, c] = np.max(window)",
        f"{branch}:",
        "    A[i, h, w, c] = window.max()",
    )
    code = changed(NOTEBOOK, (chosen, f"\n{indent}".join(lines)))
    (tmp_path / "a.py").write_text(code)
    found = items(grade_json(tmp_path / "a.py", "--rubric", "deeplearning-ai-convnets", "--no-timing"))
    assert found["average-forward"]["diagnosis"]["bug"] == "out-max"
    (at,) = found["average-forward"]["diagnosis"]["lines"]
    assert code.split("\n")[at - 1].strip() == "A[i, h, w, c] = window.max()"
    assert found["max-forward"]["verdict"] == "passed"


def test_mask_that_is_the_largest_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(changed(NOTEBOOK, ("return x == np.max(x)", "return np.max(x)")))
    found = items(grade_json(tmp_path / "a.py", "--rubric", "deeplearning-ai-convnets", "--no-timing"))
    assert found["max-dA_prev"]["diagnosis"]["title"] == "The largest number itself is used as the mask"


@pytest.mark.parametrize("folder", ["", "hand-in"])
def test_class_whose_name_differs_in_capitals_is_told_in_a_folder_too(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "conv.py").write_text(CMU.replace("Conv2d_stride1", "Conv2D_stride1"))
    handed_in = tmp_path / (folder or "conv.py")
    report = grade_json(handed_in, "--rubric", "cmu-11785-conv", "--no-timing")
    assert report["verdict"] == "rejected"
    assert report["message"].startswith("conv.py: defines neither Conv2d_stride1.forward nor Conv2d_stride1.backward; ")
    assert report["message"].endswith(" (capitals count: Conv2D_stride1 is not Conv2d_stride1)")


def test_only_file_of_a_folder_is_looked_at_for_another_rubric(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text(NOTEBOOK.read_text())
    report = grade_json(tmp_path, "--rubric", "cs231n-conv", "--no-timing")
    assert "grade it with `--rubric deeplearning-ai-conv" in report["message"]


def test_loop_that_counts_with_the_name_of_the_one_around_it_is_told(tmp_path: Path) -> None:
    code = (
        (SUBMISSIONS / "ruth.py").read_text()
        + """

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    height, width, s = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    dx = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    top, left = i * s, j * s
                    window = x[n, c, top : top + height, left : left + width]
                    for i in range(height):
                        for j in range(width):
                            if window[i, j] == window.max():
                                dx[n, c, top + i, left + j] += dout[n, c, i, j]
    return dx
"""
    )
    (tmp_path / "a.py").write_text(code)
    found = items(grade_json(tmp_path / "a.py", "--rubric", "cs231n-max-pool", "--no-timing"))["dx"]
    numbers = [at for at, line in enumerate(code.split("\n"), 1) if line.strip().startswith("for i in range(")][-2:]
    assert f"Two loops count with `i`, one inside the other (line {numbers[0]}, and line {numbers[1]} in it)" in str(
        found
    )


@pytest.mark.parametrize(
    ("made", "name"), [("self.dLdb = np.zeros(self.b.shape)", "dLdB"), ("pass", "dLdB"), ("pass", "dL_db")]
)
def test_gradient_under_another_name_of_an_object_is_told(tmp_path: Path, made: str, name: str) -> None:
    """What `__init__` made stays there otherwise, so that it looks as if nothing were computed."""
    code = CMU.replace("self.dLdb =", f"self.{name} =")
    assert code != CMU
    before, mark, after = code.partition("    def forward(")
    (tmp_path / "a.py").write_text(f"{before.rstrip()}\n        {made}\n\n{mark}{after}")
    found = items(grade_json(tmp_path / "a.py", "--rubric", "cmu-11785-conv", "--no-timing"))["dLdb"]
    assert found["points"] == 0
    assert f"sets `self.dLdb`, but `self.{name}` is set (line " in str(found)
    assert found["diagnosis"] is None


def test_line_of_a_method_that_cuts_the_padding_off_is_marked(tmp_path: Path) -> None:
    """In CMU's later versions, whose padding is 0 where nothing is said."""
    cut = "dLdA[:, :, self.pad:-self.pad, self.pad:-self.pad]"
    returned = "return self.conv2d_stride1.backward("
    code = changed(LAYER, (returned, f"self.pad = 0\n        dLdA = {returned.removeprefix('return ')}"))
    line = next(line for line in code.split("\n") if "dLdA = self.conv2d_stride1" in line)
    code = code.replace(line, f"{line}\n        return {cut}")
    (tmp_path / "a.py").write_text(code)
    found = items(grade_json(tmp_path / "a.py", "--rubric", "cmu-11785-conv-strided", "--no-timing"))["dLdA"]
    assert found["diagnosis"]["bug"] == "dx-crop-slice"
    (at,) = found["diagnosis"]["lines"]
    assert cut in code.split("\n")[at - 1]


def test_averages_that_are_left_in_no_case_are_told_though_few_cases_give_numbers(tmp_path: Path) -> None:
    """Where the dict has some already, they stay as they are; in most cases there is nothing in it."""
    code = """
import numpy as np

def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    C, eps = x.shape[1], bn_param.get("eps", 1e-5)
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    else:
        mean, var = bn_param["running_mean"], bn_param["running_var"]
    mean, var = mean.reshape(1, C, 1, 1), var.reshape(1, C, 1, 1)
    out = gamma.reshape(1, C, 1, 1) * (x - mean) / np.sqrt(var + eps) + beta.reshape(1, C, 1, 1)
    return out, None
"""
    (tmp_path / "a.py").write_text(code)
    found = items(grade_json(tmp_path / "a.py", "--rubric", "cs231n-convnets", "--no-timing"))
    titles = [found[f"batchnorm-running-{name}"]["diagnosis"]["title"] for name in ("mean", "var")]
    assert titles == ["The running averages are not updated"] * 2
