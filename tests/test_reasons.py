"""A name explains what it can: not what crashes before its lines, nor what only looks like it in numbers."""

import re
from pathlib import Path

import pytest

from reference.conv2d.outline import outline
from tests.cli import SUBMISSIONS, grade

ALICE = (SUBMISSIONS / "alice.py").read_text()
BACKWARD = """

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.pad(x, pad)[pad:-pad, pad:-pad]
    dw, dx = np.zeros_like(w), np.zeros_like(padded)
    for c in range(C):
        for i in range(HH):
            for j in range(WW):
                part = padded[:, c, i : i + dout.shape[2] * stride : stride, j : j + dout.shape[3] * stride : stride]
                for f in range(F):
                    dw[f, c, i, j] = np.sum(dout[:, f] * part)
    for n in range(N):
        for f in range(F):
            for i, row in enumerate(range(0, H, stride)):
                for j, column in enumerate(range(0, W, stride)):
                    dx[n, :, row : row + HH, column : column + WW] += w[f] * dout[n, f, i, j]
    return dx[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))
"""
FORWARD = """

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        padded = np.pad(x[n], pad)[pad:-pad]
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = padded[:, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)
"""


def graded(folder: Path, more: str) -> tuple[Path, str]:
    path = folder / "ann.py"
    path.write_text(ALICE + more)
    return path, " ".join(grade(path, "--no-timing").stdout.split())


def line_of(path: Path, part: str) -> int:
    return max(n for n, text in enumerate(path.read_text().split("\n"), 1) if part in text)


def test_crash_before_the_mistake_has_another_reason(tmp_path: Path) -> None:
    path, said = graded(tmp_path, BACKWARD)
    crash = line_of(path, "part = padded")
    dx = said[said.index("dx (-") : said.index("dw (-")]
    assert (
        f"The calls that crash in line {crash} do so at least in part for another reason than what is named here." in dx
    )
    assert "The output is taken to be as large as the image in backward." in dx
    rest = said[said.index("dw (-") :]
    assert "as large as the image" not in rest
    assert f"Hint: An array at ann.py:{crash} is empty: its shape has a 0." in rest


def test_image_that_is_cut_from_its_padding_is_told_so(tmp_path: Path) -> None:
    path, said = graded(tmp_path, FORWARD)
    assert "certainly (95 %): x is cut or stored with a slice that is empty at pad 0." in said
    assert f"Where to look (line {line_of(path, '[pad:-pad]')}):" in said
    assert "overwritten" not in said


def test_example_is_one_of_the_commonest_crash_where_nothing_returns(tmp_path: Path) -> None:
    old = "np.zeros((N, F, H_out, W_out))", "np.zeros((N, F, np.int(H_out), W_out))"
    stored = "np.pad(x[n], pad)[pad:-pad]", "np.pad(x[n], pad)[pad:]"
    first = "    a = np.zeros((N, C, H + 2 * pad, W))\n    a[:, :, pad:-pad] = x\n"
    moved = FORWARD.replace(*old).replace(*stored).replace("    H_out, W_out", f"{first}    H_out, W_out")
    path, said = graded(tmp_path, moved)
    assert f"ann.py:{line_of(path, 'np.int')}: AttributeError" in said[: said.index("Hint:")]
    assert "NumPy removed these aliases" in said


@pytest.mark.parametrize("value", ["x", "np.copy(x)", "x.copy()", "np.array(x)"])
def test_image_is_stored_and_no_gradient_cut_where_a_copy_of_it_is_stored(value: str) -> None:
    text = f"def conv_backward_naive(dout, cache):\n    x, w, b, p = cache\n    a[:, :, p:-p] = {value}\n    return dx"
    assert {kind for kind in outline(text, 1)["places"] if "cut to minus" in kind} >= {"x cut to minus"}
    assert outline(text, 1)["places"]["cut to minus"] == []


def test_name_that_a_list_counts_with_is_no_new_value_of_it() -> None:
    text = "def conv_forward_naive(x, w, b, p):\n    rows = [(x, x + 2) for x in range(3)]\n    return 1, (x, w, b, p)"
    assert outline(text, 1)["keeps_inputs"]
    assert not outline(text.replace("    rows", "    x = 1\n    rows"), 1)["keeps_inputs"]


TWO = """

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    (H, W), (HH, WW) = x.shape[2:], w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n in range(len(x)):
        for f in range(len(w)):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dw[f] += padded[n, :, i * s : i * s + HH, j * s : j * s + HH] * dout[n, f, i, j]
                    dx[n, :, i * s : i * s + HH, j * s : j * s + WW] = w[f] * dout[n, f, i, j]
    return dx[:, :, p : p + H, p : p + W], dw, dout.sum(axis=(0, 2, 3))
"""


def test_example_of_two_mistakes_shows_one_of_them_and_what_they_share_is_as_sure_everywhere(tmp_path: Path) -> None:
    _, said = graded(tmp_path, TWO)
    assert "And: dx is overwritten where windows overlap." in said
    dx = said[said.index("dx (-") : said.index("dw (-")]
    assert "x (1, 1, 1, 3), w (1, 1, 1, 2)" in dx  # two windows
    assert said.count("Very likely (80 %): Height and width of the kernel are mixed up in backward.") == 3


STORED = """

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW), (_, _, H_out, W_out) = x.shape, w.shape, dout.shape
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dx, rows = np.zeros(padded.shape), np.zeros((N, H_out * W_out, C * HH * WW))
    back = dout.reshape(N, F, -1).transpose(0, 2, 1) @ w.reshape(F, -1)
    for i in range(H_out):
        for j in range(W_out):
            rows[:, i * H_out + j] = padded[:, :, i * s : i * s + HH, j * s : j * s + WW].reshape(N, -1)
            dx[:, :, i * s : i * s + HH, j * s : j * s + WW] += back[:, i * H_out + j].reshape(N, C, HH, WW)
    dw = np.einsum("nfp,npk->fk", dout.reshape(N, F, -1), rows).reshape(w.shape)
    return dx[:, :, p : p + H, p : p + W], dw, dout.sum(axis=(0, 2, 3))
"""


@pytest.mark.parametrize("mended", ["", "rows[:, i * H_out", "back[:, i * H_out"])
def test_windows_that_are_stored_under_another_number_are_named(tmp_path: Path, mended: str) -> None:
    path, said = graded(tmp_path, STORED.replace(mended, mended.replace("H_out", "W_out")))
    assert "certainly (95 %): Windows are counted by the wrong size in backward." in said
    wrong = {line_of(path, part) for part in ("rows[:, i * H_out", "back[:, i * H_out") if part != mended}
    told = re.findall(r"(?:look|for dx|for db|too) \(lines? ([\d, ]+)\)", said)
    assert {int(line) for lines in told for line in lines.split(", ")} == wrong


def test_sizes_that_are_taken_out_of_a_shape_one_by_one_are_those_of_the_image() -> None:
    text = (
        "def conv_forward_naive(x, w, b, p):\n    H = x.shape[2]\n    W = x.shape[-1]\n"
        "    for i, row in enumerate(np.arange(0, H, 2)):\n        out[i] = row"
    )
    assert outline(text, 1)["places"]["image size"] == [4]


OLD = """

def conv_backward_naive(dout, cache):
    stride = s = 2
    H_out = 1 + (4 - 2) / {}
    for i in xrange(int(H_out)): pass
"""


@pytest.mark.parametrize(("divisor", "also"), [("stride", True), ("s", True), ("2", False)])
def test_what_else_of_python_2_stands_there_is_told_at_once(tmp_path: Path, divisor: str, also: bool) -> None:
    _, said = graded(tmp_path, OLD.format(divisor))
    assert "`xrange` is Python 2; in Python 3 it is `range`." in said
    assert ("And `/` always gives a float there; sizes need `//`." in said) is also


ROWS = """

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW), (_, _, H_out, W_out) = x.shape, w.shape, dout.shape
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    rows = dout.reshape(F, N, H_out, W_out)
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(H_out):
        for j in range(W_out):
            part = rows[:, :, i, j]
            dw += np.einsum("fn,nchw->fchw", part, padded[:, :, i * s : i * s + HH, j * s : j * s + WW])
            dx[:, :, i * s : i * s + HH, j * s : j * s + WW] += np.einsum("fn,fchw->nchw", part, w)
    return dx[:, :, p : p + H, p : p + W], dw, dout.sum(axis=(0, 2, 3))
"""


def test_two_kinds_that_fail_only_together_are_told(tmp_path: Path) -> None:
    _, said = graded(tmp_path, ROWS)
    assert said.count("Wrong in every case with N>1 and F>1 together, and in no other") == 2


@pytest.mark.parametrize("sign", ["+=", "="])
def test_gradient_that_is_stored_by_arrays_of_indices_has_its_line(sign: str) -> None:
    text = (
        f"def conv_backward_naive(dout, cache):\n    dxp = np.zeros(4)\n    dxp[:, k, i, j] {sign} dcols\n"
        "    dx = dxp[:, :, p : p + H]\n    for n in range(N):\n        dxp[n] += 1\n    return dx, dw, db"
    )
    assert outline(text, 1)["places"]["assigned into dx"] == [3]
