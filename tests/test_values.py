"""Beside a crash stands what its names had: the shapes of arrays and of what is cut from them, and whole numbers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.inside import loading
from grader.sandbox.inside.raised import described
from tests.cli import QUICKLY, SUBMISSIONS, grade_json, items

ALICE = (SUBMISSIONS / "alice.py").read_text()
FORWARD = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = padded[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)
"""


def hint(folder: Path, *changes: tuple[str, str]) -> str:
    """What is said of forward, mended so."""
    text = FORWARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "ann.py"
    path.write_text(f"{ALICE}\n{text}")  # the last definition counts
    return str(items(grade_json(path, *QUICKLY))["forward"]["hint"])


TOO_WIDE = ("stride + WW]", "stride + WW + 1]")


def test_arrays_that_do_not_fit_are_told_with_their_shapes_and_nobody_is_asked_to_print_them(tmp_path: Path) -> None:
    told = hint(tmp_path, TOO_WIDE)
    assert "At that point `window` has the shape (1, 3, 4) and `w[f]` (1, 3, 3);" in told
    assert told.endswith("`n` is 0, `f` 0, `i` 0 and `j` 0.") and "Print" not in told


def test_expression_over_several_lines_is_read_whole_and_no_more_than_it(tmp_path: Path) -> None:
    indent = "\n" + " " * 24
    told = hint(tmp_path, TOO_WIDE, ("np.sum(window * w[f]) + b[f]", f"b[f] + np.sum({indent}window{indent}* w[f])"))
    assert "`window` has the shape (1, 3, 4) and `w[f]` (1, 3, 3);" in told


def test_what_a_line_sets_is_not_told_since_it_is_what_the_turn_before_left(tmp_path: Path) -> None:
    told = hint(tmp_path, TOO_WIDE, ("window = padded", "window = w[f] * padded"))
    assert "`w[f]` has the shape (1, 3, 3), `padded[n, :, i * stride" in told and "`window`" not in told


def test_what_is_stored_is_told_beside_where(tmp_path: Path) -> None:
    told = hint(tmp_path, ("out[n, f, i, j] = np.sum(window * w[f])", "out[n, :, i] = window"), ("+ b[f]\n", "\n"))
    assert "`out[n, :, i]` has the shape (1, 5) and `window` (1, 3, 3)" in told


def test_kernel_and_window_whose_last_sizes_are_exchanged_are_told_so(tmp_path: Path) -> None:
    told = hint(tmp_path, ("i * stride + HH", "i * stride + WW"), ("j * stride + WW", "j * stride + HH"))
    assert "Their last two sizes are the other way round." in told
    assert "other way round" not in hint(tmp_path, TOO_WIDE)


def test_size_that_is_a_float_is_told(tmp_path: Path) -> None:
    told = hint(tmp_path, ("- WW) // stride", "- WW) / stride"))
    assert told.endswith("sizes and indices need `//`. At that point `W_out` is 5.0.")


def test_what_an_assert_compares_is_told(tmp_path: Path) -> None:
    begun = "    assert (W + 2 * pad - HH) % stride == 9, out.shape\n    for n in range(N):"
    told = hint(tmp_path, ("    for n in range(N):", begun))
    assert told.endswith("At that point `W` is 7, `pad` 0, `HH` 3 and `stride` 1.")
    told = hint(tmp_path, ("    for n in range(N):", "    assert out.shape == x.shape\n    for n in range(N):"))
    assert told.endswith("At that point `out` has the shape (1, 1, 5, 5) and `x` (1, 1, 7, 7).")


def test_helpers_and_comprehensions_tell_of_themselves(tmp_path: Path) -> None:
    helper = "def at(rows, number):\n    return rows[number]\n\ndef conv_forward_naive"
    told = hint(tmp_path, ("def conv_forward_naive", helper), ("np.sum(window", "at(b, F) * np.sum(window"))
    assert told.endswith("At that point `rows` has the shape (1,); `number` is 1.")
    told = hint(tmp_path, ("+ b[f]", "+ [b[k] for k in range(F + 1)][f]"))
    assert "At that point `b` has the shape (1,); " in told and "`k` " in told


HOSTILE = """
class Wild(np.ndarray):
    @property
    def shape(self): raise SystemExit
    @property
    def __class__(self): raise SystemExit

class Number(int):
    def __lt__(self, other): raise SystemExit
    __gt__ = __int__ = __index__ = __lt__

def conv_forward_naive"""


def test_objects_of_the_students_are_left_alone(tmp_path: Path) -> None:
    begun = "    wild, own, huge = np.zeros(3).view(Wild), Number(7), 10 ** 10000\n    for n in range(N):"
    change = ("np.sum(window * w[f])", "(window + w[f, 0, 0, 0, 0] + wild + own + huge)")
    told = hint(tmp_path, ("def conv_forward_naive", HOSTILE), ("    for n in range(N):", begun), change)
    assert told.endswith("At that point `w` has the shape (1, 1, 3, 3); `n` is 0, `f` 0, `i` 0 and `j` 0.")


SIZES = st.integers(0, 5)
PARTS = st.one_of(
    st.sampled_from(
        ["i", "j", ":", "i:j", "i:i+j", "::k", ":-k", "i*k:i*k+j:k", "None", "...", "-i", "i//k", "(i + 1):", "2"]
    ),
    st.integers(-4, 4).map(str),
)


def told_of(text: str, **names: object) -> dict[str, object]:
    """What is told where a function fails whose parameters are these, and whose body is this text."""
    code = f"def f({', '.join(names)}):\n {text}\n"
    defined: dict[str, Any] = {"LARGE": 9}
    exec(compile(code, loading.FILENAME, "exec"), defined)
    with pytest.raises(Exception) as raised:
        defined["f"](**names)
    frame = described(raised.value, code)
    return dict(frame["values"]) | {f"{name} in a call": shape for name, shape in frame["given"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a[0] = np.pad(b[0], 1).ravel()", {"a[0]": (3, 4), "b[0] in a call": (2, 4, 4)}),
        ("a[0] * b[0].T", {"a[0]": (3, 4), "b[0].T": (4, 4, 2)}),
        ("a[0] + np.rot90(a[0])", {"a[0]": (3, 4)}),
        ("c += a", {"c": (5,), "a": (2, 3, 4)}),
        ("c[i] = a", {"c": (5,), "a": (2, 3, 4), "i": 1}),
        ("a[:, :, :: d['s']] + c", {"a[:, :, :: d['s']]": (2, 3, 2), "c": (5,), "d['s']": 2}),
        ("a[:, : max(i, 1)] + c", {"c": (5,), "i": 1}),  # a part of which the shape is not known
        ("c[:3] * \\\n a[0]", {"c[:3]": (3,), "a[0]": (3, 4), "c": (5,)}),
        ("c[9] = a[0]", {"c": (5,)}),
        ("c[7] + d['s']", {"c": (5,)}),
        ("try:\n  a[0] + c\n finally:\n  i = 9", {}),  # names may be others by now
        ("try:\n  a[0] + c\n except ValueError:\n  c = a\n  raise", {}),
        ("raise ValueError(i)", {}),
        ("c + np.zeros(3 + (k := i)); k", {"c": (5,), "i": 1}),
        ("i, i = sum(a)", {}),
        ("i, i = a.shape", {"a": (2, 3, 4)}),
        (f"i{'i' * 120} = a; c + i{'i' * 120}", {"c": (5,)}),
        ("d = np.empty((0, 2**31)); c + d[:, :3]", {"c": (5,)}),
        ("self.w = c[:2] @ self.w", {"c[:2]": (2,), "self.w": (3, 4), "c": (5,)}),
        ("self.w[i, ::self.s] * self.w", {"self.w[i, ::self.s]": (2,), "self.w": (3, 4), "i": 1, "self.s": 2}),
        ("np.dot(c, a[0])", {"c": (5,), "a[0]": (3, 4)}),
        ("for n in [0]:\n  for f in [0]:\n   for u in [0]:\n    c[7] + i", {"c": (5,), "n": 0, "f": 0, "u": 0}),
        ("while i < 9:\n  c[7]", {"c": (5,), "i": 1}),
        ("rows = slice(0, i); a[:, rows] * c", {"a[:, rows]": (2, 1, 4), "c": (5,)}),
        ("row = [1, 2]; row[i + 4]", {"i": 1, "len(row)": 2}),
        ("c + np.zeros(LARGE)", {"c": (5,), "LARGE": 9}),
    ],
)
def test_what_met_is_told_and_nothing_else(text: str, told: dict[str, object]) -> None:
    arrays = {"a": np.zeros((2, 3, 4)), "b": np.zeros((2, 2, 4, 4)), "c": np.zeros(5)}
    kept = SimpleNamespace(w=np.zeros((3, 4)), s=2, other="no")
    assert told_of(text, **arrays, i=1, d={"s": 2, 7: 9}, np=np, self=kept) == told


@given(
    st.lists(SIZES, min_size=1, max_size=4),
    st.lists(PARTS, min_size=1, max_size=5),
    st.tuples(SIZES, SIZES, st.integers(1, 3)),
)
def test_shape_of_what_is_cut_is_numpys(shape: list[int], parts: list[str], numbers: tuple[int, int, int]) -> None:
    i, j, k = numbers
    a, index = np.zeros(shape), f"a[{', '.join(parts)}]"
    told = told_of(f"{index} @ {{}}", a=a, i=i, j=j, k=k)
    try:
        expected = eval(index)
    except IndexError:
        assert told["a"] == tuple(shape) and index not in told
        return
    assert told.get(index, ()) == np.shape(expected)


ODD = [
    "(" * 90 + "nothing" + ")" * 90,
    "x" + "[0]" * 99,
    "nothing" + "+x" * 140,
    "x[" + "-" * 280 + "1].y",
    "x['\\\\d']",
]


@pytest.mark.parametrize("text", [*ODD, "x[9**9**9 if i < 0 else nothing]", "x[i <<i]", "return [nothing for y in x]"])
def test_text_of_any_form_is_read_or_left(text: str) -> None:
    assert set(told_of(text, x=np.zeros((2, 3)), i=1)) <= {"x", "i"}
    assert told_of(f"{text} # {'x' * 1000}", x=np.zeros((2, 3)), i=10**10).keys() <= {"x"}
