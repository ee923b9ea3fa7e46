"""Compare, statistics, scoring and policy: the rules by which marks come about."""

import math
import pickle
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.judging.compare import compare
from grader.judging.points import score_contract, score_correctness, score_speed, speed_share
from grader.records import (
    Case,
    Check,
    ContractObservation,
    Interval,
    Returned,
    Speed,
    Timing,
    Verdict,
    Verification,
)
from grader.records.words import Kind
from grader.reports.view import remark
from grader.rubric.model import ContractItem, CorrectnessItem, SpeedItem, Workload
from grader.rubric.paths import all_paths
from grader.source_code.policy import violations
from grader.timing.stats import median_interval
from reference.conv2d import OPERATOR

SIZES = {"N": 1, "C": 1, "F": 1, "H": 3, "W": 3, "HH": 1, "WW": 1, "stride": 1, "pad": 0}
CASE = Case(index=0, sizes=SIZES, seed=(0, 0), judges=("pad=0",))
EXPECTED = np.arange(1.0, 5.0).reshape(1, 1, 2, 2)


def check(array: NDArray[Any], case: Case = CASE, tolerance: float = 1e-9) -> Check:
    return compare("out", case, Returned(array, Kind.ARRAY, array.shape, array.dtype.str), EXPECTED, tolerance)


# compare


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", ">f8"])
def test_right_numbers_pass_in_any_dtype(dtype: str) -> None:
    assert check(EXPECTED.astype(dtype)).verdict is Verdict.PASSED


def test_a_check_crosses_to_another_process_with_every_field() -> None:
    own = Check("dx", CASE, Verdict.PASSED)
    whole = Check("dx", CASE, Verdict.FAILED, "wrong", "look", (1, 2), 1.0, 2.0, tried=False, on_own=own)
    assert pickle.loads(pickle.dumps(whole)) == whole


def test_shape_comes_before_everything() -> None:
    for wrong in (EXPECTED[0], np.zeros((1, 1, 0, 0)), EXPECTED.reshape(1, 1, 4, 1), np.full((1, 1, 2, 3), np.nan)):
        found = check(wrong)
        assert found.verdict is Verdict.FAILED
        assert found.message == f"out has shape {wrong.shape}, expected (1, 1, 2, 2)"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_finiteness_comes_before_tolerance(value: float) -> None:
    wrong = EXPECTED.copy()
    wrong[0, 0, 1, 0] = value
    found = check(wrong, tolerance=1e300)
    assert found.verdict is Verdict.FAILED
    assert found.worst_index == (0, 0, 1, 0)
    assert "NaN or infinite" in (found.message or "")
    assert "root or logarithm of a negative number" in (found.hint or "")


def test_worst_index_has_expected_and_got() -> None:
    wrong = EXPECTED.copy()
    wrong[0, 0, 0, 1] += 0.5
    wrong[0, 0, 1, 1] += 1
    found = check(wrong)
    assert (found.worst_index, found.expected, found.got) == ((0, 0, 1, 1), 4.0, 5.0)


@given(st.floats(1e-12, 1e-3), st.floats(1e-10, 1e-4))
def test_tolerance_is_relative_to_the_largest_expected_number(error: float, tolerance: float) -> None:
    wrong = EXPECTED.copy()
    wrong[0, 0, 0, 0] += error
    actual = abs(wrong[0, 0, 0, 0] - 1.0) / 4.0
    assert (check(wrong, tolerance=tolerance).verdict is Verdict.PASSED) == (actual <= tolerance)


def test_single_precision_is_wrong_for_float64_and_the_message_says_why() -> None:
    rounded = (EXPECTED / 3).astype(np.float32)
    returned = Returned(rounded, Kind.ARRAY, rounded.shape, "<f4")
    found = compare("out", CASE, returned, EXPECTED / 3, 1e-9)
    assert found.verdict is Verdict.FAILED
    assert "right only to" in (found.message or "")
    assert found.hint == "`out` is an array of float32, and the inputs are float64: let its dtype follow from theirs."
    wide = rounded.astype(np.float64)
    returned = Returned(wide, Kind.ARRAY, wide.shape, "<f8")
    found = compare("out", CASE, returned, EXPECTED / 3, 1e-9)
    assert (found.hint or "").startswith("The inputs are float64. Is there an array with a dtype of its own")
    of_norm = compare("out", replace(CASE, sizes={**CASE.sizes, "eps": 0}), returned, EXPECTED / 3, 1e-9)
    assert (of_norm.hint or "").startswith("Is eps missing, or elsewhere than in the formula? If not: the inputs")
    single = replace(CASE, dtype="float32")
    assert compare("out", single, returned, EXPECTED / 3, 1e-5).verdict is Verdict.PASSED


@pytest.mark.parametrize(("given", "bytes"), [("float64", 2), ("float32", 2), ("float64", 4)])
def test_results_with_fewer_digits_than_the_inputs_are_told_their_dtype(given: str, bytes: int) -> None:
    """Whatever is rounded beside it: a variance in float32 leaves fewer digits than float32 has."""
    narrow = (EXPECTED / 3 * (1 + 1e-4)).astype(f"f{bytes}")
    case, returned = replace(CASE, dtype=given), Returned(narrow, Kind.ARRAY, narrow.shape, f"<f{bytes}")
    hint = compare("out", case, returned, EXPECTED / 3, 1e-6).hint or ""
    assert hint.startswith(f"`out` is an array of float{8 * bytes}, and the inputs are {given}")
    assert check((EXPECTED + 1).astype(f"f{bytes}"), case).hint is None


def test_all_zero_expectation_is_compared_absolutely() -> None:
    zero = np.zeros((2,))
    for got, verdict in ((zero + 1e-10, Verdict.PASSED), (zero + 1e-8, Verdict.FAILED)):
        assert compare("db", CASE, Returned(got, Kind.ARRAY, (2,)), zero, 1e-9).verdict is verdict


def test_overflow_is_a_wrong_value_and_not_our_crash() -> None:
    assert check(np.full((1, 1, 2, 2), 1.7e308)).verdict is Verdict.FAILED
    assert check(np.full((1, 1, 2, 2), -1.7e308)).verdict is Verdict.FAILED


# stats


@pytest.mark.parametrize("n", range(6, 80))
def test_interval_of_the_median_is_that_of_the_binomial_distribution(n: int) -> None:
    low = int(scipy.stats.binom.ppf(0.025, n, 0.5))
    found = median_interval([float(v) for v in range(1, n + 1)])
    assert (found.low, found.high) == (low, n + 1 - low)
    assert found.median == np.median(np.arange(1, n + 1))


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=40))
def test_interval_holds_the_median(values: list[float]) -> None:
    found = median_interval(values)
    assert found.low <= found.median <= found.high
    assert {found.low, found.high} <= set(values)


# scoring


def checks(*verdicts: tuple[str, Verdict]) -> list[Check]:
    return [Check("dx", replace(CASE, index=i, judges=(trait,)), v, "wrong") for i, (trait, v) in enumerate(verdicts)]


PASSED, FAILED, CRASHED = Verdict.PASSED, Verdict.FAILED, Verdict.CRASHED
MIXED = checks(("a", PASSED), ("a", FAILED), ("b", PASSED), ("combined", PASSED))


@pytest.mark.parametrize(("credit", "points"), [("traits", 8), ("cases", 9), ("all_or_nothing", 0)])
def test_credit(credit: Any, points: float) -> None:
    item = CorrectnessItem(id="dx", kind="correctness", output="dx", points=12, credit=credit)
    result = score_correctness(item, MIXED, OPERATOR)
    assert result.points == points
    assert result.verdict is (Verdict.PARTIAL if points else Verdict.FAILED)
    assert result.traits == {
        "a": {"passed": 1, "total": 2}, "b": {"passed": 1, "total": 1}, "combined": {"passed": 1, "total": 1}
    }  # fmt: skip
    assert result.counterexample is not None
    assert result.counterexample["case"] == 1


def test_share_that_counts_is_that_of_the_open_or_of_the_secret_cases() -> None:
    item = CorrectnessItem(id="dx", kind="correctness", output="dx", points=12, credit="cases")
    secret = checks(("a", PASSED), ("a", PASSED), ("a", FAILED), ("a", FAILED), ("a", FAILED))
    drawn = [replace(check, case=replace(check.case, secret=True)) for check in secret]
    result = score_correctness(item, [*MIXED, *drawn], OPERATOR)
    assert result.cases == {"open": {"passed": 3, "total": 4}, "secret": {"passed": 2, "total": 5}}
    assert (result.points, remark(result)) == (round(12 * 2 / 5, 2), "2 of 5 secret cases")
    alone = score_correctness(item, MIXED, OPERATOR)
    assert (alone.points, remark(alone)) == (9, "3 of 4 cases")
    by_kind = score_correctness(item.model_copy(update={"credit": "traits"}), MIXED, OPERATOR)
    assert (by_kind.cases, remark(by_kind)) == (None, "2 of 3 kinds of input")


def told(*ends: tuple[str, Verdict], found: Any = None, **sizes: int) -> str:
    """What is said of an item with these cases of a kernel of 3x3 or of other sizes, up to the example."""
    given = {**SIZES, "HH": 3, "WW": 3, **sizes}
    return _told([replace(check, case=replace(check.case, sizes=given)) for check in checks(*ends)], found)


def _told(each: list[Check], found: Any = None) -> str:
    item = CorrectnessItem(id="dx", kind="correctness", output="dx", points=12, credit="traits")
    return (score_correctness(item, each, OPERATOR, found).message or "").partition(". For example")[0]


def test_all_kinds_that_fail_are_told_and_how_the_cases_end() -> None:
    fine, bad, mixed = ("c", PASSED), ("H!=W", FAILED), ("combined", CRASHED)
    ends = "(2 of 4 cases fail, 1 of them with a crash)"
    assert told(fine, bad, mixed, ("d", PASSED), H=4) == f"Wrong for H!=W, alone and combined {ends}"
    assert told(fine, bad, mixed, ("d", PASSED)) == f"Wrong for H!=W, and in 1 other case {ends}"
    assert told(fine, ("H!=W", CRASHED)) == "Crashes for H!=W (1 of 2 cases fail)"
    assert told(fine, ("combined", FAILED)) == "Wrong for several kinds of input combined (1 of 2 cases fail)"
    assert told(("a", Verdict.TIMEOUT), ("b", Verdict.TIMEOUT)).startswith("In every case, ")


def test_the_notebook_is_only_said_to_be_wrong_as_far_as_it_is() -> None:
    right, wrong = ("notebook", PASSED), ("notebook", FAILED)
    rest = ("a", PASSED), ("b", PASSED)
    assert told(wrong, wrong, *rest) == "Wrong for the notebook's own cases (2 of 4 cases fail)"
    assert told(wrong, right, *rest) == "Wrong for some of the notebook's own cases (1 of 4 cases fail)"
    of_kind = (wrong, right, ("N>1", FAILED), *rest)
    assert told(*of_kind, N=2) == "Wrong for N>1 (2 of 5 cases fail)", "the one that fails is of the kind that is named"
    assert told(*of_kind) == "Wrong for some of the notebook's own cases, N>1 (2 of 5 cases fail)"
    kind = [("N>1", PASSED), ("N>1", PASSED), ("N>1", FAILED)]
    assert told(*kind, *rest) == "Wrong for some cases with N>1 (1 of 5 cases fail)"
    large = ("large values", PASSED), ("a", FAILED), ("b", FAILED)  # of which a small mistake is too small to be seen
    assert told(*large) == "Wrong for most kinds of input (2 of 3 cases fail)"


def test_cases_that_were_not_run_are_not_said_to_be_wrong() -> None:
    item = CorrectnessItem(id="dx", kind="correctness", output="dx", points=12, credit="traits")
    hung, left = checks(("a", Verdict.TIMEOUT), ("b", Verdict.TIMEOUT))
    message = score_correctness(item, [hung, replace(left, tried=False)], OPERATOR).message or ""
    assert message.startswith("Runs out of time in the only case that was run. For example, ")
    assert message.endswith("The remaining 1 case was skipped, since the time was up.")


def test_a_kind_is_said_to_be_right_only_if_no_case_that_fails_has_it() -> None:
    ends = (("1x1 kernel", PASSED), ("a", FAILED), ("b", FAILED))
    assert told(*ends) == "Right only for a 1x1 kernel (2 of 3 cases fail)"
    assert told(*ends, HH=1, WW=1) == "Wrong for most kinds of input (2 of 3 cases fail)"
    two_right = (*ends, ("batch of one", PASSED), ("c", FAILED))
    assert told(*two_right, HH=1, WW=1, N=2) == "Wrong for most kinds of input (3 of 5 cases fail)"  # that is not all
    others = ("combined", PASSED), ("combined", FAILED)
    assert told(*ends, *others) == "Wrong for most kinds of input (3 of 5 cases fail)"  # nor is that all
    smaller = SimpleNamespace(sizes=SIZES, dtype="float64", kinds=())
    assert told(*ends, found=smaller) == "Wrong for most kinds of input (2 of 3 cases fail)"


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("kernel fills the input", "a kernel that fills the input"),
        ("stride does not divide", "a stride that does not divide"),
        ("non-contiguous input", "a non-contiguous input"),
        ("all negative", "inputs that are all negative"),
        ("notebook", "the notebook's own cases"),
        ("N>1", "N>1"),
    ],
)
def test_kind_is_called_so_that_the_sentence_can_be_read(kind: str, called: str) -> None:
    assert told((kind, PASSED), ("a", FAILED), ("b", FAILED), H=9) == f"Right only for {called} (2 of 3 cases fail)"
    assert told(("a", PASSED), (kind, FAILED), ("b", PASSED)) == f"Wrong for {called} (1 of 3 cases fail)"


@pytest.mark.parametrize(("pad_of_mixed", "words"), [(0, "Right only where pad is 1"), (1, "Right only for c or d")])
def test_a_size_is_said_to_be_right_only_if_no_case_that_fails_has_it(pad_of_mixed: int, words: str) -> None:
    each = checks(("c", PASSED), ("d", PASSED), ("pad>0", FAILED), ("pad=0", FAILED), ("combined", FAILED))
    pads = (1, 1, 2, 0, pad_of_mixed)
    each = [replace(c, case=replace(c.case, sizes={**SIZES, "pad": p})) for c, p in zip(each, pads, strict=True)]
    assert _told(each).startswith(words)


@pytest.mark.parametrize(("right", "words"), [(1, "Wrong for pad=2, pad=3 ("), (2, "Wrong for pad>0 (")])
def test_a_kind_is_told_by_its_values_where_others_of_it_are_right(right: int, words: str) -> None:
    each = checks(("c", PASSED), ("pad=0", PASSED), ("pad>0", FAILED), ("pad>0", FAILED))
    pads = (right, 0, 2, 3)
    each = [replace(c, case=replace(c.case, sizes={**SIZES, "pad": p})) for c, p in zip(each, pads, strict=True)]
    assert _told(each).startswith(words)


def test_item_without_credit_has_the_commonest_verdict() -> None:
    item = CorrectnessItem(id="dx", kind="correctness", output="dx", points=12)
    result = score_correctness(item, checks(("a", CRASHED), ("b", CRASHED), ("c", FAILED)), OPERATOR)
    assert result.verdict is CRASHED


@given(st.floats(1e-6, 1e3), st.floats(1e-4, 0.1), st.floats(0.2, 10))
def test_speed_share_is_linear_in_the_logarithm(ratio: float, zero_at: float, full_at: float) -> None:
    expected = np.interp(math.log(ratio), [math.log(zero_at), math.log(full_at)], [0, 1])
    assert speed_share(ratio, zero_at, full_at) == pytest.approx(expected, abs=1e-12)


def speed_item() -> SpeedItem:
    workload: Workload = {"x": (1, 1, 3, 3), "w": (1, 1, 1, 1), "stride": 1, "pad": 0}
    return SpeedItem(id="s", kind="speed", points=10, function="forward", workload=workload, full_at=1.0, zero_at=0.01)


def test_wide_interval_earns_no_more_than_a_tenth_above_its_middle() -> None:
    for high in (0.11, 0.9):
        speed = Speed(Interval(0.1, 0.001, high), 1.0, 0.05, 15, extrapolated=False, stable=False)
        assert score_speed(speed_item(), Timing("s", "forward", PASSED, speed)).points == 5.21


def test_speed_takes_the_favourable_end_of_the_interval() -> None:
    speed = Speed(Interval(0.095, 0.01, 0.1), 1.0, 0.05, 15, extrapolated=False, stable=True)
    result = score_speed(speed_item(), Timing("s", "forward", PASSED, speed))
    assert result.points == 5
    assert "Takes 10.5x as long" in (result.message or "")


def test_speed_without_a_right_result_earns_nothing() -> None:
    result = score_speed(speed_item(), Timing("s", "forward", FAILED, None, "on the timed workload: wrong"))
    assert (result.points, result.verdict) == (0, FAILED)
    assert score_speed(speed_item(), None).verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("observed", "points", "verdict"),
    [
        ({("forward", PASSED), ("backward", PASSED)}, 4, PASSED),
        ({("forward", PASSED), ("backward", FAILED)}, 2, Verdict.PARTIAL),
        ({("forward", PASSED), ("backward", Verdict.MISSING)}, 4, PASSED),
        ({("forward", FAILED), ("backward", Verdict.MISSING)}, 0, FAILED),
        ({("forward", Verdict.MISSING), ("backward", Verdict.MISSING)}, 0, Verdict.MISSING),
    ],
)
def test_contract_is_judged_on_the_functions_that_returned(
    observed: set[tuple[Any, Verdict]], points: float, verdict: Verdict
) -> None:
    item = ContractItem(id="c", kind="contract", points=4, checks=("deterministic",))
    observations = tuple(ContractObservation("deterministic", f, v, "broken") for f, v in observed)
    never = [Check("out", CASE, Verdict.MISSING), Check("dx", CASE, Verdict.MISSING)]
    result = score_contract(item, Verification(tuple(never), observations))
    assert (result.points, result.verdict) == (points, verdict)


# policy

FUNCTIONS = ["forward", "backward"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import torch\ndef forward(): return 1", []),
        ("import torch\ndef other(): return torch.x\ndef forward(): return 1", []),
        ("import torch\ndef forward(): return torch.x", [(1, "torch")]),
        ("import torch as t\ndef helper(): return t.x\ndef forward(): return helper()", [(1, "torch")]),
        ("def forward():\n    import scipy.signal as s\n    return s", [(2, "scipy.signal")]),
        ("def forward():\n    from numpy.lib import stride_tricks\n", []),
        ("from cs231n.fast_layers import conv_forward_fast\nforward = conv_forward_fast", [(1, "cs231n.fast_layers")]),
        ("from cs231n.fast_layers import *\ndef forward(x): return conv_forward_fast(x)", []),
        ("from ctypes import *\ndef forward(x): return CDLL(x)", [(1, "ctypes")]),
        ("from ctypes import *\ndef forward(x): return len(x)", []),
        ("import torch\ndef forward(x, x): return torch.x", []),
        ("import torch\ndef forward(x):\n    a = 1\n    global a\n    return torch.x", []),
        ("from cs231n.fast_layers import *\ndef forward(x): return [len(y) for y in x]", []),
        ("from .fast_layers import *\ndef forward(x): return conv_forward_fast(x)", []),
        (
            "try:\n    import numba\nexcept ImportError:\n    numba = None\ndef forward(): return numba.jit",
            [(2, "numba")],
        ),
        ("from past.builtins import xrange\ndef forward(): return xrange(3)", []),
        ("from cs231n.im2col import *\ndef forward(): return xrange(3)", []),
        ("if __name__ == '__main__':\n    import torch\n    x = torch.randn(2)\ndef forward(x): return x", []),
        ("import pylab as plt\nfor i in range(2): plt.subplot(i)\ndef forward(x):\n    for i in x: print(i)", []),
        ("import copy\ndef forward(x):\n    copy = x\n    return copy", []),
        ("import copy\ndef forward(x):\n    return [copy for copy in x]", []),
        ("import copy\ndef forward(x):\n    return [copy.copy(y) for y in x]", [(1, "copy")]),
        ("import copy\ndef forward(x):\n    def inner(): return copy\n    return inner", [(1, "copy")]),
        ("import os, numpy\ndef forward(): return numpy.zeros(3)", []),
        ("import numpyro\ndef forward(): return numpyro", [(1, "numpyro")]),
        ("class A:\n    def f(self):\n        import socket; socket.x\ndef backward(): return A()", [(3, "socket")]),
        ("class A:\n    def f(self):\n        import socket\ndef backward(): return A()", []),
        ("def forward():\n    import pdb  # pdb.set_trace()\n    return 1", []),
        ("def forward():\n    import scipy.signal\n    return 1", [(2, "scipy.signal")]),
        ("def forward():\n    global t\n    import torch as t\n    return 1", [(3, "torch")]),
        ("from cs231n.layers import forward, backward\ndef forward(): pass\ndef backward(): pass", []),
        ("from fast import forward\nquick = forward\ndef forward(): return quick", [(1, "fast")]),
        ("from fast import forward\nx = forward()\ndef forward(): return 1", []),
        ("from fast import forward\ndef f(): return forward\nx = f()\ndef forward(): return x", [(1, "fast")]),
        ("def forward(): return 1\nfrom fast import forward", [(2, "fast")]),
        ("def forward(): return 1\ntry:\n    from fast import forward\nexcept ImportError: pass", [(3, "fast")]),
        ("import torch\ndef forward(x: torch.Tensor) -> torch.Tensor: y: torch.Tensor = x; return y", []),
        (
            "try:\n    import plot\n    plot.ion()\n    D = 0\nexcept ImportError:\n    D = 1\ndef forward(): return D",
            [],
        ),
        ("import fast\nif fast.is_there:\n    D = 0\nelse:\n    D = 1\ndef forward(): return D", [(1, "fast")]),
        ("import fast\nfor D in fast.all: pass\ndef forward(): return D", [(1, "fast")]),
        ("import fast\nwith fast.f() as D: pass\ndef forward(): return D", [(1, "fast")]),
        ("import fast\nif (D := fast.x): pass\ndef forward(): return D", [(1, "fast")]),
        ("import fast\nmatch fast.x:\n    case D: pass\ndef forward(): return D", [(1, "fast")]),
        ("import torch\n@torch.compile\ndef forward(): return 1", [(1, "torch")]),
        ("import torch\ndef forward(x=torch): return 1", [(1, "torch")]),
        ("def forward(): return __import__('torch').x", [(1, "torch")]),
        ("def forward(): return __import__('math').pi + len(__import__('numpy.linalg').x)", []),
        ("def forward(): return __import__('to' + 'rch')", [(1, "__import__")]),
        ("get = __import__\ndef forward(): return get('torch')", [(1, "__import__")]),
        ("import math as b\nb = __builtins__.__import__\ndef forward(): return 1", []),
        ("from builtins import __import__ as get\ndef forward(): return get('torch')", [(1, "builtins"), (2, "torch")]),
        ("import importlib\ndef forward(): return importlib.import_module('math')", [(1, "importlib")]),
        ("import numpy as np\ndef forward(x): return np.ctypeslib.as_ctypes(x)", [(2, "numpy.ctypeslib")]),
        (
            "from numpy import ctypeslib as c\ndef forward(x): return c.ctypes",
            [(1, "numpy.ctypeslib"), (2, "numpy.ctypeslib")],
        ),
        ("import numpy.ctypeslib\ndef forward(x): return numpy.zeros(3)", [(1, "numpy.ctypeslib")]),
        ("from numpy import *\ndef forward(x): return ctypeslib.ctypes", [(2, "numpy.ctypeslib")]),
        (
            "import numpy as np\nlib = np\ndef forward(x, m=lib.core): return m._internal.ctypes",
            [
                (3, "numpy._core._internal.ctypes"),
            ],
        ),
        ("import numpy as np\ndef forward(x): return getattr(np, 'ctypeslib')", [(2, "numpy.ctypeslib")]),
        ("import numpy as np\ndef forward(x): return np.\uff43typeslib", [(2, "numpy.ctypeslib")]),
        ("import numpy as np\ndef forward(x): return np.lib.format.os.system", [(2, "numpy.lib.format.os")]),
        ("import numpy as np\ndef forward(x): return x.ctypes.data, np.random, x.os", []),
    ],
)
def test_policy_judges_what_the_functions_reach(code: str, found: list[tuple[int, str]]) -> None:
    assert [(v.line, v.module) for v in violations(code, FUNCTIONS, ["numpy", "math"])] == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import numpy as np\ndef conv_forward_naive(x): return np.einsum('i', x)", [2]),
        ("import numpy\ndef conv_forward_naive(x): f = numpy.einsum; return f('i', x)", [2]),
        ("from numpy import einsum as e\ndef conv_forward_naive(x): return e('i', x)", [2]),
        ("def conv_forward_naive(x):\n    from numpy import einsum\n    return einsum('i', x)", [3]),
        ("import numpy as np\ndef help(x): return np.einsum('i', x)\ndef conv_forward_naive(x): return help(x)", [2]),
        ("import numpy as np\ndef other(x): return np.einsum('i', x)\ndef conv_forward_naive(x): return x", []),
        ("import numpy as np\ndef conv_forward_naive(x): return np.einsum_path('i', x), x.einsum", []),
        ("def conv_forward_naive(x): return eval('x')", [1]),
        ("import builtins as b\ndef conv_forward_naive(x): return b.eval('x')", [2]),
        ("from numpy import *\ndef conv_forward_naive(x): return einsum('i', x)", [2]),
        ("from numpy import *\ndef einsum(*a): pass\ndef conv_forward_naive(x): return einsum('i', x)", []),
        ("from numpy import *\ndef conv_forward_naive(einsum): return einsum('i')", []),
        ("import numpy as np\nnp2 = np\nnp3 = np2\ndef conv_forward_naive(x): return np3.einsum('i', x)", [4]),
        ("import numpy as np\nf = np.einsum\ndef conv_forward_naive(x): return f('i', x)", [2, 3]),
        ("import numpy as np\na, (b, c) = 1, (2, np)\ndef conv_forward_naive(x): return c.einsum('i', x)", [3]),
        ("import numpy as np\ndef conv_forward_naive(x, m=np, *, n=1): return m.einsum('i', x)", [2]),
        ("import numpy as np\ndef conv_forward_naive(x, *, n=np): return n.einsum('i', x)", [2]),
        ("import numpy as np\ndef conv_forward_naive(x): return (m := np).zeros(3) + m.einsum('i', x)", [2]),
        ("import numpy as np\ndef conv_forward_naive(x): return np._core.einsumfunc.einsum('i', x)", [2]),
        ("import numpy as np\ndef conv_forward_naive(x): return np.core.einsumfunc.einsum('i', x)", [2]),
        ("from numpy._core import einsumfunc as e\ndef conv_forward_naive(x): return e.einsum('i', x)", [2]),
        ("import numpy as np\ndef conv_forward_naive(x): return np.lib.scimath.nx.einsum('i', x)", [2]),
        ("import numpy as np\ndef conv_forward_naive(x): return getattr(np, 'einsum')('i', x)", [2]),
        ("import numpy as np\ndef conv_forward_naive(x): return np.linalg.einsum('i', x)", []),
        ("import numpy as np\na = np\na = a.a\ndef conv_forward_naive(x): return a.b", []),
    ],
)
def test_policy_finds_uses_of_what_is_forbidden(code: str, found: list[int]) -> None:
    uses = violations(code, ["conv_forward_naive"], ["numpy", "builtins"], all_paths(["numpy.einsum", "eval"]))
    assert [v.line for v in uses if v.is_use] == found
    assert all(v.is_use for v in uses)
