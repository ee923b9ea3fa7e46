"""Batch and group normalization: the oracles against definitions of other origin, and what a call leaves behind."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from grader.cases.draw import draw_cases
from grader.cases.problems import pose_fairly
from grader.errors import UsageError
from grader.judging.compare import relative_error
from grader.rubric.assignment import Assignment
from grader.rubric.workload import parse_workload, sizes_of
from reference.spatial_batchnorm import OPERATOR as BATCHNORM
from reference.spatial_batchnorm.oracle import batchnorm_backward, batchnorm_forward
from reference.spatial_batchnorm.space import CHOICES
from reference.spatial_groupnorm import OPERATOR as GROUPNORM
from reference.spatial_groupnorm.oracle import groupnorm_backward, groupnorm_forward
from tests.cli import ROOT, grade, items
from tests.rubrics import one_operator

Array = NDArray[Any]
SHAPES = [(1, 1, 2, 2), (2, 3, 4, 5), (3, 6, 2, 3)]


WIDE = np.ones((1, 4, 1, 1))


def numbers(shape: tuple[int, ...], seed: int) -> Array:
    return 3 * np.random.default_rng([seed, *shape]).standard_normal(shape) + 2


def normalized_by_loops(x: Array, sets: Callable[[int, int], Any], eps: float) -> Array:
    """Y = (x - E[x]) / sqrt(Var[x] + eps), number by number; `sets` has the indices of what goes with (n, c)."""
    y = np.zeros(x.shape)
    for n, c, h, w in np.ndindex(x.shape):
        together = [float(x[index]) for index in sets(n, c)]
        mean = sum(together) / len(together)
        var = sum((each - mean) ** 2 for each in together) / len(together)
        y[n, c, h, w] = (x[n, c, h, w] - mean) / (var + eps) ** 0.5
    return y


@pytest.mark.parametrize("eps", [1e-5, 0.3])
@pytest.mark.parametrize("shape", SHAPES)
def test_batchnorm_is_the_documented_definition(shape: tuple[int, ...], eps: float) -> None:
    """PyTorch's BatchNorm2d, y = (x - E[x]) / sqrt(Var[x] + eps) * gamma + beta over (N, H, W), Var by 1 / m.

    Its running averages are (1 - momentum) * old + momentum * new; the course's momentum is 1 minus that.
    """
    N, C, H, W = shape
    x, gamma, beta = numbers(shape, 1), numbers((C,), 2), numbers((C,), 3)
    old = {"running_mean": numbers((C,), 4), "running_var": np.abs(numbers((C,), 5))}
    bn_param: dict[str, Any] = {"mode": "train", "eps": eps, "momentum": 0.7, **old}
    out, _ = batchnorm_forward(x, gamma, beta, bn_param)
    y = normalized_by_loops(x, lambda n, c: [(i, c, h, w) for i, h, w in np.ndindex(N, H, W)], eps)
    for c in range(C):
        channel = x[:, c].ravel().tolist()
        mean = sum(channel) / len(channel)
        var = sum((each - mean) ** 2 for each in channel) / len(channel)
        np.testing.assert_allclose(out[:, c], y[:, c] * gamma[c] + beta[c], rtol=1e-12, atol=1e-12)
        assert bn_param["running_mean"][c] == pytest.approx((1 - 0.3) * old["running_mean"][c] + 0.3 * mean)
        assert bn_param["running_var"][c] == pytest.approx((1 - 0.3) * old["running_var"][c] + 0.3 * var)


def test_batchnorm_begins_with_averages_of_zero_and_leaves_them_as_they_are_in_test_mode() -> None:
    x, ones = numbers((2, 3, 4, 5), 1), np.ones(3)
    bn_param: dict[str, Any] = {"mode": "train"}
    batchnorm_forward(x, ones, 0 * ones, bn_param)
    kept = {name: bn_param[name].copy() for name in ("running_mean", "running_var")}
    np.testing.assert_allclose(kept["running_mean"], 0.1 * x.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(kept["running_var"], 0.1 * x.var(axis=(0, 2, 3)))
    out, _ = batchnorm_forward(x, ones, 0 * ones, {**bn_param, "mode": "test"})
    np.testing.assert_array_equal(bn_param["running_var"], kept["running_var"])
    for c in range(3):
        np.testing.assert_allclose(
            out[:, c], (x[:, c] - kept["running_mean"][c]) / (kept["running_var"][c] + 1e-5) ** 0.5
        )


def test_batchnorm_does_what_the_course_notebook_shows() -> None:
    """ConvolutionalNetworks.ipynb: means become beta, deviations gamma; in test mode after 50 batches too."""
    rng = np.random.default_rng(231)
    bn_param: dict[str, Any] = {"mode": "train"}
    gamma, beta = np.array([3.0, 4.0, 5.0]), np.array([6.0, 7.0, 8.0])
    out, _ = batchnorm_forward(4 * rng.standard_normal((2, 3, 4, 5)) + 10, gamma, beta, {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), [6, 7, 8])
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), [3, 4, 5], rtol=1e-5)
    for _ in range(50):
        batchnorm_forward(2.3 * rng.standard_normal((10, 4, 11, 12)) + 13, np.ones(4), np.zeros(4), bn_param)
    bn_param["mode"] = "test"
    x = 2.3 * rng.standard_normal((10, 4, 11, 12)) + 13
    out, _ = batchnorm_forward(x, np.ones(4), np.zeros(4), bn_param)
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), np.zeros(4), atol=0.12)
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), np.ones(4), atol=0.12)


@pytest.mark.parametrize(("shape", "G"), [((1, 1, 2, 2), 1), ((2, 6, 3, 4), 2), ((2, 6, 2, 3), 6), ((2, 4, 2, 5), 1)])
def test_groupnorm_is_the_documented_definition(shape: tuple[int, ...], G: int) -> None:
    """PyTorch's GroupNorm: channels in G groups of C / G, statistics of each group of each image."""
    _, C, H, W = shape
    x, gamma, beta = numbers(shape, 1), numbers((1, C, 1, 1), 2), numbers((1, C, 1, 1), 3)
    out, _ = groupnorm_forward(x, gamma, beta, G, {"eps": 0.2})
    size = C // G
    y = normalized_by_loops(
        x,
        lambda n, c: [(n, size * (c // size) + k, h, w) for k, h, w in np.ndindex(size, H, W)],
        0.2,
    )
    np.testing.assert_allclose(out, y * gamma + beta, rtol=1e-12, atol=1e-12)


def test_groupnorm_gives_the_published_numbers_of_the_course_notebook() -> None:
    """ConvolutionalNetworks.ipynb, group normalization: each of four groups gets mean 0 and standard deviation 1."""
    x = 4 * np.random.default_rng(231).standard_normal((2, 6, 4, 5)) + 10
    gamma = np.ones((1, 6, 1, 1))
    out, _ = groupnorm_forward(x, gamma, 0 * gamma, 2, {})
    np.testing.assert_allclose(out.reshape(4, -1).mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(out.reshape(4, -1).std(axis=1), 1, rtol=1e-5)


def differences(forward: Callable[..., Array], arrays: list[Array], which: int, dout: Array) -> Array:
    """dL/d(arrays[which]) for L = sum(dout * forward), by two central differences for each number."""
    numeric = np.zeros(arrays[which].shape)
    for index in np.ndindex(numeric.shape):
        loss = {}
        for steps in (2, 1, -1, -2):
            moved = [array.copy() for array in arrays]
            moved[which][index] += steps * 1e-3
            loss[steps] = float(np.sum(dout * forward(*moved)))
        numeric[index] = (8 * (loss[1] - loss[-1]) - (loss[2] - loss[-2])) / 12e-3
    return numeric


@pytest.mark.parametrize("which", [0, 1, 2])
def test_backward_agrees_with_central_differences(which: int) -> None:
    shape = (2, 4, 2, 3)
    x, dout = numbers(shape, 1), numbers(shape, 2)
    gamma, beta, bn_param = numbers((4,), 3), numbers((4,), 4), {"mode": "train", "eps": 0.1}
    found = batchnorm_backward(dout, (x, gamma, beta, bn_param))[which]
    numeric = differences(
        lambda *a: batchnorm_forward(a[0], a[1], a[2], dict(bn_param))[0], [x, gamma, beta], which, dout
    )
    np.testing.assert_allclose(found, numeric, atol=1e-8)
    wide = gamma.reshape(1, 4, 1, 1), beta.reshape(1, 4, 1, 1)
    found = groupnorm_backward(dout, (x, wide[0], wide[1], 2, {"eps": 0.1}))[which]
    numeric = differences(lambda *a: groupnorm_forward(a[0], a[1], a[2], 2, {"eps": 0.1})[0], [x, *wide], which, dout)
    np.testing.assert_allclose(found, numeric, atol=1e-8)


def test_workload_in_words_needs_what_is_counted_and_nothing_else() -> None:
    assert parse_workload("x(20,8,4,4) G4", GROUPNORM) == {"x": (20, 8, 4, 4), "G": 4}
    assert sizes_of({"x": (20, 8, 4, 4)}, BATCHNORM) == {"N": 20, "C": 8, "H": 4, "W": 4} | dict.fromkeys(CHOICES, 0)
    for text, told in (
        ("x(20,8,4,4)", "G is missing"),
        ("x(20,8,4,4) G3", "do not fit together"),
        ("x(2,8,4,4) gamma(2,8,1,1) G2", "gamma must be of length 1 where its axes are 1: 1 C 1 1"),
        ("x(2,8,4,4) gamma(1,7,1,1) G2", "x has 8 channels and gamma has 7"),
    ):
        with pytest.raises(UsageError, match=re.escape(told)):
            parse_workload(text, GROUPNORM)


@pytest.mark.parametrize(
    "call",
    [
        lambda: batchnorm_forward(np.ones((1, 2, 2, 2)), np.ones(3), np.ones(2), {"mode": "train"}),
        lambda: batchnorm_forward(np.ones((1, 2, 2, 2)), np.ones(2), np.ones(2), {"mode": "training"}),
        lambda: batchnorm_backward(
            np.ones((1, 2, 2, 2)), (np.ones((1, 2, 2, 2)), np.ones(2), np.ones(2), {"mode": "test"})
        ),
        lambda: groupnorm_forward(np.ones((1, 4, 2, 2)), WIDE, WIDE, 3, {}),
        lambda: groupnorm_forward(np.ones((1, 4, 2, 2)), np.ones(4), np.ones(4), 2, {}),
        lambda: groupnorm_backward(np.ones((1, 4, 2, 1)), (np.ones((1, 4, 2, 2)), WIDE, WIDE, 2, {})),
    ],
)
def test_operands_that_do_not_fit_are_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"expected|mode|groups|shape"):
        call()


RIGHT = """\
import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    cache = None
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        std = np.sqrt(var + eps)
        x_hat = (x - mean) / std
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
        cache = x_hat, gamma, std
    else:
        x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return gamma * x_hat + beta, cache


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    x_hat, gamma, std = cache
    d = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dbeta, dgamma = d.sum(axis=0), (d * x_hat).sum(axis=0)
    dx = gamma / std * (d - dbeta / len(d) - x_hat * dgamma / len(d))
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    groups = x.reshape(len(x), G, -1)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)
    x_hat = ((groups - groups.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return gamma * x_hat + beta, (x_hat, gamma, std, G)


def spatial_groupnorm_backward(dout, cache):
    x_hat, gamma, std, G = cache
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)
    d, h = (dout * gamma).reshape(len(dout), G, -1), x_hat.reshape(len(dout), G, -1)
    dx = (d - d.mean(axis=2, keepdims=True) - h * (d * h).mean(axis=2, keepdims=True)) / std
    return dx.reshape(dout.shape), dgamma, dbeta
"""


def graded(tmp_path: Path, code: str, rubric: str, *options: str) -> dict[str, Any]:
    file = tmp_path / "s.py"
    file.write_text(code)
    run = grade(str(file), "--rubric", rubric, "--format", "json", *(options or ("--no-timing",)))
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("rubric", ["cs231n-spatial-batchnorm", "cs231n-spatial-groupnorm"])
def test_right_code_gets_every_point(tmp_path: Path, rubric: str) -> None:
    report = graded(tmp_path, RIGHT, rubric)
    assert report["score"] == report["max_score"] == 100


def test_input_that_is_normalized_in_place_and_kept_costs_the_contract_alone(tmp_path: Path) -> None:
    new = "x_hat = ((groups - groups.mean(axis=2, keepdims=True)) / std).reshape(x.shape)"
    in_place = "groups -= groups.mean(axis=2, keepdims=True)\n    groups /= std\n    x_hat = groups.reshape(x.shape)"
    assert new in RIGHT
    report = graded(tmp_path, RIGHT.replace(new, in_place), "cs231n-spatial-groupnorm")
    lost = [item["id"] for item in report["items"] if item["verdict"] not in ("passed", "skipped")]
    assert lost == ["contract"]
    assert report["score"] == 98.25


def test_mistake_that_comes_with_the_cache_leads_to_its_line_in_forward(tmp_path: Path) -> None:
    code = RIGHT.replace(
        "np.sqrt(groups.var(axis=2, keepdims=True) + eps)", "np.sqrt(groups.var(axis=2, keepdims=True)) + eps"
    )
    found = items(graded(tmp_path, code, "cs231n-spatial-groupnorm"))
    (line,) = (number for number, text in enumerate(code.split("\n"), 1) if "keepdims=True)) + eps" in text)
    told = (
        f"spatial_groupnorm_forward has the same kind of mistake (line {line}), and backward uses its cache: put "
        "forward right first. Only if this is told then, too: "
    )
    assert [found[name]["diagnosis"]["where"].startswith(told) for name in ("dx", "dgamma")] == [True, True]


def test_backward_waits_for_forward_only_where_what_forward_returns_is_wrong(tmp_path: Path) -> None:
    """Averages that are not written do not come to backward with the cache."""
    first = "backward uses its cache: put forward right first."
    no_averages = RIGHT.replace(LEAVES, "").replace(
        "dbeta, dgamma = d.sum(axis=0)", "dbeta, dgamma = d.sum(axis=0) / 7"
    )
    wrong_cache = RIGHT.replace("x_hat = (x - mean) / std", "x_hat = (x - mean) / std - 0.1")
    assert RIGHT not in (no_averages, wrong_cache)
    told = []
    for code in (no_averages, wrong_cache):
        found = items(graded(tmp_path, code, "cs231n-spatial-batchnorm"))
        told.append([item for item in ("dx", "dgamma", "dbeta") if first in " ".join(found[item]["facts"])])
    assert told == [[], ["dx", "dgamma"]]


def test_dx_is_not_put_down_to_forward_where_dgamma_is_right_which_comes_of_the_same_numbers(tmp_path: Path) -> None:
    code = RIGHT
    for old, new in (
        ("return gamma * x_hat + beta, (x_hat, gamma, std, G)", "return gamma * x_hat + 7, (x_hat, gamma, std, G)"),
        ("return dx.reshape(dout.shape), dgamma, dbeta", "return dx.reshape(dout.shape) + 7, dgamma, dbeta + 7"),
    ):
        assert old in code
        code = code.replace(old, new)
    found = items(graded(tmp_path, code, "cs231n-spatial-groupnorm"))
    assert [found[name]["verdict"] for name in ("forward", "dx", "dgamma", "dbeta")] == [
        *2 * ["failed"],
        "passed",
        "failed",
    ]
    assert "put forward right first" not in str([found[name]["facts"] for name in ("dx", "dbeta")])


BEGINS = "def spatial_batchnorm_forward(x, gamma, beta, bn_param):\n"
LEAVES = 'bn_param["running_mean"] = running_mean'


def test_running_averages_are_judged_whatever_lies_in_their_place(tmp_path: Path) -> None:
    """Wrong numbers, nothing and junk are wrong results, and never an error of the grader."""
    for left, told in (
        ('bn_param["running_mean"] = 2 * running_mean', "running_mean[0] is"),
        ('bn_param.pop("running_mean", None)', "`bn_param['running_mean']` is missing after the call"),
        ('bn_param["running_mean"] = list(running_mean)', "running_mean is a list of 1, not an array"),
        ('bn_param["running_mean"] = bn_param', "running_mean is a dict, not an array"),
        ('bn_param["running_mean"] = running_mean[None]', "running_mean has shape (1, 1), expected (1,)"),
        ("bn_param.clear()", "`bn_param['running_mean']` is missing after the call"),
    ):
        found = items(graded(tmp_path, RIGHT.replace(LEAVES, left), "cs231n-spatial-batchnorm"))
        assert found["running-mean"]["points"] < found["running-mean"]["max_points"]
        assert told in found["running-mean"]["message"], left
        assert found["forward"]["verdict"] == "passed"


def test_call_may_write_averages_into_its_dict_and_nothing_else(tmp_path: Path) -> None:
    found = items(graded(tmp_path, RIGHT, "cs231n-spatial-batchnorm"))
    assert found["contract"]["verdict"] == "passed"
    for change, name in (('bn_param["mode"] = "test"', "bn_param"), ("x -= 1", "x"), ("gamma += 1", "gamma")):
        code = RIGHT.replace(BEGINS, f"{BEGINS}    {change}\n")
        contract = items(graded(tmp_path, code, "cs231n-spatial-batchnorm"))["contract"]
        assert contract["verdict"] != "passed", change
        assert name in contract["message"]


def test_keys_that_are_asked_for_are_no_lines_to_look_at(tmp_path: Path) -> None:
    given = "    bn_param.setdefault('eps', 1e-5)\n    bn_param.setdefault('running_mean', np.zeros(x.shape[1]))\n"
    report = graded(tmp_path, RIGHT.replace(BEGINS, BEGINS + given), "cs231n-spatial-batchnorm")
    contract = items(report)["contract"]
    assert contract["diagnosis"]["lines"] == [RIGHT[: RIGHT.index(BEGINS) + len(BEGINS)].count("\n") + 1]


def test_mode_may_be_compared_as_an_object(tmp_path: Path) -> None:
    code = RIGHT.replace('bn_param["mode"] == "train"', 'bn_param["mode"] is "train"')
    assert graded(tmp_path, code, "cs231n-spatial-batchnorm")["score"] == 100


def test_counterexample_says_mode_and_number_of_groups(tmp_path: Path) -> None:
    code = RIGHT.replace("x_hat = (x - running_mean)", "x_hat = (x + running_mean)")
    case = items(graded(tmp_path, code, "cs231n-spatial-batchnorm"))["forward"]["counterexample"]
    assert case["bn_param"] == {"mode": "test"}
    assert case["shapes"]["running_mean"] == [1]
    assert "bn_param = {'mode': 'test', 'running_mean': np.array([" in case["snippet"]
    exec(RIGHT + case["snippet"], {})
    with pytest.raises(AssertionError):
        exec(code + case["snippet"], {})
    code = RIGHT.replace("gamma * x_hat + beta, (", "gamma * x_hat + beta * G, (")
    case = items(graded(tmp_path, code, "cs231n-spatial-groupnorm"))["forward"]["counterexample"]
    assert (case["G"], case["gn_param"]) == (2, {})
    assert "\nG = 2\ngn_param = {}\n" in case["snippet"]
    with pytest.raises(AssertionError):
        exec(code + case["snippet"], {})


@pytest.mark.parametrize("name", ["batchnorm", "groupnorm"])
def test_mistake_about_eps_is_judged_alike_whatever_numbers_are_drawn(name: str) -> None:
    """In float32 it is never seen, in float64 it always is; but for a default of 1e-4, of which nobody was seen."""
    rubric = one_operator(ROOT / "rubrics" / f"cs231n-spatial-{name}.yaml")
    operator = Assignment.of(rubric).operator
    bank = operator.bank()
    forms = [((bug, v),) for bug in bank.bugs if "eps" in bug.id for v in range(len(bug.variants))]
    failed: dict[tuple[str, int, str], set[bool]] = {}
    for seed in range(8):
        cases = draw_cases(operator, rubric.cases.ranges, 60, ("float64", "float32"), ragged=False, seed=seed)
        for problem in (pose_fairly(operator, case) for case in cases if case.judges == ("float32",)):
            for form in forms:
                ((bug, variant),) = form
                given = bank.run(form, problem.arrays, problem.upstream, problem.parameters)
                for output in bug.outputs:
                    error = relative_error(np.asarray(given[output], float), problem.expected[output])
                    failed.setdefault((bug.id, variant, output), set()).add(error > rubric.tolerance.float32)
    assert len(failed) >= 20
    assert {key for key, ends in failed.items() if len(ends) > 1} <= {key for key in failed if "default" in key[0]}
    assert sum(ends == {False} for ends in failed.values()) >= 15
