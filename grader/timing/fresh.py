"""Problems of a timed workload, with numbers that nobody can foresee.

They are drawn from a secret at that moment: from the rubric's seed, results could be computed while a file is loaded.
"""

import secrets
from dataclasses import replace

import numpy as np

from grader.cases.problems import Problem, expecting, posed
from grader.records import Array, Case
from grader.rubric.model import SpeedItem
from grader.rubric.workload import sizes_of
from reference.spec import Operator


class FreshProblems:
    """Poses problems of the workload's shapes, each with other numbers.

    Args:
        operator: whose function is timed.
        item: the function and the workload.
    """

    def __init__(self, operator: Operator, item: SpeedItem) -> None:
        self.operator = operator
        self.function = item.function
        self.sizes = sizes_of(item.workload, operator)
        self.images = self.sizes[operator.batch]
        """Those of the whole workload."""
        self._secret = secrets.randbits(64)
        self._posed = 0

    def pose(self, images: int) -> Problem:
        """The next problem, with that many images."""
        self._posed += 1
        sizes = {**self.sizes, self.operator.batch: images}
        case = Case(index=self._posed, sizes=sizes, seed=(self._secret, self._posed), judges=())
        rng = np.random.default_rng(case.seed)
        shapes, signature = self.operator.shapes(sizes), self.operator.signature
        if self.function == "forward":
            shapes = {**shapes, signature.upstream: (0,)}
        arrays = {name: _draw(rng, shape) for name, shape in shapes.items()}
        return posed(self.operator, case, arrays)

    def expecting(self, problem: Problem) -> Problem:
        """The same problem with what the reference expects of the timed function."""
        return expecting(self.operator, problem, (self.function,))

    def first(self, problem: Problem, images: int) -> Problem:
        """The same problem with only its first images."""
        batch = self.operator.batch
        return replace(
            problem,
            case=replace(problem.case, sizes={**problem.case.sizes, batch: images}),
            arrays={
                name: array[:images] if self.operator.axes_of(name)[0] == batch else array
                for name, array in problem.arrays.items()
            },
            upstream=problem.upstream[:images],
        )


def _draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform in [-0.5, 0.5): a third of the time that normal numbers take, and as good for this."""
    values = rng.random(shape)
    values -= 0.5
    return values
