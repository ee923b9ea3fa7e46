"""What is counted agrees with what is shown, what is quoted is the student's, and every line fits where it is read."""

import os
import re
import sys
import termios
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader import messages
from grader.cases.draw import draw_cases
from grader.cases.problems import pose_fairly
from grader.command_line.main import main
from grader.feedback.symptoms import facts
from grader.judging.judged import Wrong
from grader.judging.kinds import where
from grader.messages.calls import crash
from grader.records import (
    Array,
    CallOutcome,
    Case,
    Check,
    Content,
    Function,
    Interval,
    ItemResult,
    Lateness,
    Origin,
    Override,
    ReportVerdict,
    Returned,
    Speed,
    StudentError,
    Verdict,
    Who,
)
from grader.records.feedback import Explanation
from grader.records.words import Kind
from grader.reports import leaderboard, leaderboard_page
from grader.reports.base import losses_title, marks
from grader.reports.forms import html, markdown, terminal
from grader.reports.index import ClassIndex
from grader.reports.summary import ClassSummary
from grader.rubric.model import Rubric
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.answers import SkippedStatement
from grader.source_code.text import parse
from reference import max_pool2d
from reference.conv2d import OPERATOR
from reference.conv2d.bugs import BUGS
from tests.cli import ROOT, grade
from tests.html_reports import DX, FORWARD, OVERWRITTEN, lost, passed, report
from tests.rubrics import one_operator
from tests.test_leaderboard import board, graded

CASE = {
    "shapes": {"x": [1, 1, 1, 1], "w": [1, 1, 1, 1], "b": [1]}, "conv_param": {"stride": 2, "pad": 1},
    "dtype": "float64", "special": [], "snippet": "conv_forward_naive(x)", "message": "out[0] is 0, expected 1",
}  # fmt: skip


def page_of(index: ClassIndex) -> str:
    with index:
        return "".join(index.pieces())


def flat(text: str) -> str:
    return " ".join(text.split())


def cases() -> list[Case]:
    rubric = load_rubric(DEFAULT_RUBRIC)
    assert isinstance(rubric, Rubric)
    asked = rubric.cases
    return [*draw_cases(OPERATOR, asked.ranges, asked.count, asked.dtypes, ragged=False, seed=rubric.seed)]


@pytest.mark.parametrize(
    ("verdict", "fails", "told"),
    [
        (Verdict.FAILED, lambda case: case.sizes["stride"] > 1, "wrong in every case with stride>1, and in no other ("),
        (
            Verdict.CRASHED,
            lambda case: case.sizes["stride"] > 1,
            "crashes in every case with stride>1, and in no other",
        ),
        (Verdict.FAILED, lambda case: case.sizes["stride"] == 3, "wrong in every case with stride=3, and in no other"),
        (Verdict.FAILED, lambda case: case.sizes["pad"] == 2, "wrong in every case with pad=2, and in no other ("),
        (Verdict.FAILED, lambda case: case.sizes["pad"] == 0, "wrong for pad=0, alone and combined ("),
        (
            Verdict.FAILED,
            lambda case: case.sizes["pad"] == 0 or (len(case.kinds) == 1 and case.judges == ("combined",)),
            "wrong for pad=0, alone and combined, and in 2 other cases (",
        ),
        (Verdict.FAILED, lambda case: case.dtype == "float64", "right only for float32 ("),
        (
            Verdict.OUTPUT_LIMIT,
            lambda case: "notebook" in case.judges or case.sizes["N"] > 2,
            "prints too much for the notebook's own cases, N>1, alone and combined (",
        ),
        (Verdict.MEMORY, lambda case: True, "needs too much memory in every case"),
    ],
)
def test_kinds_that_fail_are_told_once(verdict: Verdict, fails: Callable[[Case], bool], told: str) -> None:
    tried = [Check("out", case, verdict if fails(case) else Verdict.PASSED) for case in cases()]
    failed = [check for check in tried if check.verdict is not Verdict.PASSED]
    assert where(tried, failed, OPERATOR).startswith(told)


def test_crashes_among_wrong_results_are_counted_where_every_case_fails() -> None:
    some = [Check("out", case, Verdict.CRASHED if i < 3 else Verdict.FAILED) for i, case in enumerate(cases())]
    assert where(some, some, OPERATOR) == f"wrong in every case (3 of {len(some)} with a crash)"


def test_no_case_is_another_of_which_the_name_of_a_kind_is_true() -> None:
    """Windows that overlap and are not square are not judged as `pool_height!=pool_width`, and yet they are so."""
    asked = one_operator(ROOT / "rubrics" / "cs231n-max-pool.yaml").cases
    drawn = draw_cases(max_pool2d.OPERATOR, asked.ranges, asked.count, asked.dtypes, ragged=False, seed=231)
    ends = [(case, case.sizes["pool_height"] != case.sizes["pool_width"]) for case in drawn]
    tried = [Check("out", case, Verdict.FAILED if fails else Verdict.PASSED) for case, fails in ends]
    failed = [check for check in tried if check.verdict is Verdict.FAILED]
    said = "wrong for pool_height!=pool_width, alone and combined ("
    assert where(tried, failed, max_pool2d.OPERATOR).startswith(said)


def test_syntax_error_of_a_graded_function_is_told_by_its_item_alone() -> None:
    names = ("conv_forward_naive", "conv_backward_naive")
    broken, right = "def {}(x)\n    return x\n\n\n", "def {}(x):\n    return x\n\n\n"
    for code, told in (
        (right.format(names[0]) + broken.format(names[1]), 0),
        (right.format(names[0]) + right.format(names[1]) + broken.format("helper"), 1),
        (right.format(names[0]) + broken.format(names[1]) + right.format(names[1]), 1),
    ):
        notes = parse(Content("a.py", code.encode()), names).notes
        assert sum("were left out" in note for note in notes) == told


def test_ratio_and_its_interval_have_the_same_decimals_everywhere() -> None:
    speed = Speed(Interval(0.1, 0.096, 0.11), 0.016, 0.0016, 15, extrapolated=False, stable=True)
    seen = report((), speed={"forward": speed})
    assert "0.100 0.096 to 0.110 16.0 ms 1.60 ms" in flat(terminal.render(seen))
    page = html.render(seen)
    assert ">0.100<" in page
    assert ">0.096 to 0.110<" in page
    assert ">1.60 ms<" in page
    assert "0.100 | 0.096 to 0.110 |" in flat(markdown.render(seen))
    shown = board([graded("ann", ratios=(), speed={"forward": speed, "backward": speed})])
    assert "0.100 0.096 to 0.110 0.100 0.100" in flat(leaderboard.terminal(shown))
    assert "0.100, 95 % interval 0.096 to 0.110" in leaderboard_page.render(shown)


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("a.py:3: ValueError", "stride 2, pad 1, float64 (smaller than the example above; -v shows it as code). There: "
         "out[0] is 0, expected 1."),
        ("out[0] is 0, expected 1", "stride 2, pad 1, float64 (-v shows it as code)."),
    ],
)  # fmt: skip
def test_smallest_case_that_fails_otherwise_than_the_example_is_told_apart(example: str, told: str) -> None:
    item = lost("out", 0, None, message=f"Wrong for pad=0. For example, {example}.", counterexample=CASE)
    assert flat(terminal.render(report((item,)))).endswith(
        f"Smallest failing case found: x (1, 1, 1, 1), w (1, 1, 1, 1), b (1,), {told}"
    )
    assert "as code below)." in flat(terminal.render(report((item,)), verbosity=1))


def test_heading_of_many_items_fits_a_terminal() -> None:
    items = [replace(lost("dx", 0, None, hint=None), title=f"batchnorm-running-{i}") for i in range(7)]
    lines = terminal.render(report(tuple(items))).splitlines()
    assert "batchnorm-running-6 (-20)" in lines[-2]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("    assert (W + 2 * p - HH) % s == 0", "`assert (W + 2 * p - HH) % s == 0`"),
        ("    assert (", "`assert`"),
        ("    assert p, '`'", "`assert`"),
        ("    check(x)", "`assert`"),
    ],
)
def test_assert_of_the_student_is_quoted_where_its_line_is_all_of_it(line: str, quoted: str) -> None:
    outcome = CallOutcome("forward", Verdict.CRASHED, error=StudentError("AssertionError", "", line=2))
    _, hint = messages.call_ended(
        "conv_forward_naive", outcome, Origin("ivan.py"), (), "10 s", OPERATOR.signature, f"def f():\n{line}\n"
    )
    assert hint == (
        f"{quoted} fails on a valid input: is what it looks at wrong, or does it ask for more than the assignment does?"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("TypeError", "unsupported operand type(s) for //: 'int' and 'dict'"),
        ("TypeError", "'dict' object cannot be interpreted as an integer"),
        ("AttributeError", "'dict' object has no attribute 'stride'"),
    ],
)
def test_where_a_dict_was_taken_for_a_number_it_is_said_which_argument_is_one(error: str, text: str) -> None:
    outcome = CallOutcome("forward", Verdict.CRASHED, error=StudentError(error, text, line=2))
    _, hint = messages.call_ended("f", outcome, Origin("kim.py"), (), "10 s", OPERATOR.signature)
    asked = "Is that dict `conv_param`? It comes as one argument, a dict with the keys `stride` and `pad`."
    assert hint == asked


def test_an_error_that_no_percentage_can_tell_is_told_beside_the_largest_number() -> None:
    said = [messages.wrong_value("dx", (0,), 3.0, 1.0, e, 2.0)[0] for e in (9.99, 18753.2, 2.5e9, 1e-4, 3.1e-8)]
    assert [text.partition("(")[2] for text in said] == [
        "off by 999 % of the largest number expected)",
        "the largest number expected is 2)",
        "the largest number expected is 2)",
        "off by 0.01 % of the largest number expected)",
        "a difference of 6.2e-08, where the largest number expected is 2)",
    ]


@pytest.mark.parametrize(
    ("error", "text", "told"),
    [
        ("AttributeError", "'numpy.ndarray' object has no attribute 'itemset'", "`array.flat[index] = value`"),
        ("AttributeError", "'numpy.ndarray' object has no attribute 'ot'", "Is it misspelt"),
        ("TypeError", "reshape() got an unexpected keyword argument 'newshape'", "`np.reshape(array, shape)`"),
        ("TypeError", "only integer scalar arrays can be converted to a scalar index", "array stands at ivan.py:1"),
        ("ValueError", "index can't contain negative values", "padding at ivan.py:1 is negative"),
        ("ValueError", "negative dimensions are not allowed", "array at ivan.py:1 is negative"),
        ("ValueError", "cannot reshape array of size 225 into shape (25,3,3,3)", "right for one example only"),
        ("ValueError", "setting an array element with a sequence. The requested array has an inhomogeneous shape after "
         "1 dimensions.", "A window that runs past the edge"),
        ("ValueError", "all input arrays must have the same shape", "no array together at ivan.py:1"),
        ("ValueError", "not enough values to unpack (expected 4, got 2)", "or the shape of an array with other axes"),
        ("ValueError", "setting an array element with a sequence.", "Which axis has not been summed"),
        ("TypeError", "zeros() takes from 1 to 3 positional arguments but 4 were given", "`np.zeros((N, C))`"),
        ("TypeError", "unravel_index() got an unexpected keyword argument 'dims'", "it `shape` now"),
        ("TypeError", "Cannot interpret '3' as a data type", "`np.zeros((N, C))`"),
        ("TypeError", "'NoneType' object does not support item assignment", "stored into at ivan.py:1 is None"),
        ("TypeError", "'tuple' object does not support item assignment", "stored into at ivan.py:1 is a tuple"),
        ("TypeError", "'int' object is not subscriptable", "A number is indexed at ivan.py:1"),
        ("ValueError", "object too deep for desired array", "takes arrays with one axis"),
        ("ValueError", "need at least one array to stack", "What is joined at ivan.py:1 is empty"),
        ("ValueError", "mode 'zero' is not supported", "`mode='constant'`"),
        ("IndexError", "list index out of range", "Has it been filled that far?"),
        ("ValueError", "operands could not be broadcast together with remapped shapes [original->remapped]: (4,)  and "
         "requested shape (4,2)", "a pair for each axis"),
        ("RecursionError", "maximum recursion depth exceeded", "or too often for Python"),
        ("ZeroDivisionError", "division by zero", "The stride of a case never is"),
        ("IndexError", "index 5 is out of bounds for axis 2 with size 5", "Is it meant for that axis?"),
        ("ValueError", "shape mismatch: objects cannot be broadcast to a single shape.", "fit met at ivan.py:1"),
        ("ValueError", "non-broadcastable output operand with shape (1,1,3) doesn't match the broadcast shape (1,3,3)",
         "fit met at ivan.py:1"),
        ("ValueError", "attempt to get argmax of an empty sequence", "bound the loops"),
        ("IndexError", "arrays used as indices must be of integer (or boolean) type", "sizes and indices need `//`"),
        ("ValueError", "zero-size array to reduction operation maximum which has no identity", "bound the loops"),
        ("ValueError", "Size of label 'c' for operand 1 (3) does not match previous terms (4).", "axes of different"),
        ("ValueError", "array is not broadcastable to correct shape", "fit met at ivan.py:1"),
        ("ValueError", "operands could not be broadcast together with remapped shapes [original->remapped]: (4,2)  and "
         "requested shape (0,2)", "padded at ivan.py:1 has no axes"),
        ("ValueError", "operands could not be broadcast together with remapped shapes [original->remapped]: (0,)  and "
         "requested shape (3,2)", "A list that `np.pad` gets at ivan.py:1"),
        ("ValueError", "operands could not be broadcast together with remapped shapes [original->remapped]: (4,2)  and "
         "requested shape (3,2)", "another number of axes than there are pairs"),
        ("EOFError", "EOF when reading a line", "Nobody types anything while grading"),
        ("TypeError", "f() takes 2 positional arguments but 3 were given", "called at ivan.py:1 takes other arguments"),
        ("TypeError", "f() missing 1 required positional argument: 'cache'", "ivan.py:1 takes other arguments"),
        ("TypeError", "fill() takes exactly 1 argument (2 given)", "ivan.py:1 takes other arguments"),
        ("AssertionError", "Torch not compiled with CUDA enabled", "There is no GPU while grading"),
        ("RuntimeError", "No CUDA GPUs are available", "leave out `.cuda()`"),
    ],
)  # fmt: skip
def test_what_numpy_says_is_told_with_what_to_do(error: str, text: str, told: str) -> None:
    outcome = CallOutcome("forward", Verdict.CRASHED, error=StudentError(error, text, line=1))
    _, hint = messages.call_ended("f", outcome, Origin("ivan.py"), (), "10 s", OPERATOR.signature)
    assert told in (hint or "")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda x: np.transpose(x, (2, 3, 4)), "`transpose` at ivan.py:1 takes the number of each axis once"),
        (lambda x: np.transpose(x, (2, 3, 3, 2)), "`transpose` at ivan.py:1 takes the number of each axis once"),
        (lambda x: np.transpose(x, x.shape), "a size that stands where the number of an axis belongs?"),
        (lambda x: x.sum(axis=4), "has no axis of that number"),
        (lambda x: x.sum(axis=(1, 2, 3))[0, 0], "The index at ivan.py:1 has more parts than the array has axes"),
        (lambda x: x[:, :, np.arange(2), np.arange(3)], "as `rows[:, None]` has"),
        (lambda x: np.einsum("nchw,fc->nf", x, x), "one letter for each axis of its array"),
        (lambda x: np.einsum("nchwk->n", x), "one letter for each axis of its array"),
        (lambda x: np.einsum("nchw->nf", x), "A letter behind the `->`"),
        (lambda x: np.einsum("nchw->n", x, x), "one array for each term"),
        (lambda x: np.einsum("nchw,nchw->n", x), "one array for each term"),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, (9, 9), axis=(2, 3)), "Is that the padded image"),
        (lambda x: np.hstack([x, x[:, :, :2]]), "which is not as the others?"),
        (lambda x: x.reshape(-1, -1), "Only one size of a new shape"),
    ],
)
def test_what_numpy_raises_here_is_told_with_what_to_do(wrong: Callable[[Array], Any], told: str) -> None:
    with pytest.raises((ValueError, IndexError)) as raised:
        wrong(np.zeros((2, 3, 4, 5)))
    error = StudentError(type(raised.value).__name__, str(raised.value), line=1)
    outcome = CallOutcome("forward", Verdict.CRASHED, error=error)
    _, hint = messages.call_ended("f", outcome, Origin("ivan.py"), (), "10 s", OPERATOR.signature)
    assert told in (hint or "")


@pytest.mark.parametrize(("function", "told"), [("backward", True), ("forward", False)])
def test_argument_that_backward_does_not_take_out_of_the_cache_is_told(function: Function, told: bool) -> None:
    error = StudentError("NameError", "name 'conv_param' is not defined", line=1)
    outcome = CallOutcome(function, Verdict.CRASHED, error=error)
    _, hint = messages.call_ended("f", outcome, Origin("ivan.py"), (), "10 s", OPERATOR.signature)
    assert ("take it out of the cache first" in (hint or "")) == told


@pytest.mark.parametrize(
    ("lines", "error", "told"),
    [
        (["    (m, n_H, n_W) = None", "    return Z, cache"], "TypeError: cannot unpack non-iterable NoneType object",
         "A `None` of the starter code still stands there"),
        (["    for i in range(None):   # loop"], "TypeError: 'NoneType' object cannot be interpreted as an integer",
         "A `None` of the starter code still stands there"),
        (["    s = x.sum(axis=None) + y"], "TypeError: unsupported operand type(s) for +: 'float' and 'NoneType'",
         "Something that is used at ivan.py:2 is None"),
        (["    assert dx.shape == x.shape", "", "    return (dx, dw, db)"], "NameError: name 'dx' is not defined",
         "`dx` is to be returned, and no line sets it: is it not written yet"),
        (["    return [f(i) for i in xrange(3)]"], "NameError: name 'xrange' is not defined", "it is `range`"),
        (["    n = reduce(f, x)"], "NameError: name 'reduce' is not defined", "in Python 3 it is in `functools`"),
        (["    n = long(3)"], "NameError: name 'long' is not defined", "This name is Python 2"),
        (["    for k, v in conv_param.iteritems():"], "AttributeError: 'dict' object has no attribute 'iteritems'",
         "This is Python 2; in Python 3 it is `items`"),
        (["    out = np.sum(a, axis(1, 2, 3))"], "NameError: name 'axis' is not defined", "Is `axis=(...)` meant?"),
        (["    out[:, f, i, j] = products + self.b"],
         "ValueError: could not broadcast input array from shape (2,) into shape (1,)", "was `self.b[...]` meant?"),
        (["    s = conv_param[0]"], "KeyError: 0", "`conv_param` has the keys `stride` and `pad`."),
        (["    xp = np.pad(x, p)"], "TypeError: `pad_width` must be of integral type.", "at ivan.py:2 is no integer"),
        (["    x, w, b, conv_param = cache"], "TypeError: cannot unpack non-iterable NoneType object",
         "What is taken apart at ivan.py:2 is None. Is it a cache that forward never made"),
        (["    y = NotImplemented.shape"], "AttributeError: 'NotImplementedType' object has no attribute 'shape'",
         "is not written yet"),
    ],
)  # fmt: skip
def test_code_that_is_not_written_yet_is_told_from_code_that_is_wrong(lines: list[str], error: str, told: str) -> None:
    kind, _, text = error.partition(": ")
    outcome = CallOutcome("forward", Verdict.CRASHED, error=StudentError(kind, text, line=2))
    code = "\n".join(["def f(x):", *lines, ""])
    _, hint = messages.call_ended("f", outcome, Origin("ivan.py"), (), "10 s", OPERATOR.signature, code)
    assert told in (hint or "")
    assert bool(hint) is bool(told)


def test_three_keys_are_joined_as_words_are() -> None:
    outcome = CallOutcome("forward", Verdict.CRASHED, error=StudentError("KeyError", "'HH'", line=1))
    _, hint = messages.call_ended(
        "f", outcome, Origin("a.py"), (), "10 s", max_pool2d.OPERATOR.signature, "x = pool_param['HH']"
    )
    assert hint == "`pool_param` has the keys `pool_height`, `pool_width` and `stride`."


def test_hint_of_results_that_are_whole_numbers_says_what_makes_an_array_of_integers() -> None:
    (hint,) = (bug.hint for bug in BUGS if bug.id == "out-integer")
    assert "`dtype=int`" in hint


def test_returned_name_that_nothing_sets_may_be_a_slip_of_another_of_the_same_function() -> None:
    error = StudentError("NameError", "name 'dW' is not defined", line=5)
    outcome = CallOutcome("backward", Verdict.CRASHED, error=error)
    code = "def g(DW):\n    return DW\ndef f(x):\n    {} = np.zeros_like(x)  # d_w\n    return dx, dW, db\n"
    told = (messages.call_ended("f", outcome, Origin("s.py"), (), "10 s", OPERATOR.signature, text)[1] or ""
            for text in (code.format("dw"), code.format("db")))  # fmt: skip
    assert [hint.partition(": ")[2] for hint in told] == [
        "is `dw` meant?", "is it not written yet, or only as a comment?",
    ]  # fmt: skip


def test_returned_gradient_that_nothing_sets_is_no_slip_of_what_it_is_the_gradient_of() -> None:
    code = """def conv_backward(dZ, cache):
    '''Gives dA_prev, the gradient with respect to A_prev, and dW; d_A_prev is no name # of anything.'''
    {}
    assert dA_prev.shape == (1, 1, 1, 1)
    return dA_prev, dW, db
"""
    error = StudentError("NameError", "name 'dA_prev' is not defined", line=4)
    outcome = CallOutcome("backward", Verdict.CRASHED, error=error)
    for body, told in (
        ("# YOUR CODE HERE", "is it not written yet, or only as a comment?"),
        ("A_prev = cache[0]", "is it not written yet, or only as a comment?"),
        ("dAprev = 0 * cache[0]", "is `dAprev` meant?"),
    ):
        text = code.format(body)
        _, hint = messages.call_ended("f", outcome, Origin("s.py"), (), "10 s", OPERATOR.signature, text)
        assert hint == f"`dA_prev` is to be returned, and no line sets it: {told}"


def test_a_name_whose_import_failed_is_told_with_what_to_write_in_its_place() -> None:
    missing = StudentError("ModuleNotFoundError", "No module named 'past'")
    error = StudentError("NameError", "name 'xrange' is not defined", line=9)
    outcome = CallOutcome("forward", Verdict.CRASHED, error=error)
    skipped = (SkippedStatement(2, ("xrange",), missing),)
    _, hint = messages.call_ended("f", outcome, Origin("ivan.py"), skipped, "10 s", OPERATOR.signature)
    assert re.fullmatch(
        r"`xrange` comes from ivan.py:2, which failed: .* 'past'\. Only NumPy.*\. .*; .* it is `range`\.", hint or ""
    )


def test_division_of_python_2_is_told_with_what_else_of_it_the_file_uses() -> None:
    error = StudentError("TypeError", "'float' object cannot be interpreted as an integer", line=2)
    outcome = CallOutcome("forward", Verdict.CRASHED, error=error)
    division = "In Python 3 `/` always gives a float; sizes and indices need `//`."
    for line, told in (
        ("for i in xrange(3): pass", f"{division} `xrange`, which the file uses, too, is `range` there."),
        ("# for i in xrange(3): pass", division),
        ("xrange = range\n    for i in xrange(3): pass", division),
    ):
        code = f"def f():\n    np.zeros(4 / 2)\n    {line}\n"
        _, hint = messages.call_ended("f", outcome, Origin("s.py"), (), "10 s", OPERATOR.signature, code)
        assert hint == told


def test_a_name_whose_line_failed_is_told_with_what_to_write_there() -> None:
    gone = StudentError("AttributeError", "module 'numpy' has no attribute 'float'.\n`np.float` was an alias")
    outcome = CallOutcome(
        "forward", Verdict.CRASHED, error=StudentError("NameError", "name 'T' is not defined", line=9)
    )
    told = outcome, Origin("ivan.py"), (SkippedStatement(2, ("T",), gone),), "10 s", OPERATOR.signature
    _, hint = messages.call_ended("f", *told)
    assert hint == (
        "`T` comes from ivan.py:2, which failed: AttributeError: module 'numpy' has no attribute 'float'. NumPy "
        "removed these aliases; write Python's own `int`, `float` or `bool`."
    )


def test_a_stub_that_returns_not_implemented_is_told_as_one() -> None:
    returned = Returned(None, Kind.OTHER, what=f"a {type(NotImplemented).__name__}")
    assert messages.wrong_kind("Z", returned, 4) == ("the function returns NotImplemented (not implemented yet)", None)


def test_assert_that_never_holds_is_taken_for_what_is_not_written_yet() -> None:
    for line in ('assert False, "TODO"', "assert(0)"):
        outcome = CallOutcome("forward", Verdict.CRASHED, error=StudentError("AssertionError", "", line=1))
        _, hint = messages.call_ended("f", outcome, Origin("ivan.py"), (), "10 s", OPERATOR.signature, line)
        assert hint == "This `assert` never holds: is what comes after it still to be written?"


def test_board_tells_the_instructor_who_is_not_ranked_and_why_and_the_class_how_many() -> None:
    wrong = ItemResult("dx", "dx", "correctness", 10.0, 20.0, Verdict.PARTIAL)
    people = [graded("best"), *(graded(f"<b>{i:02}", items=(wrong,)) for i in range(22)), graded("half", ratios=(1.0,))]
    shown = board(people)
    said = flat(leaderboard.terminal(shown))
    assert "Not ranked: 22 not right everywhere (<b>00; <b>01;" in said
    assert "<b>19 and 2 more). Not ranked: 1 not timed (half)." in said
    assert '"not timed": ["half"]' in leaderboard.json(shown)
    for_the_class = leaderboard_page.render(shown) + leaderboard.markdown(shown) + leaderboard.csv(shown)
    assert "22 not right everywhere, 1 not timed" in for_the_class
    assert "half" not in for_the_class
    hidden = board(people, "anonymous")
    assert "Not ranked: 22 not right everywhere. Not ranked: 1 not timed." in flat(leaderboard.terminal(hidden))
    assert "half" not in leaderboard_page.render(hidden) + leaderboard.json(hidden)
    assert "half" not in leaderboard.json(board(people, "pseudonymous"))


def test_count_of_full_marks_agrees_with_the_table_and_a_bonus_hides_no_lost_point() -> None:
    bonus = [replace(passed(f"speed {i}", 5.0, "speed"), bonus=True) for i in range(2)]
    untimed = [replace(item, points=None, verdict=Verdict.SKIPPED) for item in bonus]
    half = replace(bonus[0], points=2.0, verdict=Verdict.PARTIAL)
    right, wrong = passed("out", 35.0), lost("dx", 18.0, None)
    rows = {
        "Full marks for 1 of 2 items, and for 1 of 2 bonus items.": (right, wrong, half, bonus[1]),
        "Full marks for 1 of 2 items; 2 not judged.": (right, wrong, *untimed),
        "Everything is right.": (right, half, bonus[1]),
    }
    for outcome, items in rows.items():
        assert f"<p>{outcome}</p>" in html.render(report(items))
    noted = replace(report((right,)), cache_note="In 49 cases conv_backward_naive is right on the cache (x, w, b).")
    assert "<p>Full marks, but not everything is right: see the note.</p>" in html.render(noted)
    shown = report((right, wrong, half, bonus[1]), score=60.0, max_score=55.0)
    assert marks(shown) == "60 / 55 (7 bonus, 2 lost)"
    assert marks(report((right, *bonus), score=45.0, max_score=35.0)) == "45 / 35 (10 bonus)"
    late = replace(shown, late=Lateness(3600.0, 1, 10.0, 6.5), score=53.5)
    assert marks(late) == "53.5 / 55 (7 bonus, 2 lost, less 6.5 for lateness)"


def test_page_tells_once_that_nothing_was_handed_in_and_which_case_is_the_smallest() -> None:
    told: dict[str, Any] = {"message": "nothing was handed in", "verdict": ReportVerdict.MISSING, "listings": ()}
    page = html.render(report((), audience="student", **told))
    assert page.lower().count("nothing was handed in") == 1
    assert "tell your instructor" in page
    for message, heading in ((FORWARD.message, "found, smaller than the example above<"), (None, "found<")):
        assert FORWARD.explanation is not None
        assert FORWARD.explanation.example is not None
        item = replace(FORWARD, message=message or f"For example, {FORWARD.explanation.example.problem}.")
        assert f"<h4>The smallest failing case {heading}" in html.render(report((item,)))


def test_nobody_whose_whole_mark_a_person_gave_is_told_to_hand_in_again() -> None:
    refused = report((), verdict=ReportVerdict.REJECTED, message="a.py: is empty", score=0.0)
    given = Override(None, 100.0, "shown in class", "me", "2026-02-05T00:00:00Z", 100.0, 0.0)
    for form in (terminal, markdown, html):
        assert "hand in the new file" in flat(form.render(refused))
        assert "hand in the new file" not in flat(form.render(replace(refused, score=100.0, overrides=(given,))))


def test_instructor_is_pointed_to_whoever_lost_marks_to_the_policy() -> None:
    index = ClassIndex("class")
    for item in (FORWARD, replace(FORWARD, verdict=Verdict.POLICY, points=0.0)):
        index.add(report((item,)), "page.html")
    assert page_of(index).count("Ada Lovelace</a>: it uses what the rubric does not allow</li>") == 1


@pytest.mark.parametrize(("twins", "told"), [("abc", "a; b; c"), ("abcde", "a; b; c and 2 more")])
def test_instructor_is_told_how_many_more_have_the_same_functions(twins: str, told: str) -> None:
    index = ClassIndex("class")
    index.add(report((FORWARD,)), "page.html", twins=list(twins))
    assert f": the same functions as {told}</li>" in page_of(index)


def test_instructor_sees_why_functions_are_missing_and_whose_timing_is_uncertain_apart() -> None:
    index = ClassIndex("class")
    said = "conv_backward_naive could not be read: a.py:3: SyntaxError: expected ':'"
    broken = [lost(output, 0, None, verdict=Verdict.MISSING, message=said) for output in ("dx", "dw")]
    doubtful = Speed(Interval(1, 1, 1), 1.0, 1.0, 9, extrapolated=False, stable=False)
    who = Who("7", "Ann", "a.py")
    index.add(report(tuple(broken), who=who, speed_by_item={"speed": doubtful}), "7.html")
    page = flat(page_of(index))
    assert "dx, dw: a.py:3: SyntaxError: expected &#39;:&#39;<" in page
    assert "1 timed less certainly than usual" in page
    assert f"Ann</a>: {said.replace(chr(39), '&#39;')}</li>" in page


def test_who_handed_in_nothing_is_not_counted_by_item() -> None:
    counted = []
    for verdict in (ReportVerdict.GRADED, ReportVerdict.MISSING):
        index = ClassIndex("class")
        index.add(replace(report((FORWARD,)), verdict=verdict), "page.html")
        counted.append("By item" in page_of(index))
    assert counted == [True, False]


@pytest.mark.parametrize(("people", "signs"), [(3, 3), (40, 40), (400, 40)])
def test_bar_of_the_histogram_is_as_long_as_there_are_marks_until_it_is_full(people: int, signs: int) -> None:
    whole = ClassSummary({})
    for i in range(people):
        whole.add(graded(f"s{i}", 75.0))
    whole.add(graded("last", 0.0))
    rows = [line.split() for line in whole.render().splitlines()]
    assert ["70", "to", "79", "%", str(people), "#" * signs] in rows
    assert ["0", "to", "9", "%", "1", "#"] in rows


def test_code_in_a_sentence_is_code_in_markdown_and_nothing_of_a_student_works_in_it() -> None:
    hint = "`a[p:-p]` takes *nothing* when `p` is 0."
    text = markdown.render(report((lost("out", 0, None, hint=hint, message="x.py:1: KeyError: `<b>` | `` @all"),)))
    assert "Hint: `a[p:-p]` takes \\*nothing\\* when `p` is 0.\n" in text
    assert "KeyError: \\`\\<b\\>\\` \\| \\`\\` @\u200ball\n" in text


def test_list_that_is_cut_says_how_much_more_there_is() -> None:
    kinds = {f"kind {i:02}": {"passed": 0, "total": 1} for i in range(15)}
    whole, index = ClassSummary({}), ClassIndex("class")
    for each in (report((replace(FORWARD, traits=kinds),)), report((DX,))):  # DX fails at 4 kinds of its own
        whole.add(each)
        index.add(each, "page.html")
    assert "and 11 more" in whole.render()
    named = ClassSummary({})
    named.add(
        report((replace(FORWARD, traits={kind: {"passed": 0, "total": 1} for kind in ("notebook", "combined")}),))
    )
    assert "the notebook's own cases" in named.render()
    assert "several kinds at once" in named.render()
    assert "and at 7 more kinds" in page_of(index)


def test_table_of_items_counts_the_points_that_a_person_gave() -> None:
    whole = ClassSummary({})
    for points in (35.0, 10.0, 0.0):
        whole.add(graded("ann", items=(replace(FORWARD, points=points, max_points=35.0, verdict=Verdict.FAILED),)))
    rows = [re.split("  +", line.strip()) for line in whole.render().splitlines()]
    assert [FORWARD.title, "1", "1", "1", "15.0", "35"] in rows


def test_marks_with_and_without_speed_in_one_class_are_told() -> None:
    speed = ItemResult("forward-speed", "forward speed", "speed", None, 10.0, Verdict.SKIPPED, bonus=True)
    untimed = graded("ann", items=(FORWARD, speed))
    timed = graded("bob", items=(FORWARD, replace(speed, points=7.0, verdict=Verdict.PARTIAL)))
    said, looks = [], []
    for each in ((untimed, timed), (untimed,), (timed,)):
        whole, index = ClassSummary({}), ClassIndex("class")
        for one in each:
            whole.add(one)
            index.add(one, "page.html")
        told = "speed, while others are marked with it (grade without --no-timing to time them): ann"
        said.append(told in flat(whole.render()))
        looks.append("ann</a>: marked without speed, while others are marked with it" in page_of(index))
    assert said == looks == [True, False, False]


def test_messages_are_broken_between_words_on_a_terminal_and_stay_one_line_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["export", str(tmp_path), "--to", "nothing"]
    assert main(command) == 2
    whole = capsys.readouterr().err
    assert whole.count("\n") == 1
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 60))
    with os.fdopen(theirs, "w") as stream, os.fdopen(ours, "rb", buffering=0) as screen:
        monkeypatch.setattr(sys, "stderr", stream)
        assert main(command) == 2
        lines = screen.read(10_000).decode().splitlines()
    assert flat(" ".join(lines)) == flat(whole)
    assert len(lines) > 2
    assert max(map(len, lines)) <= 60


def test_check_of_a_rubric_tells_its_bonus_and_what_was_checked() -> None:
    assert grade("rubric", "check", "cs231n-conv").stdout == (
        "cs231n-conv: valid: 7 items, 100 points, 20 points of bonus\n"
        "  conv2d: conv_forward_naive and conv_backward_naive, 60 cases: forward 40,\n"
        "    dx 25, dw 20, db 8, contract 7, speed-forward +10, speed-backward +10\n"
    )
    assert grade("rubric", "check", "correctness-only").stdout.startswith(
        "correctness-only: valid: 5 items, 100 points\n"
    )


def test_check_of_a_rubric_tells_hidden_items_and_those_that_a_person_marks(tmp_path: Path) -> None:
    path = tmp_path / "hw.yaml"
    path.write_text(
        "schema: convgrade/1\nextends: cs231n-convnets\nname: hw\nitems:\n"
        "  - {id: conv-dx, points: 12, visibility: after_due_date}\n"
        "  - {id: style, kind: manual, operator: conv, points: 5}\n"
    )
    told = flat(grade("rubric", "check", path).stdout)
    assert (
        "conv (conv2d): conv_forward_naive and conv_backward_naive, 60 cases: conv-forward 18, conv-dx 12 (after"
        in told
    )
    assert "(after due date), conv-dw 10" in told
    assert "pool (max_pool2d): max_pool_forward_naive and max_pool_backward_naive, 40 cases: pool-forward 8" in told
    assert told.strip().endswith("by hand: style 5")


def test_a_mistake_of_several_outputs_is_explained_once_with_the_lines_of_each() -> None:
    single = replace(OVERWRITTEN, lines=(4,), at="line 4")
    items = [lost(o, 0, Explanation(o, mistake=replace(single, bug=f"{o}-x", at=f"line {at}"))) for o, at in
             (("dx", 4), ("dw", 5))]  # fmt: skip
    unmarked = lost("db", 0, Explanation("db", mistake=replace(single, lines=(), at="")))
    for form in (terminal, markdown, html):
        text = flat(form.render(report(tuple(items))))
        assert text.count(single.explanation.rpartition("'")[2]) == 1
        assert form is html or "The same as for dx, and here, too (line 5)." in text
        assert "Look whether it is made here, too." not in text
        assert "Look whether it is made here, too." in flat(form.render(report((items[0], unmarked))))


def test_item_that_one_kind_of_input_costs_all_its_points_says_so() -> None:
    traits = {"pad=0": {"passed": 0, "total": 2}, "pad>0": {"passed": 2, "total": 2}}
    item = lost("db", 0, None, traits=traits, all_or_nothing=True)
    for form in (terminal, html):
        assert "all or nothing: 1 of 2" in flat(form.render(report((item,))))
        assert "1 of 2 kinds of input" in flat(form.render(report((replace(item, all_or_nothing=False),))))


def test_function_that_was_not_run_is_said_to_be_right_in_no_case_nowhere() -> None:
    traits = {"pad=0": {"passed": 0, "total": 2}}
    for verdict, said in ((Verdict.POLICY, "was not run, since"), (Verdict.MISSING, "did not return all")):
        assert said in messages.never_right("f", verdict)
        item = lost("db", 0, None, traits=traits, verdict=verdict)
        assert "kinds of input" not in flat(terminal.render(report((item,))))
    assert "kinds of input" in flat(terminal.render(report((lost("db", 0, None, traits=traits),))))


def test_what_is_not_implemented_is_told_as_that_and_not_as_a_matter_of_the_cache() -> None:
    error = StudentError("NotImplementedError", "", 7)
    told = crash("f", error, Origin("a.py"))
    hint = "It is not implemented yet: write the function, and take the `raise` out."
    assert told == ("a.py:7: NotImplementedError", hint)
    assert "for the prompt" in (
        crash("f", StudentError("NameError", "name 'exit' is not defined"), Origin("a"))[1] or ""
    )
    assert messages.with_our_cache(told, error, "g", "(x, w)", Verdict.CRASHED, is_unread=False) == told
    index = ClassIndex("class")
    index.add(report((lost("dx", 0, None, verdict=Verdict.CRASHED, message=f"In every case, {told[0]}."),)), "a.html")
    assert "dx: not implemented" in page_of(index)


@pytest.mark.parametrize(
    ("error", "text", "is_why"),
    [
        ("ValueError", "operands could not be broadcast together with shapes (3,) (2,)", True),
        ("IndexError", "index 5 is out of bounds for axis 2 with size 5", True),
        ("NameError", "name 'xrange' is not defined", False),
    ],
)
def test_another_cache_can_be_why_shapes_do_not_fit_and_not_why_a_name_is_missing(
    error: str, text: str, is_why: bool
) -> None:
    raised = StudentError(error, text, 7)
    told = crash("f", raised, Origin("a.py"))
    _, hint = messages.with_our_cache(told, raised, "g", "(x, w)", Verdict.CRASHED, is_unread=False)
    assert (hint or "").startswith("g did not return a cache") is is_why, hint
    assert ("If your cache holds something else, that can be why." in (hint or "")) is is_why
    quoted = (told[0], "`p:-p` takes nothing when `p` is 0.")
    _, hint = messages.with_our_cache(quoted, raised, "g", "(x, w)", Verdict.CRASHED, is_unread=False)
    assert "can be why" not in (hint or "")


def test_item_whose_points_a_person_gave_lost_nothing() -> None:
    item = lost("dx", 0, None, message="It is wrong.")
    given = replace(item, points=item.max_points)
    for form in (terminal, markdown, html):
        assert "It is wrong." in flat(form.render(report((item,))))
        assert "It is wrong." not in flat(form.render(report((given,))))


def test_heading_tells_lost_marks_from_bonus() -> None:
    lost_one = lost("dx", 0, None)
    bonus = replace(lost_one, bonus=True)
    assert losses_title([lost_one]) == "Why marks were lost"
    assert losses_title([bonus]) == "Where to earn more bonus"
    assert losses_title([lost_one, bonus]) == "Why marks were lost, and where to earn more bonus"


def test_file_in_an_archive_is_named_where_lines_are_told() -> None:
    beside = report((DX,), who=Who("ann", "ann", "hw/ann.zip"), file="cs231n/layers.py")
    alone = replace(beside, who=Who("ann", "ann", "hw/ann/layers.py"), file="layers.py")
    canvas = replace(alone, who=Who("7", "ann", "hw/ann_7_8_layers.py"))
    for form in (terminal, markdown, html):
        assert "Lines are those of cs231n/layers.py." in form.render(beside)
        assert "Lines are those of" not in form.render(alone) + form.render(canvas)


def test_array_of_integers_is_said_to_lose_fractions() -> None:
    case = Case(0, {"N": 1, "C": 1, "F": 1, "H": 3, "W": 3, "HH": 1, "WW": 1, "stride": 1, "pad": 0}, (), ())
    problem = pose_fairly(OPERATOR, case)
    for dtype, told in (("int64", True), ("float64", False)):
        got = np.floor(problem.expected["dw"]).astype(dtype)
        wrong = Wrong(problem, Check("dw", case, Verdict.FAILED), Returned(got, Kind.ARRAY), None, "own")
        said = "dw is an array of int64: whatever is put into an array of integers loses its fraction."
        assert (said in facts(OPERATOR, "dw", [wrong], [])) is told


def test_markdown_calls_kinds_of_input_as_the_page_does() -> None:
    traits = {"combined": {"passed": 0, "total": 2}, "notebook": {"passed": 1, "total": 2}}
    text = markdown.render(report((lost("dx", 0, None, traits=traits),)))
    assert re.findall(r"^\| (.*?) +\| (\d of \d)", text, re.MULTILINE) == [
        ("several kinds at once", "0 of 2"),
        ("the notebook's own cases", "1 of 2"),
    ]


def test_an_empty_result_is_told_of_the_case_it_is_seen_in_and_what_makes_a_slice_empty() -> None:
    _, hint = messages.wrong_shape("dx", (1, 1, 0, 0), (1, 1, 7, 7))
    assert hint is not None
    assert hint.startswith("In this case")
    assert "a negative index counts from the end" in hint


@pytest.mark.parametrize(
    ("bug", "told"),
    [
        ("out-kernel-transposed", "Where the kernel or a window is indexed"),
        ("db-first-image", "The loop over images"),
        ("dx-not-cropped", "What backward returns as dx"),
    ],
)
def test_where_to_look_covers_every_text_that_has_the_mistake(bug: str, told: str) -> None:
    assert next(one for one in BUGS if one.id == bug).where.startswith(told)
