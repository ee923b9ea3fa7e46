"""The known mistakes of both poolings are named in code of three structures, and right code gets no name."""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from grader.cases.draw import draw_cases
from grader.cases.problems import Problem, pose_fairly
from grader.feedback.known import KnownResults
from grader.feedback.mistakes import find_bugs
from grader.judging.compare import compare
from grader.judging.judged import Wrong
from grader.records import FUNCTIONS, Check, Function, Returned, StudentError, Verdict
from grader.records.words import Kind
from reference import avg_pool2d, max_pool2d
from reference.max_pool2d.outline import outline
from reference.pooling.space import RAGGED
from reference.spec import Bank, Operator
from tests import injected_average_pooling, injected_pooling
from tests.cli import ROOT
from tests.injected import changed_in
from tests.marking import changed, marked
from tests.rubrics import one_operator

OUTPUTS = {"forward": "out", "backward": "dx"}
RUBRIC = one_operator(ROOT / "rubrics" / "cs231n-max-pool.yaml")


@dataclass(frozen=True)
class Pooling:
    """One of the two, and programs with its mistakes."""

    operator: Operator
    injected: ModuleType
    least: int
    """How many programs there are at least."""
    count: int
    """How many cases tell the mistakes apart as well as all of its packaged rubric do."""

    @property
    def bank(self) -> Bank:
        return self.operator.bank()


POOLINGS = {
    "max": Pooling(max_pool2d.OPERATOR, injected_pooling, 130, 36),
    "average": Pooling(avg_pool2d.OPERATOR, injected_average_pooling, 140, 30),
}
every_pooling = pytest.mark.parametrize("name", POOLINGS)


@cache
def problems(name: str, *, ragged: bool = False) -> tuple[Problem, ...]:
    operator, cases = POOLINGS[name].operator, RUBRIC.cases
    drawn = draw_cases(operator, cases.ranges, POOLINGS[name].count, cases.dtypes, ragged=ragged, seed=RUBRIC.seed)
    return tuple(pose_fairly(operator, case) for case in drawn)


@cache
def known(name: str, *, ragged: bool) -> KnownResults:
    return KnownResults(POOLINGS[name].bank)


def results(
    code: str, posed: tuple[Problem, ...], run: Sequence[Function] = FUNCTIONS
) -> Iterator[tuple[Problem, str, Wrong | None]]:
    """What a program gives on every problem, run here: what is wrong of it, or None. Functions not `run` are right."""
    names: dict[str, Any] = {}
    exec(code, names)
    functions = {name.split("_")[2]: function for name, function in names.items() if name.endswith("_naive")}
    for problem in posed:
        cache = (problem.arrays["x"].copy(), dict(problem.parameters))
        for function, output in OUTPUTS.items():
            if function not in run:
                yield problem, output, None
                continue
            try:
                with warnings.catch_warnings():  # the mean of no cell is NaN, and a warning, as where it is graded
                    warnings.simplefilter("ignore")
                    if output == "out":
                        values = np.asarray(functions["forward"](*cache)[0])
                    else:
                        values = np.asarray(functions["backward"](problem.upstream.copy(), cache))
            except Exception as error:  # a crash is a result too, as it is for the grader
                told = StudentError(type(error).__name__, str(error))
                crashed = Check(output, problem.case, Verdict.CRASHED)
                yield problem, output, Wrong(problem, crashed, None, told, "own")
                continue
            got = Returned(values, Kind.ARRAY, values.shape, values.dtype.str)
            expected = problem.right_answer(output, values)
            check = compare(output, problem.case, got, expected, RUBRIC.tolerance.of(problem.case.dtype))
            is_right = check.verdict is Verdict.PASSED
            yield problem, output, None if is_right else Wrong(problem, check, got, None, "own")


def named(name: str, code: str, functions: Sequence[Function] = FUNCTIONS, *, ragged: bool = False) -> set[str]:
    """The mistakes that are named in a program of which these functions may be wrong."""
    wrong: dict[str, list[Wrong]] = {}
    right: dict[str, list[Problem]] = {"out": [], "dx": []}
    for problem, output, found in results(code, problems(name, ragged=ragged), functions):
        if found is None:
            right[output].append(problem)
        else:
            wrong.setdefault(output, []).append(found)
    found_bugs = find_bugs(wrong, right, RUBRIC.tolerance, known(name, ragged=ragged))
    return {"+".join(bug.id for bug in each.bugs) for each in found_bugs.values()}


@pytest.mark.slow
@every_pooling
def test_every_mistake_is_named_in_code_of_three_structures(name: str) -> None:
    """At least 90 % named, at most 2 % named wrongly."""
    needs_rest = {bug.id for bug in POOLINGS[name].bank.bugs if bug.needs == RAGGED}
    ends: Counter[str] = Counter()
    unnamed = []
    for program in POOLINGS[name].injected.programs():
        functions = [changed_in(POOLINGS[name].injected.RIGHT[program.structure], program.code)]
        names = named(name, program.code, functions, ragged=program.bug in needs_rest)
        end = "named" if program.bug in names else "wrong name" if names else "no name"
        ends[end] += 1
        if end != "named":
            unnamed.append((program.bug, program.structure, names))
    assert ends.total() >= POOLINGS[name].least
    assert ends["named"] >= 0.9 * ends.total(), unnamed
    assert ends["wrong name"] <= 0.02 * ends.total(), unnamed


@every_pooling
def test_bank_and_injected_mistakes_are_the_same(name: str) -> None:
    pooling = POOLINGS[name]
    assert {bug.id for bug in pooling.bank.bugs} == {program.bug for program in pooling.injected.programs()}


@pytest.mark.parametrize(
    ("name", "structure"), [(name, each) for name in POOLINGS for each in ("loops", "masks", "columns")]
)
def test_right_code_has_no_wrong_results(name: str, structure: str) -> None:
    code = POOLINGS[name].injected.RIGHT[structure]
    for ragged in (False, True):
        assert all(found is None for _, _, found in results(code, problems(name, ragged=ragged)))


def with_winner(place: str, store: str) -> str:
    """The program of loops whose winner lies at this place in its window, and gets its gradient by this statement."""
    code = injected_pooling.RIGHT["loops"]
    for old, new in (
        ("np.unravel_index(np.argmax(window), window.shape)", place),
        ("dx[n, c, h * s + i, k * s + j] += dout[n, c, h, k]", store),
    ):
        assert old in code
        code = code.replace(old, new)
    return code


@pytest.mark.parametrize(
    "store",
    [
        "dx[n, c, h * s + i, k * s + j] += dout[n, c, h, k]",
        "part = np.zeros(window.shape); part[i, j] = dout[n, c, h, k]; dx[n, c, h * s:, k * s:][:hh, :ww] += part",
    ],
)
@pytest.mark.parametrize("place", ["np.argmax(window) // hh, np.argmax(window) % ww", "divmod(np.argmax(window), hh)"])
def test_a_winner_whose_place_is_divided_by_the_height_is_named(place: str, store: str) -> None:
    assert named("max", with_winner(place, store)) == {"dx-winner-by-height"}


def test_a_mask_times_the_largest_number_is_named_where_equal_cells_all_get_it() -> None:
    code = injected_pooling.RIGHT["masks"]
    for old, new in (
        ("            mask /= mask.sum(axis=(2, 3), keepdims=True)\n", ""),
        ("mask * dout[:, :, h : h + 1, k : k + 1]", "mask * best"),
    ):
        assert old in code
        code = code.replace(old, new)
    assert named("max", code) == {"dx-value"}


@pytest.mark.parametrize(
    "store",
    [
        "dx[n, c, h * s + i, k * s + j] = dout[n, c, h, k]",
        "top, left = h * s + i, k * s + j; dx[n, c, top : top + 1, left : left + 1] = dout[n, c, h, k]",
    ],
    ids=["by an index", "by slices"],
)
@pytest.mark.parametrize("place", ["divmod(np.argmax(window), hh)", "np.argmax(window) // hh, np.argmax(window) % ww"])
def test_a_winner_by_height_that_replaces_others_is_told_as_two_mistakes(place: str, store: str) -> None:
    """An index past the end of dx is an error, and a slice there is empty."""
    assert named("max", with_winner(place, store)) == {"dx-assigned+dx-winner-by-height"}


@pytest.mark.parametrize(
    ("row", "column", "names"),
    [
        ("at // W_out", "at % W_out", set[str]()),
        ("at // W_out", "at % H_out", {"out-flat-index"}),
        ("at // H_out", "at % W_out", {"out-flat-index"}),
    ],
)
@pytest.mark.parametrize(
    "window",
    ["x[n, c, {0} * s :, {1} * s :][:hh, :ww]", "x[n, c][np.ix_({0} * s + np.arange(hh), {1} * s + np.arange(ww))]"],
    ids=["by slices", "by an index"],
)
def test_windows_that_are_read_by_a_number_over_the_wrong_size_are_named(
    window: str, row: str, column: str, names: set[str]
) -> None:
    """What lies past the edge is an error where it is indexed, and cut off where it is sliced."""
    code = injected_pooling.RIGHT["loops"]
    before = "            for h in range(H_out):\n                for k in range(W_out):\n"
    for old, new in (
        (before, "            for at in range(H_out * W_out):\n                for h, k in [divmod(at, W_out)]:\n"),
        (injected_pooling.LOOPS_WINDOW, window.format(f"({row})", f"({column})")),
    ):
        assert old in code
        code = code.replace(old, new, 1)
    assert named("max", code) == names


@pytest.mark.parametrize(("is_forward", "bug"), [(True, "out-side-by-side"), (False, "dx-steps-by-window")])
@pytest.mark.parametrize("structure", injected_pooling.RIGHT)
@pytest.mark.parametrize("ragged", [False, True])
def test_height_of_the_window_in_the_place_of_the_stride_is_named(
    structure: str, is_forward: bool, bug: str, ragged: bool
) -> None:
    right = injected_pooling.RIGHT[structure]
    code = injected_pooling.changed(right, injected_pooling.BY_HEIGHT, is_forward=is_forward)
    assert named("max", code, ragged=ragged) == {bug}
    bank = max_pool2d.OPERATOR.bank()
    (found,) = (one for one in bank.bugs if one.id == bug)
    assert marked(bank, outline, found, code, f"def max_pool_{found.function}") == changed(right, code)


@pytest.mark.parametrize("name", POOLINGS)
@pytest.mark.parametrize("structure", ["loops", "masks"])
def test_windows_that_replace_each_other_are_named_whichever_of_the_loops_is_the_outer_one(
    name: str, structure: str
) -> None:
    before, _, after = POOLINGS[name].injected.RIGHT[structure].partition("_backward_naive")
    assert "+=" in after
    after = after.replace("for h in range(H_out)", "for K in range(W_out)").replace(
        "for k in range(W_out)", "for h in range(H_out)"
    )
    after = after.replace("for K in", "for k in").replace("+=", "=")
    assert named(name, f"{before}_backward_naive{after}") == {"dx-assigned"}


PIXELS = """\
import numpy as np


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    h, w = pool_param["pool_height"], pool_param["pool_width"]
    out = np.zeros((N, C, H // h, W // w))
    for top in range(0, H, h):
        for left in range(0, W, w):
            out[:, :, top // h, left // w] = x[:, :, top : top + h, left : left + w].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    h, w = pool_param["pool_height"], pool_param["pool_width"]
    dx = np.zeros(x.shape)
    for n, c in np.ndindex(x.shape[:2]):
        for top in range(0, x.shape[2], h):
            for left in range(0, x.shape[3], w):
                window = x[n, c, top : top + h, left : left + w]
                i, j = np.unravel_index(window.argmax(), window.shape)
                dx[n, c, top + i, left + j] += dout[n, c, top // h, left // w]
    return dx
"""


def test_windows_side_by_side_are_named_in_loops_over_the_pixels_too() -> None:
    assert named("max", PIXELS) == {"out-side-by-side", "dx-side-by-side"}


@pytest.mark.parametrize(
    "ends", ["int((H - hh) / s + 1), int((H - ww) / s + 1)", "int((W - hh) / s) + 1, int((W - ww) / s) + 1"]
)
def test_ends_of_loops_over_dout_that_come_of_one_side_of_x_are_named(ends: str) -> None:
    for code in injected_pooling.RIGHT.values():
        before, mark, after = code.partition("def max_pool_backward_naive")
        assert injected_pooling.DOUT_SIZES in after
        after = after.replace(injected_pooling.DOUT_SIZES, f"H_out, W_out = {ends}")
        assert named("max", before + mark + after, ["backward"]) == {"dx-sizes-of-one-side"}


@every_pooling
def test_a_mistake_of_backward_refers_to_the_same_one_of_forward(name: str) -> None:
    twice, ids = POOLINGS[name].bank.twice, {bug.id for bug in POOLINGS[name].bank.bugs}
    assert twice["out-window-is-stride"] == ("dx-window-is-stride",)
    assert {*twice, *(one for ones in twice.values() for one in ones)} <= ids


MASK = "mask = (window == best).astype(float)\n            mask /= mask.sum(axis=(2, 3), keepdims=True)"


@pytest.mark.parametrize("axes", ["", ", axis=(1, 2, 3), keepdims=True"])
def test_winner_of_all_channels_and_cells_that_all_win_are_told_as_two_mistakes(axes: str) -> None:
    code = injected_pooling.RIGHT["masks"]
    assert MASK in code
    both = code.replace(MASK, f"mask = window == np.max(window{axes})")
    assert named("max", both) == {"dx-ties-to-all+dx-over-channels"}
    places = outline(both[both.index("def max_pool_backward") :], 1)["places"]
    assert places["maximum of all"] == places["compared"] != []
    places = outline(code[code.index("def max_pool_backward") :], 1)["places"]
    assert places["maximum of all"] == []
