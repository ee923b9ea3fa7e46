"""The students' guide: each of its steps is right, and its tables are those of its steps."""

import doctest
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy

from benchmarks.guide import FUNCTIONS, PAGE, programs, ratios
from tests.cli import grade
from tests.test_timing import SMALL, quick_rubric

STEPS = programs()
Case = tuple[list[Any], dict[str, int], Any, Any, list[Any]]
"""Inputs, parameters, the output, an upstream gradient, and the gradients."""
ROW = re.compile(r"^(\d)\. (.+?) +([\d.]+) +([\d.]+)?(?: +([\d.]+) +([\d.]+)?)?$", re.MULTILINE)


def by_scipy(x: Any, w: Any, b: Any, stride: int, pad: int) -> Any:
    """The output, from code of other authors."""
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = [[scipy.signal.correlate(image, kernel, "valid")[0] for kernel in w] for image in x_pad]
    return np.array(out)[:, :, ::stride, ::stride] + b[:, None, None]


def derivatives(loss: Callable[[], float], array: Any) -> Any:
    """Central differences; exact up to rounding, since the loss is linear in each array."""
    found = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + 1
        above = loss()
        array[place] = kept - 1
        found[place] = (above - loss()) / 2
        array[place] = kept
    return found


def _loss(dout: Any, x: Any, w: Any, b: Any, stride: int, pad: int) -> float:
    return float((dout * by_scipy(x, w, b, stride, pad)).sum())


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    random, found = np.random.default_rng(7), []
    for stride, pad, (HH, WW) in [(1, 0, (3, 2)), (2, 1, (3, 2)), (1, 1, (1, 1)), (3, 0, (1, 3)), (2, 2, (2, 4))]:
        x, w, b = inputs = [random.normal(size=size) for size in ((2, 2, 4, 5), (3, 2, HH, WW), (3,))]
        out = by_scipy(x, w, b, stride, pad)
        dout = random.normal(size=out.shape)
        loss = partial(_loss, dout, x, w, b, stride, pad)
        gradients = [derivatives(loss, array) for array in inputs]
        found.append((inputs, {"stride": stride, "pad": pad}, out, dout, gradients))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_step_of_the_guide_is_right(name: str, cases: list[Case]) -> None:
    step: dict[str, Any] = {}
    exec(STEPS[name][0], step)
    for inputs, parameters, expected, dout, gradients in cases:
        out, cache = step["conv_forward_naive"](*inputs, parameters)
        np.testing.assert_allclose(out, expected, atol=1e-12)
        for found, gradient in zip(step["conv_backward_naive"](dout, cache), gradients, strict=True):
            np.testing.assert_allclose(found, gradient, atol=1e-9)


def test_blocks_are_more_than_one_where_there_is_much() -> None:
    """The sizes above fit one block."""
    step: dict[str, Any] = {}
    exec(STEPS["blocks"][0], step)
    before: dict[str, Any] = {}
    exec(STEPS["im2col"][0], before)
    random = np.random.default_rng(7)
    x, w = random.normal(size=(5, 8, 30, 30)), random.normal(size=(4, 8, 3, 3))
    assert len(step["blocks"](5, w, 28, 28)) > 2
    out = before["slide"](x, w, 1)
    np.testing.assert_allclose(step["slide"](x, w, 1), out)
    for one, other in zip(step["slide_back"](out, x, w, 1), before["slide_back"](out, x, w, 1), strict=True):
        np.testing.assert_allclose(one, other)


def test_tables_of_the_guide_go_from_bob_to_alice() -> None:
    text = PAGE.read_text()
    rows = [(int(number), name) for number, name, *_ in ROW.findall(text)]
    steps = list(enumerate(STEPS, 1))
    assert rows == [*steps, *steps[5:]]
    forward = {name: float(ratio) for _, name, ratio, *_ in ROW.findall(text)[: len(steps)]}
    alice = float(re.findall(r"^the sample alice.py +([\d.]+)", text, re.MULTILINE)[0])
    assert forward["four loops"] < alice / 500
    assert forward["blocks"] > 0.9 * alice


def test_einsum_is_drawn_in_the_guide_as_it_is() -> None:
    examples = "".join(re.findall(r"```pycon\n(.*?)```", PAGE.read_text(), re.DOTALL))
    runner = doctest.DocTestRunner()
    found = doctest.DocTestParser().get_doctest(examples, {}, PAGE.name, None, None)
    assert runner.run(found) == (0, 2)


def test_step_of_the_guide_is_measured_as_a_submission(tmp_path: Path) -> None:
    """As the benchmark does it, and what is wrong ends the benchmark."""
    options = ("--workload", SMALL, "--rubric", quick_rubric(tmp_path, timing_s=0.1), "--format", "json")
    step = tmp_path / "step.py"
    step.write_text(STEPS["im2col"][0])
    assert min(ratios(grade("time", step, *options).stdout)[function] for function in FUNCTIONS) > 0
    step.write_text(STEPS["im2col"][0].replace("+ b[:, None, None]", ""))
    with pytest.raises(ValueError, match="forward was not timed"):
        ratios(grade("time", step, *options).stdout)
