"""Generated classes: any number of submissions of every kind, in every form that students hand in."""

import json
import zipfile
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path

from grader.records import Entry, Place

SUBMISSIONS = Path(__file__).parent.parent / "submissions"
_HANGS = (
    "def conv_forward_naive(*a):\n    while True:\n        pass\n\n\ndef conv_backward_naive(*a):\n    return None\n"
)
_DIES = "import os\n\n\ndef conv_forward_naive(*a):\n    os.abort()\n\n\ndef conv_backward_naive(*a):\n    os.abort()\n"
_RAISES = "def conv_forward_naive(*a):\n    return a[9]\n\n\ndef conv_backward_naive(*a):\n    return a[9]\n"
_PRINTS = "def conv_forward_naive(*a):\n    while True:\n        print('x' * 9999)\n\n\nconv_backward_naive = 3\n"
_NO_PYTHON = "def conv_forward_naive(x, w, b:\n"
_TIMED = """

class _Spent(list):
    "In place of the standard output, which is flushed after each request: printing takes longer than reading a clock."

    def __init__(self, output):
        self.output = output

    def flush(self):
        print("cpu", sum(self), file=self.output, flush=True)
        self.clear()


_spent = __import__("sys").stdout = _Spent(__import__("sys").stdout)


def _timed(function, clock=__import__("time").thread_time):
    def call(*arguments):
        start = clock()
        result = function(*arguments)
        _spent.append(clock() - start)
        return result
    return call


conv_forward_naive, conv_backward_naive = _timed(conv_forward_naive), _timed(conv_backward_naive)
"""
SCALAR_LOOPS = """import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    total = b[f]
                    for c in range(C):
                        for k in range(HH):
                            for m in range(WW):
                                total += x_pad[n, c, i * stride + k, j * stride + m] * w[f, c, k, m]
                    out[n, f, i, j] = total
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad, dw, db = np.zeros(x_pad.shape), np.zeros(w.shape), np.zeros(F)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    db[f] += dout[n, f, i, j]
                    for c in range(C):
                        for k in range(HH):
                            for m in range(WW):
                                dw[f, c, k, m] += x_pad[n, c, i * stride + k, j * stride + m] * dout[n, f, i, j]
                                dx_pad[n, c, i * stride + k, j * stride + m] += w[f, c, k, m] * dout[n, f, i, j]
    return dx_pad[:, :, pad : pad + H, pad : pad + W], dw, db
"""
"""Seven nested loops, one number at a time."""
KINDS = (
    "right",
    "wrong",
    "wrong",
    "slow",
    "dies",
    "right",
    "wrong",
    "identical",
    "raises",
    "hangs",
    "prints",
    "broken",
)


def programs(count: int) -> dict[str, str]:
    """So many programs by id, of every kind in turn; only those called `identical` have the same functions as another.

    A number at the top level tells the others apart.
    """
    right = cycle(("alice", "peggy", "oscar", "rupert"))
    wrong = cycle(("carol", "dave", "erin", "frank", "grace", "judy", "leo", "mia"))
    sources: dict[str, Callable[[], str]] = {
        "right": lambda: sample(next(right)),
        "wrong": lambda: sample(next(wrong)),
        "slow": lambda: sample("bob"),
        "dies": lambda: _DIES,
        "raises": lambda: _RAISES,
        "hangs": lambda: _HANGS,
        "prints": lambda: _PRINTS,
        "broken": lambda: _NO_PYTHON,
    }
    made: dict[str, str] = {}
    for number, kind in zip(range(count), cycle(KINDS)):
        if kind == "identical":
            text = f"# {number}\n" + made[f"s{number - 2:04}-right"]
        else:
            text = sources[kind]() + f"\n\nNUMBER = {number}\n"
        made[f"s{number:04}-{kind}"] = text
    return made


def fast_programs(count: int) -> dict[str, str]:
    """So many right and vectorised programs, no two alike."""
    return {f"s{number:04}": f"{sample('alice')}\n\nNUMBER = {number}\n" for number in range(count)}


def loop_programs(count: int, text: str) -> dict[str, str]:
    """So many programs that print what CPU time their functions took, no two alike."""
    return {f"s{number:04}": f"{timing_itself(text)}\nNUMBER = {number}\n" for number in range(count)}


def timing_itself(text: str) -> str:
    """The program, printing `cpu SECONDS` of its two functions after each request."""
    return text + _TIMED


def sample(name: str) -> str:
    """The text of a sample submission."""
    return (SUBMISSIONS / f"{name}.py").read_text()


def entry_of(folder: Path, name: str, code: str) -> Entry:
    """A program as one person's hand-in, in a file that lies in a folder."""
    path = folder / f"{name}.py"
    path.write_text(code)
    return Entry(name, name, path.name, Place(str(path)))


def as_files(folder: Path, texts: Mapping[str, str]) -> None:
    """`id.py` for each."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)


def as_zips(folder: Path, texts: Mapping[str, str]) -> None:
    """`id.zip` for each, with one file in it."""
    for name, text in texts.items():
        with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("my_layers.py", text)


def as_notebooks(folder: Path, texts: Mapping[str, str]) -> None:
    """`id.ipynb` for each: a magic, the text in one cell, and a cell that does not parse."""
    for name, text in texts.items():
        sources = ["%matplotlib inline", text, "this is no Python"]
        cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))


def as_course_zips(folder: Path, texts: Mapping[str, str]) -> None:
    """`id.zip` for each, laid out like the course's `a2_code_submission.zip`."""
    for name, text in texts.items():
        with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ConvolutionalNetworks.ipynb", '{"cells": []}')
            archive.writestr("cs231n/layers.py", text)
            archive.writestr("cs231n/optim.py", "def sgd(w, dw, config=None):\n    return w, config\n")


FORMS: dict[str, Callable[[Path, Mapping[str, str]], None]] = {
    "files": as_files,
    "zips": as_zips,
    "notebooks": as_notebooks,
    "course zips": as_course_zips,
}


def make_class(folder: Path, texts: Mapping[str, str], form: str = "files") -> Path:
    """A new folder with the submissions in one of the `FORMS`."""
    folder.mkdir(parents=True)
    FORMS[form](folder, texts)
    return folder
