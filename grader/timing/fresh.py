"""Problems with numbers that nobody can foresee."""

from dataclasses import replace

import numpy as np

from grader.cases.problems import Problem
from grader.records import Array
from reference.spec import Operator


def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform in [-0.5, 0.5): a third of the time that normal numbers take, and as good for this."""
    values = rng.random(shape)
    values -= 0.5
    return values


def first_images(problem: Problem, operator: Operator, images: int) -> Problem:
    """The same problem with only its first images."""
    first = operator.inputs[0]
    return replace(
        problem,
        case=replace(problem.case, sizes={**problem.case.sizes, "N": images}),
        arrays={**problem.arrays, first: problem.arrays[first][:images]},
        upstream=problem.upstream[:images],
    )
