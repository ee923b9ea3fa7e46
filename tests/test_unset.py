"""What is read of memory that nobody set is wrong in every run, told as that, and shown by what fails for anybody."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from grader.sandbox.inside.unset import BEYOND, UNSET, _Standing, _within
from tests.cli import QUICKLY, SUBMISSIONS, grade, grade_json, items

ALICE = (SUBMISSIONS / "alice.py").read_text()
FORWARD = """import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    padded[:, :, pad : pad + H, pad : pad + W] = x
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.empty((N, F, H_out, W_out), x.dtype)
    for f in range(F):
        for i in range(H_out):
            for j in range(W_out):
                window = padded[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                out[:, f, i, j] = np.sum(window * w[f], axis=(1, 2, 3)) + b[f]
    return out, (x, w, b, conv_param)

"""


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    text = FORWARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "ann.py"
    path.write_text(f"{ALICE}\n\n{text}")  # the last definition counts
    return path


def test_memory_that_is_set_or_multiplied_by_zero_costs_nothing(tmp_path: Path) -> None:
    for changes in ([], [("np.zeros((N, C,", "0 * np.empty((N, C,")]):
        assert grade_json(written(tmp_path, *changes), *QUICKLY)["score"] == 100


def test_memory_to_which_something_is_added_at_once_is_told_and_no_code_that_passes_elsewhere_shown(
    tmp_path: Path,
) -> None:
    added = ("np.empty((N, F, H_out, W_out), x.dtype)", "np.empty((N, F, H_out, W_out)) + b[:, None, None]")
    path = written(tmp_path, added, ("out[:, f, i, j] = np.sum", "out[:, f, i, j] += np.sum"))
    report = items(grade_json(path, *QUICKLY))["forward"]
    assert report["facts"][0].startswith("`np.empty` (line ")
    assert "snippet" not in (report["counterexample"] or {})


SOME_FILTERS = ("for f in range(F)", "for f in range(min(C, F))")


def test_number_that_is_never_set_is_told_so_and_the_code_fails_whatever_memory_holds(tmp_path: Path) -> None:
    path = written(tmp_path, SOME_FILTERS)
    done = grade(path, *QUICKLY, "-v")
    assert "was never set, expected" in done.stdout and "Hint: `np.empty` sets nothing" in done.stdout
    assert f"{UNSET:g}" not in done.stdout
    snippet = items(grade_json(path, *QUICKLY))["forward"]["counterexample"]["snippet"]
    for changes, fails in (([SOME_FILTERS], True), ([], False)):
        code = written(tmp_path, *changes).read_text() + "\n" + snippet
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert ("AssertionError" in run.stderr) is fails, run.stderr


def test_mistake_is_named_as_if_memory_held_zeros(tmp_path: Path) -> None:
    done = grade(written(tmp_path, ("for j in range(W_out)", "for j in range(H_out)")), *QUICKLY)
    assert "certainly (95 %): The loop over columns runs over rows." in " ".join(done.stdout.split())


def test_what_is_computed_from_memory_is_told_with_its_line_and_without_a_case_that_may_pass(tmp_path: Path) -> None:
    path = written(tmp_path, ("padded = np.zeros(", "padded = np.empty("))
    forward = items(grade_json(path, *QUICKLY))["forward"]
    assert re.match(r"`np.empty` \(line \d+\) sets nothing", forward["facts"][0])
    assert "snippet" not in forward["counterexample"]


STRIDED = """from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    H_out, W_out = 1 + (H + 2 * p - HH) // s, 1 + (W + 2 * p - WW) // s
    n, c, h, k = xp.strides
    windows = as_strided(xp, (N, C, H_out, W_out, HH, WW), (n, c, s * h, s * k, h, k))
    out = np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]
    return out, (x, w, b, conv_param)
"""


BACKWARD = """

def conv_backward_naive(dout, cache):
    dw = np.einsum("nfhw,nchwij->fcij", dout, cache[-1])
    return original_backward(dout, cache[:-1])[0], dw, dout.sum(axis=(0, 2, 3))
"""
"""Of windows that forward keeps."""


@pytest.mark.parametrize(
    ("old", "new", "shows_it"),
    [
        ("as_strided(xp", "as_strided(x", False),
        ("s * h, s * k", "s * k, s * h", True),  # also within the array
        ("(n, c, s", "(c, n, s", True),
    ],
)
def test_what_lies_beyond_an_array_is_told_with_its_line_and_is_the_same_each_time(
    tmp_path: Path, old: str, new: str, shows_it: bool
) -> None:
    """Code to run is shown where the results are wrong within the array, and so everywhere."""
    path = tmp_path / "ann.py"
    path.write_text(f"{ALICE}\n\n{STRIDED}")
    assert grade_json(path, *QUICKLY)["score"] == 100
    path.write_text(f"{ALICE}\n\n{STRIDED.replace(old, new)}")
    first, then = (items(grade_json(path, *QUICKLY, "--fresh"))["forward"] for _ in range(2))
    line = 1 + path.read_text().split("    windows = as_strided(")[0].count("\n")
    begins = f"`as_strided` (line {line}) does not check where its array ends"
    assert any(fact.startswith(begins) for fact in first["facts"])
    snippet = first["counterexample"].get("snippet", "")
    assert first == then and bool(snippet) is shows_it
    if shows_it:
        code = f"{path.read_text()}\n{snippet}"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "AssertionError" in run.stderr


def test_what_lies_beyond_an_array_is_told_of_gradients_that_are_made_of_it_too(tmp_path: Path) -> None:
    kept = STRIDED.replace("as_strided(xp", "as_strided(x").replace(
        "(x, w, b, conv_param)\n", "(x, w, b, conv_param, windows)\n"
    )
    path = tmp_path / "ann.py"
    path.write_text(f"{ALICE}\n\noriginal_backward = conv_backward_naive\n\n{kept}{BACKWARD}")
    dw = items(grade_json(path, *QUICKLY))["dw"]
    assert any("does not check where its array ends" in fact for fact in dw["facts"])
    assert "snippet" not in dw["counterexample"]


@pytest.mark.parametrize("make", [lambda x: x, lambda x: x[:, 1:], lambda x: x[::-1], lambda x: x.T])
def test_a_view_within_its_array_is_the_one_of_numpy_and_another_sees_the_array_and_nothing_of_memory(
    make: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> None:
    strided, array = _Standing(as_strided, _within), np.arange(12.0)
    of = make(array.reshape(3, 4))
    whole = strided(of)
    assert np.shares_memory(whole, array) and np.array_equal(whole, of)
    for step in (1, 2, 4, -1):
        places = int(of.flat[0]) + step * np.arange(30)
        sees = np.where((places >= 0) & (places < 12), places, BEYOND)
        assert np.array_equal(strided(of, (30,), (step * of.itemsize,)), sees)
    assert strided(of, (9,), (12,)).shape == (9,)  # between two numbers
    assert strided(of, (2**20, 2**20), (0, 8)).shape == (2**20, 2**20)  # too far to lay out


@pytest.mark.parametrize("call", ["np.empty(2)", "np.empty_like(b)", "getattr(np, 'em' + 'pty')(2)"])
def test_forbidden_function_stays_forbidden(tmp_path: Path, call: str) -> None:
    (tmp_path / "rubric.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: none\ncases: {count: 20}\n"
        "policy: {forbidden: [numpy.empty, numpy.empty_like]}\n"
    )
    path = written(tmp_path, ("np.empty((", "np.zeros(("), ("    N, C, H, W", f"    {call}\n    N, C, H, W"))
    assert items(grade_json(path, "--rubric", tmp_path / "rubric.yaml"))["forward"]["points"] == 0


def test_the_number_is_one_of_every_dtype() -> None:
    for dtype in (np.float16, np.float32, np.float64, np.longdouble):
        assert float(dtype(UNSET)) == UNSET and float(dtype(BEYOND)) == BEYOND
