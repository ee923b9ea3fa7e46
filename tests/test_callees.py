"""Lines in methods and functions that the graded ones call, and that those call, are looked at and shown."""

import re
from pathlib import Path

import pytest

from grader.reading.callees import Callees
from grader.records import Content
from grader.source_code.text import list_functions, parse
from tests.cli import QUICKLY, SUBMISSIONS, grade

ALICE = (SUBMISSIONS / "alice.py").read_text()
NAMES = ["conv_forward_naive", "conv_backward_naive"]
LAYERS = '''
class Affine:
    def forward(self, x): return x

class Conv:
    def __init__(self, w): self.w = helper(w)
    def forward(self, x): return self.pad(x)
    def pad(self, x): return x
    def unused(self, x): return x

def helper(w): return deeper(w)
def deeper(w): return w
def lonely(w): return w

def conv_forward_naive(x, w, b, conv_param):
    """Not lonely(w)."""
    layer = Conv(w)
    return layer.forward(x), layer
'''


def called(code: str) -> set[str]:
    submission = parse(Content("a.py", code.encode()), NAMES)
    own = list_functions(submission, NAMES)
    return {one.function for one in Callees.of(submission, own).of_all(own)}


def test_what_is_called_and_what_that_calls_is_found() -> None:
    assert called(LAYERS) == {"Conv.__init__", "Conv.forward", "Conv.pad", "helper", "deeper"}


def test_method_of_one_of_several_classes_that_nobody_names_is_not_guessed() -> None:
    assert called(LAYERS.replace("layer = Conv(w)", "layer = LAYER")) == set()


METHOD = """

class Scatter:
    def add(self, dout, w, shape, s, p):
        N, C, H, W = shape
        HH, WW = w.shape[2:]
        dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))
        for n in range(N):
            for f in range(len(w)):
                for i in range(dout.shape[2]):
                    for j in range(dout.shape[3]):
                        dxp[n, :, i * s : i * s + HH, j * s : j * s + WW] = dout[n, f, i, j] * w[f]
        return dxp[:, :, p : p + H, p : p + W]


right = conv_backward_naive


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    dx = Scatter().add(dout, w, x.shape, conv_param["stride"], conv_param["pad"])
    return dx, *right(dout, cache)[1:]
"""


@pytest.mark.parametrize("form", ["terminal", "html"])
def test_line_in_a_method_is_told_and_marked_on_the_page(tmp_path: Path, form: str) -> None:
    path = tmp_path / "ann.py"
    path.write_text(ALICE + METHOD)
    line = next(n for n, text in enumerate((ALICE + METHOD).split("\n"), 1) if "dxp[n, :," in text)
    shown = grade(path, *QUICKLY, "--format", form).stdout
    if form == "terminal":
        assert f"Where to look (line {line}): The line that stores into dx." in " ".join(shown.split())
    else:
        assert "Scatter.add" in shown and "look here: dx is overwritten where windows overlap" in shown


def test_page_shows_what_is_called_folded_where_no_line_is_known(tmp_path: Path) -> None:
    path = tmp_path / "ann.py"
    method = METHOD.replace("] = dout", "] += dout").replace("p : p + W]\n\n\nright", "p : p + W] * 1.5\n\n\nright")
    path.write_text(ALICE + method)
    page = grade(path, *QUICKLY, "--format", "html").stdout
    assert "look here" not in page
    shown = {name: is_open for is_open, name in re.findall(r"<details( open)?>\s*<summary>([\w.]+) <span", page)}
    assert (shown["Scatter.add"], shown["conv_backward_naive"]) == ("", " open")


LAYER = """

class Layer:
    def __init__(self, w, b, param):
        self.w = w
        self.b = b
        self.s, self.p = param["stride"], param["pad"]
        self.F, self.C, self.HH, self.WW = w.shape

    def measure(self, x):
        self.N, _, self.H, self.W = x.shape
        self.Ho = (self.H + 2 * self.p - self.HH) // self.s + 1
        self.Wo = (self.W + 2 * self.p - self.WW) // self.s + 1

    def forward(self, x):
        self.measure(x)
        xp = np.pad(x, ((0, 0), (0, 0), (self.p, self.p), (self.p, self.p)))
        out = np.zeros((self.N, self.F, self.Ho, self.Wo))
        for i in range(self.Ho):
            for j in range(self.Wo):
                window = xp[:, None, :, i * self.s : i * self.s + self.HH, j * self.s : j * self.s + self.WW]
                out[:, :, i, j] = (window * self.w).sum(axis=(2, 3, 4)) + self.b
        return out


def conv_forward_naive(x, w, b, conv_param):
    return Layer(w, b, conv_param).forward(x), (x, w, b, conv_param)
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.W + 2 * self.p - self.WW", "self.H + 2 * self.p - self.WW"),
        ("self.W + 2 * self.p - self.WW) // self.s + 1", "self.W + 2 * self.p - self.WW) // self.s"),
        ("(window * self.w).sum(axis=(2, 3, 4)) + self.b", "(window * self.w).sum(axis=(2, 3, 4)) + self.b[0]"),
        ("j * self.s : j * self.s + self.WW", "j : j + self.WW"),
    ],
)
def test_sizes_that_are_attributes_are_known_in_every_method(tmp_path: Path, old: str, new: str) -> None:
    code = ALICE + LAYER.replace(old, new)
    (tmp_path / "ann.py").write_text(code)
    line = next(n for n, text in enumerate(code.split("\n"), 1) if new in text and "self." in text)
    shown = grade(tmp_path / "ann.py", *QUICKLY).stdout
    assert f"Where to look (line {line}): " in " ".join(shown.split())


def test_line_that_returns_in_another_order_is_that_of_the_method_which_is_handed_on(tmp_path: Path) -> None:
    code = ALICE + METHOD.replace("] = dout", "] += dout").replace(
        "return dx, *right(dout, cache)[1:]", "_, dw, db = right(dout, cache)\n    return last.given(dx, dw, db)"
    )
    code += "\n\nclass Last:\n    def given(self, dx, dw, db):\n        return dw, dx, db\n\n\nlast = Last()\n"
    (tmp_path / "ann.py").write_text(code)
    line = next(n for n, text in enumerate(code.split("\n"), 1) if "return dw, dx, db" in text)
    shown = grade(tmp_path / "ann.py", *QUICKLY).stdout
    assert f"Where to look (line {line}): The return statement" in " ".join(shown.split())


def test_attributes_that_are_set_by_what_is_no_single_line_do_not_spoil_a_method(tmp_path: Path) -> None:
    """Where the method would be no Python any more, it is read as it stands."""
    path, wrong = tmp_path / "ann.py", "(window * self.w).sum(axis=(2, 3, 4)) + self.b[0]"
    code = LAYER.replace(
        'self.s, self.p = param["stride"], param["pad"]',
        "self.s = [\n            param['stride']\n        ][0]\n        self.p = param['pad']",
    )
    submission = parse(Content("a.py", code.encode()), NAMES)
    callees = Callees.of(submission, list_functions(submission, NAMES))
    (method,) = list_functions(submission, ["Layer.forward"])
    assert "s = [\n" in callees.as_function(method)
    (function,) = list_functions(submission, ["conv_forward_naive"])
    assert callees.as_function(function) == function.text
    path.write_text(ALICE + code.replace("(window * self.w).sum(axis=(2, 3, 4)) + self.b", wrong))
    line = path.read_text().split(wrong)[0].count("\n") + 1
    assert f"Where to look (line {line}): " in " ".join(grade(path, *QUICKLY).stdout.split())
