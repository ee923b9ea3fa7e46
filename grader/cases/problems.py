"""A case with its numbers, and what is expected of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from grader.cases.numbers import draw_arrays
from grader.records import FUNCTIONS, Array, Case, Function
from reference.spec import Operator

_MOST_DRAWS, _LEAST_SHARE = 50, 0.05
"""Draws until an expected output is at least that share of what it would be without cancellation; else the fairest."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A case with its numbers and what is expected of them."""

    case: Case
    arrays: Mapping[str, Array]
    upstream: Array
    parameters: Mapping[str, Any]
    """Scalars and what the parameter dict has, by name: numbers, words and arrays."""
    expected: Mapping[str, Array]
    nearest: Mapping[str, Callable[[Array], Array]] = field(default_factory=dict)
    """By output, what was returned -> a right answer near it, where there are several (`Operator.nearest`)."""

    def right_answer(self, output: str, got: Array | None) -> Array:
        """What is expected of this output; where several answers are right, `got` if it is one, else one near it."""
        expected = self.expected[output]
        if output not in self.nearest or got is None or got.shape != expected.shape:
            return expected
        got = got.astype(np.float64)
        return self.nearest[output](got) if np.isfinite(got).all() else expected

    def has_several_right(self, output: str) -> bool:
        """Whether others than the expected answer are right: one is near large numbers where that has none."""
        if output not in self.nearest:
            return False
        expected = self.expected[output]
        probes = (np.where(expected, 0.0, large) for large in (1e6, -1e6))
        return any(not np.array_equal(self.right_answer(output, probe), expected) for probe in probes)


def pose_fairly(operator: Operator, case: Case) -> Problem:
    """`pose`, drawn again while an expected output is but a small difference of large sums.

    There the rounding of a right solution, above all in float32, can be large beside max|expected|. The measure is
    the oracle on absolute values, which has no cancellation. (A published case with its own numbers is taken as it is.)
    """
    if case.spaced:
        return pose(operator, case)
    fairest, largest_share = None, -1.0
    for attempt in range(_MOST_DRAWS):
        problem = pose(operator, replace(case, seed=(*case.seed, attempt)))
        magnitudes = expecting(operator, _absolute(problem), FUNCTIONS).expected
        share = min(float(np.abs(e).max() / (magnitudes[name].max() or 1.0)) for name, e in problem.expected.items())
        if share > largest_share:
            fairest, largest_share = problem, share
        if share >= _LEAST_SHARE:
            break
    assert fairest is not None
    return fairest


def _absolute(problem: Problem) -> Problem:
    arrays = {name: np.abs(array) for name, array in problem.arrays.items()}
    held = {name: np.abs(value) for name, value in problem.parameters.items() if isinstance(value, np.ndarray)}
    return replace(problem, arrays=arrays, upstream=np.abs(problem.upstream), parameters={**problem.parameters, **held})


def pose(operator: Operator, case: Case, functions: Sequence[Function] = FUNCTIONS) -> Problem:
    """Draw a case's arrays and compute what is expected of `functions`, with the operator's oracle."""
    return expecting(operator, posed(operator, case, draw_arrays(operator, case)), functions)


def posed(operator: Operator, case: Case, arrays: Mapping[str, Array]) -> Problem:
    """The problem that arrays with these numbers make, with nothing expected yet."""
    signature = operator.signature
    arrays = {name: np.abs(array) if name in operator.positive else array for name, array in arrays.items()}
    parameters = signature.given(case.sizes) | {name: arrays[name] for name in signature.holds(case.sizes)}
    inputs = {name: arrays[name] for name in signature.inputs}
    return Problem(case, inputs, arrays[signature.upstream], parameters, {})


def expecting(operator: Operator, problem: Problem, functions: Sequence[Function]) -> Problem:
    """The problem together with what is expected of those of `functions` that are asked of its sizes."""
    signature = operator.signature
    if not operator.space.has_backward(problem.case.sizes):
        functions = [function for function in functions if function != "backward"]
    handed = signature.handed(problem.arrays, problem.parameters)
    expected: dict[str, Array] = {}
    if "forward" in functions:
        expected |= signature.named("forward", operator.forward(*handed), handed)
    if "backward" in functions:
        expected |= signature.named("backward", operator.backward(problem.upstream, handed))
    nearest = {}
    if "backward" in functions and operator.nearest is not None:
        nearest = dict.fromkeys(signature.backward_outputs, partial(operator.nearest, problem.upstream, handed))
    return replace(problem, expected=expected, nearest=nearest)
