"""The tests that students are given: one small problem with its result, and central differences."""

from collections.abc import Iterator

import numpy as np

from grader.cases.draw import NOTEBOOK, draw_cases
from grader.cases.numbers import draw_arrays
from grader.cases.problems import Problem, expecting, posed
from grader.feedback.snippet import dict_literal, literal
from grader.handout.task import STARTER, TESTS, Task
from reference.signature import Array

_DIGITS = 2
"""Of the inputs: to be read."""


def public_tests(task: Task) -> str:
    """Their text."""
    return "\n".join(_lines(task, _problem(task))) + "\n"


def _problem(task: Task) -> Problem:
    """The plain case, with numbers that can be read; the rubric's seed does not show in them."""
    operator, cases = task.part.operator, task.part.rubric.cases
    drawn = draw_cases(operator, cases.ranges, 16, cases.dtypes[:1], ragged=cases.ragged, seed=0)
    plain = next(case for case in drawn if case.judges != (NOTEBOOK,))
    arrays = {name: np.round(array.astype(np.float64), _DIGITS) for name, array in draw_arrays(operator, plain).items()}
    return expecting(operator, posed(operator, plain, arrays), ["forward"])


def _lines(task: Task, problem: Problem) -> Iterator[str]:
    forward, backward = task.names
    signature = task.part.operator.signature
    output = signature.returned[0]
    yield f'"""Public tests: `python -m pytest {TESTS}`. You are graded on many more shapes than this one."""'
    yield ""
    yield "import numpy as np"
    yield "from grader.testing import check_gradients"
    yield f"from {STARTER.removesuffix('.py')} import {', '.join(sorted(task.names))}"
    yield from ("", "", "def problem():")
    yield '    """What the forward pass is called with."""'
    yield from (f"    {name} = {_literal(values)}" for name, values in problem.arrays.items())
    yield from (f"    {name} = {problem.parameters[name]}" for name in signature.scalars)
    if signature.parameter_name:
        yield f"    {signature.parameter_name} = {dict_literal(signature, problem)}"
    yield f"    return {', '.join(signature.arguments('forward'))}"
    yield from ("", "", "def test_forward_gives_the_right_numbers():")
    yield f"    {output}, *_ = {forward}(*problem())"
    yield f"    expected = {_literal(np.round(problem.expected[output], 10))}"
    yield f'    assert {output} is not None, "not implemented yet"'
    yield f"    assert np.shape({output}) == expected.shape"
    yield f"    np.testing.assert_allclose({output}, expected, rtol=1e-7, atol=1e-9)"
    yield from ("", "", "def test_backward_is_the_gradient_of_forward():")
    yield f"    check_gradients({forward}, {backward}, *problem())"


def _literal(values: Array) -> str:
    return literal(np.ascontiguousarray(values))
