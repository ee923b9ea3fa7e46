"""What every operator promises, packaged or brought along: the oracle, what is timed, the sizes, the bank."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import numpy as np
import pytest

from grader.cases.draw import COMBINED, NOTEBOOK, draw_cases, number_traits
from grader.cases.problems import Problem, pose_fairly
from grader.operators import contradictions, packaged
from grader.records import Array
from reference.spec import Bug, Einsum, Implementation, Operator, small_sizes
from tests.pooling import pool1d

OPERATORS = (*packaged(), pool1d.OPERATOR)
BUGS = [(operator, bug) for operator in OPERATORS for bug in operator.bank().bugs]
COUNT = 60
every_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)


@cache
def problems(operator: Operator, *, ragged: bool = False) -> tuple[Problem, ...]:
    space = operator.space
    drawn = draw_cases(operator, space.enough, COUNT, ("float64", "float32"), ragged=ragged, seed=231)
    return tuple(pose_fairly(operator, case) for case in drawn)


def whole(operator: Operator) -> Iterator[Problem]:
    """Those on which both functions are judged, their numbers in float64."""
    for problem in problems(operator, ragged=True):
        if "backward" in problem.case.functions:
            arrays = {name: array.astype(float) for name, array in problem.arrays.items()}
            yield replace(problem, arrays=arrays, upstream=problem.upstream.astype(float))


def forward(operator: Operator, arrays: Mapping[str, Array], parameters: Mapping[str, Any]) -> Array:
    """The first of forward's outputs."""
    out: Array = operator.forward(*operator.signature.handed(arrays, parameters))[0]
    return out


def backward(operator: Operator, problem: Problem, upstream: Array) -> dict[str, Array]:
    handed = operator.signature.handed(problem.arrays, problem.parameters)
    return operator.signature.named("backward", operator.backward(upstream, handed))


def test_the_packaged_ones_are_discovered() -> None:
    assert [operator.name for operator in packaged()] == [
        "avg_pool2d",
        "conv2d",
        "max_pool2d",
        "spatial_batchnorm",
        "spatial_groupnorm",
    ]


@every_operator
def test_record_contradicts_nothing(operator: Operator) -> None:
    assert list(contradictions(operator)) == []


POOL, SPACE = pool1d.OPERATOR, pool1d.OPERATOR.space
MEAN = Einsum("ncli->ncl", ("windows",), {"n": "N", "c": "C", "l": "L_out"}, "out")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (replace(POOL, axes={"x": "N C L"}), "axes must have dout"),
        (replace(POOL, axes={"x": "C N L", "dout": "N C L_out"}), "axes: the first axis of x must be N, the batch"),
        (replace(POOL, words={"N": "image"}), "words must have C"),
        (replace(POOL, signature=replace(POOL.signature, backward_outputs=("grad",))), "grad must be d and the name"),
        (replace(POOL, signature=replace(POOL.signature, parameters=("step",))), "space.names must have step"),
        (replace(POOL, lengths=lambda sizes: {}), "lengths must give L_out"),
        (replace(POOL, space=replace(SPACE, lowest={"N": 1})), "space.lowest must give N, C, L, width, stride"),
        (
            replace(POOL, space=replace(SPACE, groups=(("N",),))),
            "space.groups must have each of N, C, L, width, stride",
        ),
        (replace(POOL, space=replace(SPACE, groups=tuple((n,) for n in SPACE.names))), "must be of one group"),
        (replace(POOL, space=replace(SPACE, plain={**SPACE.plain, "L": 5})), "space.plain must be sizes that fit"),
        (replace(POOL, einsums={"out": MEAN}), "einsums: letters of out must say which axis i is"),
        (replace(POOL, einsums={"dx": replace(MEAN, operands=())}), "operands of dx must have a name for each"),
        (replace(POOL, einsums={"dw": MEAN}), "einsums: dw must be an output or a gradient"),
    ],
)
def test_contradictions_are_named(changed: Operator, complaint: str) -> None:
    assert any(complaint in one for one in contradictions(changed))


@every_operator
def test_backward_is_the_derivative_in_a_random_direction(operator: Operator) -> None:
    """<upstream, derivative of forward along v> = <gradients, v>, where calculus has only forward to go by."""
    rng, step, smooth = np.random.default_rng(7), 1e-4, 0
    for problem in whole(operator):
        direction = {name: rng.standard_normal(array.shape) for name, array in problem.arrays.items()}
        scale = max(1.0, *(float(np.abs(array).max()) for array in problem.arrays.values()))
        sides = {
            steps: forward(operator, {n: a + steps * step * scale * direction[n] for n, a in problem.arrays.items()},
                           problem.parameters)
            for steps in (2, 1, 0, -1, -2)
        }  # fmt: skip
        if operator.nearest is not None and not np.allclose(sides[2] - sides[0], sides[0] - sides[-2], 1e-6, 0):
            continue  # a kink lies between, where calculus knows no gradient
        smooth += 1
        # two central differences, the error of which is in proportion to the square of their step
        along = (8 * (sides[1] - sides[-1]) - (sides[2] - sides[-2])) / (12 * step * scale)
        gradients = backward(operator, problem, problem.upstream)
        found = sum(float(np.sum(gradients[f"d{name}"] * v)) for name, v in direction.items())
        size = float(np.abs(along).max() * np.abs(problem.upstream).sum()) + 1e-300
        assert abs(float(np.sum(along * problem.upstream)) - found) < 1e-8 * size
    assert smooth >= COUNT / 2


@every_operator
def test_backward_is_linear_in_the_upstream_gradient(operator: Operator) -> None:
    rng = np.random.default_rng(8)
    for problem in whole(operator):
        one, other = problem.upstream, rng.standard_normal(problem.upstream.shape)
        parts = [backward(operator, problem, upstream) for upstream in (one, other, 2 * one - 3 * other)]
        for name, together in parts[2].items():
            expected = 2 * parts[0][name] - 3 * parts[1][name]
            np.testing.assert_allclose(together, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


@every_operator
def test_shapes_are_those_of_the_axes(operator: Operator) -> None:
    for problem in problems(operator, ragged=True):
        sizes = problem.case.sizes
        assert {name: array.shape for name, array in problem.arrays.items()} | {
            operator.signature.upstream: problem.upstream.shape
        } == {name: shape for name, shape in operator.shapes(sizes).items() if name not in operator.signature.held}
        assert {name: value.shape for name, value in problem.parameters.items() if isinstance(value, np.ndarray)} == {
            name: shape for name, shape in operator.shapes_there(sizes).items() if name in operator.signature.held
        }
        for name, expected in problem.expected.items():
            assert expected.shape == operator.shape_of(name, sizes)
            assert len(operator.terms.words_of(name)) == expected.ndim


def loaded(implementation: Implementation) -> tuple[Any, ...]:
    spec = spec_from_file_location("timed", implementation.file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return tuple(getattr(module, name) for name in implementation.functions)


TIMED = [
    (operator, name, program)
    for operator in OPERATORS
    if (timed := operator.timed) is not None
    for name, program in (
        ("baseline", timed.baseline),
        ("loops", timed.loops),
        *((each.title, each.program) for each in timed.landmarks if each.is_right),
    )
]


@pytest.mark.parametrize(
    ("operator", "program"),
    [(operator, program) for operator, _, program in TIMED],
    ids=[f"{operator.name} {name}" for operator, name, _ in TIMED],
)
def test_what_is_timed_gives_the_oracles_results(operator: Operator, program: Implementation) -> None:
    run_forward, run_backward = loaded(program)
    signature = operator.signature
    for problem in problems(operator, ragged=True):
        tolerance = 1e-4 if problem.case.dtype == "float32" else 1e-9
        handed = signature.handed(problem.arrays, problem.parameters)
        returned = run_forward(*handed)
        got = signature.named("forward", returned, handed)
        if operator.space.has_backward(problem.case.sizes):
            got |= signature.named("backward", run_backward(problem.upstream, returned[-1]))
        for name, expected in problem.expected.items():
            np.testing.assert_allclose(got[name], expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


def test_every_packaged_operator_has_landmarks_and_one_title_leads_to_one_sentence() -> None:
    """A board over several operators names each landmark once."""
    landmarks = [operator.timed.landmarks for operator in packaged() if operator.timed is not None]
    told = {(each.title, each.change) for mine in landmarks for each in mine}
    assert len(dict(told)) == len(told)
    assert all({"one loop less"} < {each.title for each in mine} for mine in landmarks)


@pytest.mark.parametrize("ragged", [False, True])
@every_operator
def test_every_trait_is_reached_and_everything_drawn_fits(operator: Operator, ragged: bool) -> None:
    space = operator.space
    cases = [problem.case for problem in problems(operator, ragged=ragged) if problem.case.judges != (NOTEBOOK,)]
    judged = {trait for case in cases for trait in case.judges}
    wanted = {COMBINED, *space.traits, *number_traits(operator)} - ({space.ragged} if not ragged else set())
    assert judged == wanted
    for case in cases:
        assert all(low <= case.sizes[name] <= high for name, (low, high) in space.enough.items())
        assert space.fits(case.sizes)
        assert ragged or space.divides(case.sizes)
        for traits in space.by_value.values():
            assert sum(bool(space.traits[trait].holds(case.sizes)) for trait in traits) == 1


@every_operator
def test_small_problems_fit_and_begin_with_the_smallest(operator: Operator) -> None:
    space, found = operator.space, small_sizes(operator)
    numbers = [operator.numbers(sizes) for sizes in found]
    assert numbers == sorted(numbers)
    assert numbers[0] == operator.numbers(space.lowest)
    assert all(space.fits(sizes) and min(map(min, operator.shapes(sizes).values())) > 0 for sizes in found)


@every_operator
def test_every_size_can_become_smaller(operator: Operator) -> None:
    space = operator.space
    larger = {name: least + 2 for name, least in space.lowest.items()}
    steps = list(space.descents(larger))
    for name, least in space.lowest.items():
        assert any(step.get(name, larger[name]) < larger[name] for step in steps)
        assert all(step.get(name, least) >= least for step in steps)


def test_what_is_told_of_a_bug_refers_to_nothing_before_it() -> None:
    """Where two are found together, it stands behind what is told of the other, and below both titles."""
    begun = {bug.explanation.partition(" ")[0] for _, bug in BUGS}
    assert not begun & {"It", "That", "These", "They", "This", "Those"}


@pytest.mark.parametrize(("operator", "bug"), BUGS, ids=[f"{operator.name} {bug.id}" for operator, bug in BUGS])
def test_every_bug_can_be_told_and_spoils_what_it_says_and_nothing_else(operator: Operator, bug: Bug) -> None:
    told = (bug.title, bug.explanation, bug.where, bug.hint)
    assert all(text and text == text.strip() for text in told)
    assert not bug.title.endswith(".")
    spoiled = set()
    for problem in problems(operator, ragged=bool(bug.needs)):
        if bug.function == "backward" and not operator.space.has_backward(problem.case.sizes):
            continue
        for variant in range(len(bug.variants)):
            try:
                given = operator.bank().run(((bug, variant),), problem.arrays, problem.upstream, problem.parameters)
            except (ValueError, IndexError):
                spoiled |= set(bug.outputs)  # a crash costs all of them
                continue
            for output in given:
                expected = problem.expected[output]
                near = 1e-9 if output in bug.outputs else max(1e-9, bug.precision)
                atol = near * max(1.0, float(np.abs(expected).max()))
                spoiled |= set() if _is_near(given[output], expected, near, atol) else {output}
    assert spoiled == set(bug.outputs)


def _is_near(got: Array, expected: Array, relative: float, absolute: float) -> bool:
    """As `np.allclose` of shapes that may differ, where what is expected is finite; in a fifth of the time."""
    if got.shape != expected.shape:
        return False
    return bool((np.abs(got - expected) <= absolute + relative * np.abs(expected)).all())
