"""Code of several files of one hand-in: what the rubric lets the graded file import from the others is read with it."""

import re
from pathlib import Path

import pytest

from grader.records import Origin
from grader.source_code.joined import joined
from tests.cli import SUBMISSIONS, grade_json
from tests.interfaces import SAMPLES
from tests.test_notebook import notebook
from tests.test_sources import write, zipped

STRIDED = (SAMPLES / "cmu-11785-conv-strided" / "right.py").read_text()
DOWNSAMPLE = STRIDED[STRIDED.index("class Downsample2d") : STRIDED.index("class Conv2d:")]
CONV2D = "from mytorch.nn.resampling import *\n" + STRIDED.replace(DOWNSAMPLE, "")
RESAMPLING = f"import numpy as np\n\n\n{DOWNSAMPLE}"
LAYERS = """\
import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    kept = [bn_param.get(name, np.zeros(x.shape[1])) for name in ("running_mean", "running_var")]
    mean, var = (x.mean(axis=0), x.var(axis=0)) if bn_param["mode"] == "train" else kept
    if bn_param["mode"] == "train":
        kept = [momentum * old + (1 - momentum) * new for old, new in zip(kept, (mean, var))]
    bn_param["running_mean"], bn_param["running_var"] = kept
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x_hat, gamma, var + eps)


def batchnorm_backward(dout, cache):
    x_hat, gamma, var = cache
    g = dout * gamma
    dx = (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / np.sqrt(var)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


print("read with the other")
"""
CONV_LAYERS = """\
import numpy as np
from nndl.layers import *


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
"""
NNDL: dict[str, str | bytes] = {"nndl/conv_layers.py": CONV_LAYERS, "nndl/layers.py": LAYERS}


@pytest.mark.parametrize("form", ["folder", "archive"])
def test_right_hand_ins_of_courses_with_several_files_get_full_marks(tmp_path: Path, form: str) -> None:
    cmu: dict[str, str | bytes] = {"mytorch/nn/Conv2d.py": CONV2D, "mytorch/nn/resampling.py": RESAMPLING}
    for rubric, files in (("cmu-11785-conv-strided", cmu), ("cs231n-spatial-batchnorm", NNDL)):
        place = tmp_path / rubric
        path = write(place, files) if form == "folder" else zipped(place.with_suffix(".zip"), files)
        report = grade_json(path, "--rubric", rubric, "--no-timing")
        assert report["score"] == 100, report["items"]
        assert any(note.startswith("read with what it imports from ") for note in report["notes"])
        assert report["stdout"] == ""


def test_work_in_a_notebook_and_in_the_file_it_imports_is_graded_as_one(tmp_path: Path) -> None:
    """The file has the starter's stubs of what is written in the notebook."""
    ruth = (SUBMISSIONS / "ruth.py").read_text()
    cut = ruth.index("def max_pool_forward_naive(")
    stubs = "".join(
        f"\n\n{line}\n    raise NotImplementedError\n" for line in re.findall(r"^def \w+\(.*\):$", ruth[cut:], re.M)
    )
    files: dict[str, str | bytes] = {
        "cs231n/layers.py": ruth[:cut] + stubs,
        "a.ipynb": notebook("import numpy as np\nfrom cs231n.layers import *", ruth[cut:]),
    }
    report = grade_json(write(tmp_path, files), "--rubric", "cs231n-convnets", "--no-timing")
    assert report["score"] == 100, report["items"]
    assert report["notes"] == ["read with what it imports from cs231n/layers.py of the same hand-in"]


def test_mistake_in_another_file_is_told_at_its_line_there(tmp_path: Path) -> None:
    lines = LAYERS.split("\n")
    lines[lines.index("    g = dout * gamma")] = "    g = dout * gama"
    write(tmp_path, {**NNDL, "nndl/layers.py": "\n".join(lines)})
    report = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    (dx,) = (item for item in report["items"] if item["id"] == "dx")
    assert f"nndl/layers.py:{lines.index('    g = dout * gama') + 1}: NameError: name 'gama'" in dx["message"]


def test_another_file_that_changes_is_another_submission(tmp_path: Path) -> None:
    write(tmp_path, NNDL)
    first = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    write(tmp_path, {"nndl/layers.py": LAYERS + "\n"})
    second = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    assert first["submission"]["sha256"] != second["submission"]["sha256"]


def test_what_the_rubric_does_not_name_is_not_read(tmp_path: Path) -> None:
    """The course's fast layers lie in every hand-in."""
    code = CONV_LAYERS.replace("nndl.layers", "nndl.fast_layers")
    write(tmp_path, {"nndl/conv_layers.py": code, "nndl/fast_layers.py": LAYERS})
    report = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    assert report["score"] == 0
    assert "batchnorm_forward" in report["items"][0]["message"]


@pytest.mark.parametrize(
    "other",
    [
        "def g(x):\n    return sum(x)\n",  # another sum than theirs
        "def helper():\n    return 2\n\n\ndef g(x):\n    return helper()\n",
        "def g(x:\n",
        "\xff",
    ],
)
def test_file_that_would_mean_something_else_is_left_out(other: str) -> None:
    code = "from b import g\ndef sum(x):\n    return 0\ndef helper():\n    return 1\ndef f():\n    return g([1])\n"
    origin = Origin("a.py")
    assert joined(code, origin, [("b.py", other.encode("latin-1"))]) == (code, origin, [])


def test_definitions_stand_behind_and_statements_are_not_taken_over() -> None:
    other = (
        "from __future__ import annotations\nprint(1)\nimport numpy as np\n@wrap\ndef g():\n    return np\n\n"
        "if True:\n    x = 1\nK = 2; f = 3\nL = 4\n"
    )
    code = "import numpy as np\nfrom b import (g,\n  L)\nf = g"
    code, origin, taken = joined(code, Origin("a.py"), [("b.py", other.encode())])
    assert taken == ["b.py"]
    assert code.split("\n")[:4] == ["import numpy as np", "pass", "", "f = g"]
    behind = code.split("\n")[4:]
    assert [line for line in behind if line] == ["@wrap", "def g():", "    return np", "L = 4"]
    assert origin.at(5 + behind.index("L = 4")) == "b.py:11"
    assert origin.among([4, 8]) == "a.py:4; b.py:4"
