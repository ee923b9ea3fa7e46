"""A rubric together with the operator that it is about: what grading needs to know of a task."""

from dataclasses import dataclass
from typing import Self

from grader.errors import RubricError
from grader.operators import find_operator
from grader.records import FUNCTIONS, Function
from grader.rubric.interface import in_interface
from grader.rubric.model import Rubric
from reference.spec import Operator


@dataclass(frozen=True, slots=True)
class Assignment:
    """What submissions are graded by."""

    rubric: Rubric
    operator: Operator

    @classmethod
    def of(cls, rubric: Rubric) -> Self:
        """With the operator that the rubric names.

        Raises:
            RubricError: where it is not there, which of a rubric that has just been read is known.
        """
        operator = find_operator(rubric.operator)
        if operator is None:
            raise RubricError([f"{rubric.name}: there is no operator {rubric.operator}"])
        if rubric.interface is not None:
            names = (rubric.functions.forward, rubric.functions.backward)
            operator = in_interface(operator, rubric.interface, names, rubric.cases.ranges)
        return cls(rubric, operator)

    @property
    def names(self) -> dict[Function, str]:
        """The students' names of the two functions."""
        return {function: self.rubric.functions.name(function) for function in FUNCTIONS}
