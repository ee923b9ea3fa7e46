"""Right solutions lose nothing, whatever the seed."""

import numpy as np
import pytest

from grader.cases.draw import draw_cases
from grader.cases.problems import pose_fairly
from grader.judging.compare import compare
from grader.judging.patience import Patience
from grader.records import CallOutcome, Returned, Verdict
from grader.records.words import Kind
from grader.rubric.reading import DEFAULT_RUBRIC
from reference.conv2d import OPERATOR
from reference.conv2d.baseline import conv_backward_fast, conv_forward_fast
from tests.rubrics import one_operator


@pytest.mark.parametrize("seed", [*range(40), 48, 49])
def test_float32_arithmetic_on_float32_inputs_is_right_for_any_seed(seed: int) -> None:
    rubric = one_operator(DEFAULT_RUBRIC)
    cases = draw_cases(OPERATOR, rubric.cases.ranges, 60, rubric.cases.dtypes, ragged=False, seed=seed)
    for case in cases:
        if case.dtype == "float32":
            problem = pose_fairly(OPERATOR, case)
            x, w, b = (problem.arrays[name].astype(np.float32) for name in "xwb")
            out, cache = conv_forward_fast(x, w, b, problem.parameters)
            got = dict(zip(("out", "dx", "dw", "db"), (out, *conv_backward_fast(problem.upstream, cache)), strict=True))
            assert got["dx"].dtype == np.float32
            for name, array in got.items():
                returned = Returned(array, Kind.ARRAY, array.shape, "<f4")
                assert compare(name, problem.case, returned, problem.expected[name], 1e-5).verdict is Verdict.PASSED


def outcome(verdict: Verdict, wall_s: float) -> CallOutcome:
    return CallOutcome("forward", verdict, spent_s=wall_s)


def test_patience_shrinks_after_the_first_hang_and_ends_after_five() -> None:
    patience = Patience(10, 60)
    assert patience.deadline_s == 10
    for _ in range(5):
        assert patience.exhausted is None
        patience.learn(outcome(Verdict.TIMEOUT, 1))
        assert patience.deadline_s == 1
    assert patience.exhausted == "none of the first 5 calls returned in time"


def test_patience_is_kept_with_a_function_that_returns_sometimes() -> None:
    patience = Patience(10, 60)
    patience.learn(outcome(Verdict.PASSED, 0.2))
    for _ in range(9):
        patience.learn(outcome(Verdict.TIMEOUT, 1))
    assert patience.exhausted is None
    assert patience.deadline_s == 4


def test_patience_ends_with_the_time_of_all_cases() -> None:
    patience = Patience(10, 3)
    patience.learn(outcome(Verdict.PASSED, 2.5))
    assert patience.deadline_s == 0.5
    patience.learn(outcome(Verdict.PASSED, 0.6))
    assert patience.exhausted == "the time for all cases together was used up"
