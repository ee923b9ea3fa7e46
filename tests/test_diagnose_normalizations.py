"""The known mistakes of the normalizations are named in code of three structures, and right code gets no name."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from grader.cases.draw import draw_cases
from grader.cases.problems import Problem, pose_fairly
from grader.feedback.known import KnownResults, agrees
from grader.feedback.mistakes import find_bugs
from grader.judging.compare import compare
from grader.judging.judged import Wrong
from grader.operators import find_operator
from grader.records import FUNCTIONS, Check, Function, Returned, StudentError, Verdict
from grader.records.words import Kind
from grader.rubric.model import Rubric
from grader.rubric.reading import load_rubric
from reference.spec import Operator
from tests.cli import ROOT
from tests.injected import changed_in
from tests.injected_normalizations import RIGHT, STRUCTURES, programs

NORMS = tuple(RIGHT)
ENOUGH = 36
"""Problems that tell the mistakes apart as well as all of the rubric's do."""


@cache
def rubric(norm: str) -> Rubric:
    found = load_rubric(ROOT / "rubrics" / f"cs231n-spatial-{norm}.yaml")
    assert isinstance(found, Rubric)
    return found


@cache
def operator(norm: str) -> Operator:
    found = find_operator(f"spatial_{norm}")
    assert found is not None
    return found


@cache
def problems(norm: str) -> tuple[Problem, ...]:
    cases = rubric(norm).cases
    drawn = draw_cases(operator(norm), cases.ranges, ENOUGH, cases.dtypes, ragged=False, seed=rubric(norm).seed)
    return tuple(pose_fairly(operator(norm), case) for case in drawn)


@cache
def known(norm: str) -> KnownResults:
    return KnownResults(operator(norm).bank())


def called(norm: str, names: dict[str, Any], problem: Problem, function: str) -> dict[str, Any]:
    """What one function gives, by name."""
    signature = operator(norm).signature
    handed = signature.handed(problem.arrays, problem.parameters)
    if function == "backward":
        return signature.named("backward", names[f"spatial_{norm}_backward"](problem.upstream, handed))
    returned = names[f"spatial_{norm}_forward"](*handed)
    for name in signature.left:
        handed[-1].setdefault(name)
    return signature.named("forward", returned, handed)


def results(norm: str, code: str, run: Sequence[Function] = FUNCTIONS) -> Iterator[tuple[Problem, str, Wrong | None]]:
    """What a program gives on every problem, run here: what is wrong of it, or None. Functions not `run` are right."""
    names: dict[str, Any] = {}
    exec(code, names)
    for problem in problems(norm):
        for function in problem.case.functions:
            outputs = operator(norm).signature.outputs(function)
            if function not in run:
                yield from ((problem, output, None) for output in outputs)
                continue
            try:
                given = called(norm, names, problem, function)
            except Exception as error:  # a crash is a result too, as it is for the grader
                told = StudentError(type(error).__name__, str(error))
                for output in outputs:
                    crashed = Check(output, problem.case, Verdict.CRASHED)
                    yield problem, output, Wrong(problem, crashed, None, told, "own")
                continue
            for output in outputs:
                if given[output] is None:
                    missing = Check(output, problem.case, Verdict.MISSING)
                    yield problem, output, Wrong(problem, missing, Returned(None, Kind.NONE), None, "own")
                    continue
                values = np.asarray(given[output])
                got = Returned(values, Kind.ARRAY, values.shape, values.dtype.str)
                tolerance = rubric(norm).tolerance.of(problem.case.dtype)
                check = compare(output, problem.case, got, problem.expected[output], tolerance)
                is_right = check.verdict is Verdict.PASSED
                yield problem, output, None if is_right else Wrong(problem, check, got, None, "own")


def named(norm: str, code: str, functions: Sequence[Function] = FUNCTIONS) -> set[str]:
    """The mistakes that are named in a program of which these functions may be wrong."""
    return set(named_by_output(norm, code, functions).values())


def named_by_output(norm: str, code: str, functions: Sequence[Function] = FUNCTIONS) -> dict[str, str]:
    """The mistake that is named in a program for each output."""
    signature = operator(norm).signature
    wrong: dict[str, list[Wrong]] = {}
    right: dict[str, list[Problem]] = {o: [] for o in (*signature.forward_outputs, *signature.backward_outputs)}
    for problem, output, found in results(norm, code, functions):
        if found is None:
            right[output].append(problem)
        else:
            wrong.setdefault(output, []).append(found)
    found_bugs = find_bugs(wrong, right, rubric(norm).tolerance, known(norm))
    return {output: "+".join(bug.id for bug in each.bugs) for output, each in found_bugs.items()}


@pytest.mark.slow
@pytest.mark.parametrize("norm", NORMS)
def test_every_mistake_is_named_in_code_of_three_structures(norm: str) -> None:
    """At least 90 % named, at most 2 % named wrongly."""
    ends: Counter[str] = Counter()
    unnamed = []
    for program in programs(norm):
        names = named(norm, program.code, [changed_in(RIGHT[norm][program.structure], program.code)])
        end = "named" if program.bug in names else "wrong name" if names else "no name"
        ends[end] += 1
        if end != "named":
            unnamed.append((program.bug, program.structure, names))
    assert ends.total() >= 75
    assert ends["named"] >= 0.9 * ends.total(), unnamed
    assert ends["wrong name"] <= 0.02 * ends.total(), unnamed


@pytest.mark.parametrize("structure", ["rows", "axes"])
@pytest.mark.parametrize("shape", ["C", "1, C", "C, 1, 1"])
def test_gradients_of_gamma_and_beta_with_too_few_axes_are_named(structure: str, shape: str) -> None:
    code = RIGHT["groupnorm"][structure]
    assert (
        wrong := code.replace(".sum(axis=(0, 2, 3), keepdims=True)", f".sum(axis=(0, 2, 3)).reshape({shape})")
    ) != code
    assert named_by_output("groupnorm", wrong) == dict.fromkeys(("dgamma", "dbeta"), "dgamma-dbeta-shape")


@pytest.mark.parametrize("norm", NORMS)
def test_bank_and_injected_mistakes_are_the_same(norm: str) -> None:
    assert {bug.id for bug in operator(norm).bank().bugs} == {program.bug for program in programs(norm)}


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("norm", NORMS)
def test_right_code_has_no_wrong_results(norm: str, structure: str) -> None:
    assert all(found is None for _, _, found in results(norm, RIGHT[norm][structure]))


EACH_PLACE = next(p for p in programs("batchnorm") if (p.bug, p.structure) == ("dx-each-place", "loops"))


def test_crashes_on_a_cache_of_ours_do_not_keep_a_mistake_from_being_named() -> None:
    """As after a crash in forward: what backward makes of another cache than its own says nothing."""
    found = {
        output: [wrong for _, name, wrong in results("batchnorm", EACH_PLACE.code) if name == output and wrong]
        for output in ("dx", "dgamma")
    }
    error = StudentError("ValueError", "not enough values to unpack (expected 7, got 4)")
    wrong = {
        output: [replace(cases[0], check=Check(output, cases[0].problem.case, Verdict.CRASHED), returned=None,
                         error=error, cache="canonical"), *cases[1:]]
        for output, cases in found.items()
    }  # fmt: skip
    for cases, names in ((found, {"dx-each-place"}), (wrong, {"dx-each-place"}), ({"dx": wrong["dx"][:1]}, set())):
        none_right: dict[str, list[Problem]] = {output: [] for output in cases}
        tolerance = rubric("batchnorm").tolerance
        bugs = find_bugs(cases, none_right, tolerance, known("batchnorm"), keeps_inputs=False)
        assert {bug.id for each in bugs.values() for bug in each.bugs} == names


def test_rounding_is_measured_by_the_right_numbers_where_a_mistake_leaves_next_to_nothing() -> None:
    problem = next(p for p in problems("batchnorm") if p.case.dtype == "float32" and "backward" in p.case.functions)
    form = (next((bug, 0) for bug in known("batchnorm").bank.bugs if bug.id == "dx-each-place"),)
    large = replace(problem, expected={"dx": 1e5 * problem.expected["dx"]})
    for left, asked, off in product((1e-7, 0.0), (problem, large), (1e-6, 0.1)):
        nothing = {"dx": np.full(asked.expected["dx"].shape, left)}
        got = nothing["dx"] + off * np.abs(asked.expected["dx"]).max()
        assert agrees(form, nothing, asked, "dx", got, rubric("batchnorm").tolerance) is (off < 0.1)


KEPT_AXES = (
    ("mean = rows.mean(axis=0)\n", "mean = rows.mean(axis=0, keepdims=True)\n"),
    ("var = rows.var(axis=0)\n", "var = rows.var(axis=0, keepdims=True)\n"),
    ("momentum * running_mean + (1 - momentum) * mean", "momentum * mean + (1 - momentum) * running_mean"),
)
SWAPPED_VARIANCE = ("momentum * running_var + (1 - momentum) * var", "momentum * var + (1 - momentum) * running_var")
OTHER_VARIANCE = ("momentum * running_var + (1 - momentum) * var", "momentum * running_var + 0.3 * var")


@pytest.mark.parametrize(
    ("of_variance", "names"),
    [(SWAPPED_VARIANCE, {"avg-shape+avg-swapped"}), (OTHER_VARIANCE, {"avg-shape-mean+avg-swapped-mean"})],
)
def test_two_mistakes_of_several_outputs_are_named_where_they_explain_all_of_them(
    of_variance: tuple[str, str], names: set[str]
) -> None:
    """Neither explains an output alone, and both spoil the mean and the variance."""
    code = RIGHT["batchnorm"]["rows"]
    for old, new in (*KEPT_AXES, of_variance):
        assert old in code
        code = code.replace(old, new, 1)
    assert named("batchnorm", code) == names


@pytest.mark.parametrize(
    ("bug", "wrong"),
    [("avg-in-test", ("running_mean", "running_var")), ("out-no-beta", ("out",)), ("out-not-normalized", ("out",))],
)
def test_gradients_that_are_not_written_yet_are_not_put_down_to_a_mistake_of_forward(
    bug: str, wrong: tuple[str, ...]
) -> None:
    """Of a few cases, or of all."""
    (code,) = (p.code for p in programs("batchnorm") if (p.bug, p.structure) == (bug, "rows"))
    begins = "def spatial_batchnorm_backward(dout, cache):\n"
    unwritten = code.replace(begins, f"{begins}    return None, None, None\n")
    assert named_by_output("batchnorm", unwritten) == dict.fromkeys(wrong, bug)


WRITES = '    bn_param["running_mean"] = running_mean\n    bn_param["running_var"] = running_var\n'


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(
    ("bug", "left"),
    [
        ("", ""),
        ("", WRITES.splitlines()[0]),
        ("out-no-beta", ""),
        ("out-unbiased", ""),
        ("out-no-beta", WRITES.splitlines()[0]),
    ],
)
def test_averages_that_are_not_written_are_named_beside_another_mistake(structure: str, bug: str, left: str) -> None:
    """The other one may spoil the running variance, too, where that is written."""
    code = RIGHT["batchnorm"][structure]
    if bug:
        (code,) = (p.code for p in programs("batchnorm") if (p.bug, p.structure) == (bug, structure))
    assert WRITES in code
    unwritten = code.replace(WRITES, f"{left}\n")
    assert named("batchnorm", unwritten) == {"avg-unchanged-variance" if left else "avg-unchanged", bug} - {""}


@pytest.mark.parametrize(
    ("over", "bug"), [("(1, 2, 3)", "out-each-image"), ("(0,)", "out-each-place"), ("(0, 2, 3)", None)]
)
def test_what_is_normalized_together_is_told_where_the_averages_are_right(over: str, bug: str | None) -> None:
    code = RIGHT["batchnorm"]["axes"]
    used = "(x - mean.reshape(wide)) / np.sqrt(var.reshape(wide) + eps)"
    assert used in code
    own = f"(x - x.mean(axis={over}, keepdims=True)) / np.sqrt(x.var(axis={over}, keepdims=True) + eps)"
    assert named("batchnorm", code.replace(used, own, 1)) == ({bug} if bug else set())


SUMS = {"dbeta": "dbeta = dout.sum(axis=over)", "dgamma": "dgamma = (dout * x_hat).sum(axis=over)"}
SHORT = (
    ("g.sum(axis=over, keepdims=True)", "(gamma * dbeta)[None, :, None, None]"),
    ("(g * x_hat).sum(axis=over, keepdims=True)", "(gamma * dgamma)[None, :, None, None]"),
)


@pytest.mark.parametrize("mean", ["sum(axis=(2, 3)).mean(axis=0)", "sum(axis=0).mean(axis=(1, 2))", "mean(axis=over)"])
@pytest.mark.parametrize("wrong", [("dbeta",), ("dgamma",), ("dgamma", "dbeta")])
@pytest.mark.parametrize("is_short", [False, True])
def test_a_gradient_that_is_a_mean_is_named_whether_or_not_dx_is_computed_with_it(
    mean: str, wrong: tuple[str, ...], is_short: bool
) -> None:
    code = RIGHT["batchnorm"]["axes"]
    for old, new in SHORT if is_short else ():
        assert old in code
        code = code.replace(old, new)
    assert named("batchnorm", code) == set()
    for name in wrong:
        assert SUMS[name] in code
        code = code.replace(SUMS[name], SUMS[name].replace("sum(axis=over)", mean))
    assert named("batchnorm", code) == {f"dx-{'-'.join(wrong)}-mean" if is_short else "dgamma-dbeta-mean"}


@pytest.mark.parametrize(("over", "bug"), [("(0, 1, 2, 3)", "out-all-channels"), ("(1, 2, 3)", "out-each-image")])
def test_statistics_over_channels_are_named_whatever_is_averaged_of_them(over: str, bug: str) -> None:
    """The averages get the mean of the statistics, each of which is of all channels."""
    code = RIGHT["batchnorm"]["axes"]
    for name in ("mean", "var"):
        line = f"{name} = np.{name}(x, axis=over)"
        assert line in code
        code = code.replace(line, f"{name} = np.{name}(x, axis={over}, keepdims=True)")
    for name in ("mean", "var"):
        code = code.replace(f"(1 - momentum) * {name}\n", f"(1 - momentum) * {name}.mean()\n")
        code = code.replace(f"{name}.reshape(wide)", name)
    code = code.replace("(x - running_mean) / np.sqrt(running_var + eps)",
                        "(x - running_mean.reshape(wide)) / np.sqrt(running_var.reshape(wide) + eps)")  # fmt: skip
    assert named("batchnorm", code) == {bug}


_ROWS, _IMAGES = ".transpose(0, 2, 3, 1).reshape(-1, C)", ".reshape(N, H, W, C).transpose(0, 3, 1, 2)"


@pytest.mark.parametrize(
    ("old", "new", "bug"),
    [
        (f"rows = x{_ROWS}", "rows = x.reshape(-1, C)", "out-channels-mixed"),
        (f"dx{_IMAGES}", "dx.reshape(N, C, H, W)", "dx-not-moved-back"),
        (f"rows = x{_ROWS}", "rows = x.reshape(-1, C)", "dx-channels-mixed"),
    ],
)
def test_reshape_that_mixes_channels_on_one_way_is_named(old: str, new: str, bug: str) -> None:
    """Only on the way to the rows, or only of x, and the other way is right."""
    before, mark, after = RIGHT["batchnorm"]["rows"].partition("def spatial_batchnorm_backward")
    changed = [after, before][bug.startswith("out")]
    assert old in changed
    mixed = changed.replace(old, new)
    code = mixed + mark + after if bug.startswith("out") else before + mark + mixed
    assert named("batchnorm", code) == {bug}


def test_dx_of_rows_that_were_mixed_before_is_named() -> None:
    before, mark, after = RIGHT["batchnorm"]["rows"].partition("def spatial_batchnorm_backward")
    mixed = after.replace(f"rows = x{_ROWS}", "rows = x.reshape(-1, C)").replace(f"dx{_IMAGES}", "dx.reshape(x.shape)")
    assert named("batchnorm", before + mark + mixed) == {"dx-channels-mixed"}
