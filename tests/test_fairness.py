"""Right solutions lose nothing, whatever the seed."""

from typing import Any

import numpy as np
import pytest

from grader.cases import draw_cases
from grader.compare import compare
from grader.problems import pose_fairly
from grader.records import Returned, Verdict
from grader.rubric import SpeedItem
from grader.rubric_file import DEFAULT_RUBRIC, load_rubric
from grader.timing import Race
from reference.conv2d import OPERATOR
from reference.fast import conv_backward_fast, conv_forward_fast


@pytest.mark.parametrize("seed", [*range(40), 48, 49])
def test_float32_arithmetic_on_float32_inputs_is_right_for_any_seed(seed: int) -> None:
    rubric = load_rubric(DEFAULT_RUBRIC)
    cases = draw_cases(rubric.cases.ranges, 60, rubric.cases.dtypes, ragged=False, seed=seed)
    for case in cases:
        if case.dtype == "float32":
            problem = pose_fairly(OPERATOR, case)
            x, w, b = (problem.arrays[name].astype(np.float32) for name in "xwb")
            out, cache = conv_forward_fast(x, w, b, problem.parameters)
            got = dict(zip(("out", "dx", "dw", "db"), (out, *conv_backward_fast(problem.upstream, cache)), strict=True))
            assert got["dx"].dtype == np.float32
            for name, array in got.items():
                returned = Returned(array, "array", array.shape, "<f4")
                assert compare(name, problem.case, returned, problem.expected[name], 1e-5).verdict is Verdict.PASSED


def test_timed_inputs_cannot_be_foreseen() -> None:
    """From the rubric's seed, results could be computed while the file is loaded."""
    rubric = load_rubric(DEFAULT_RUBRIC)
    item = next(item for item in rubric.items if isinstance(item, SpeedItem))
    nobody: Any = None
    races = [Race(nobody, nobody, nobody, rubric, OPERATOR, item) for _ in range(2)]
    first, second = (race.problem(0, 1).arrays["x"] for race in races)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, races[0].problem(0, 1).arrays["x"])
