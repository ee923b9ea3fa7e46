"""A whole rubric together with all its operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from grader.rubric.assignment import Assignment
from grader.rubric.model import WholeRubric


@dataclass(frozen=True, slots=True)
class Homework:
    """What a submission is graded by: an assignment for each operator of the rubric."""

    rubric: WholeRubric
    parts: Mapping[str | None, Assignment]
    """By the key of its operator in the rubric; None where there is only one."""

    @classmethod
    def of(cls, rubric: WholeRubric) -> Self:
        """With the operators that the rubric names.

        Raises:
            RubricError: where one is not there, which of a rubric that has just been read is known.
        """
        return cls(rubric, {key: Assignment.of(part) for key, part in rubric.parts.items()})

    @property
    def has_several(self) -> bool:
        """Whether the rubric gives its operators keys."""
        return None not in self.parts

    @property
    def names(self) -> tuple[str, ...]:
        """The students' names of all functions."""
        return tuple(dict.fromkeys(name for part in self.parts.values() for name in part.names.values()))

    @property
    def outlines(self) -> dict[str, Path]:
        """By the name of a function, its operator's `outline`, where there is one."""
        files = ((part, part.operator.outline) for part in self.parts.values())
        return {name: file for part, file in files if file is not None for name in part.names.values()}
