"""The rubric that a program names: a file, a packaged one, or one that has been read already."""

import os
from pathlib import Path

from grader.command_line.options import rubric_file
from grader.errors import UsageError, named_paths
from grader.rubric import reading
from grader.rubric.model import WholeRubric

AnyRubric = str | os.PathLike[str] | WholeRubric | None
"""None is the packaged `cs231n-conv`."""


def load_rubric(rubric: str | os.PathLike[str] | None = None) -> WholeRubric:
    """Read a rubric.

    Args:
        rubric: a file, or the name of a packaged one; by default `cs231n-conv`.

    Raises:
        RubricError: with every problem of it, each with file, line and key path.
        UsageError: where there is no such file.

    >>> [item.id for item in load_rubric("correctness-only").items]
    ['forward', 'dx', 'dw', 'db', 'contract']
    """
    with named_paths():
        return reading.load_rubric(rubric_file(None if rubric is None else Path(rubric)))


def chosen_rubric(rubric: AnyRubric, seed: int | None) -> WholeRubric:
    """The rubric of a run, with another seed if there is one.

    Raises:
        UsageError: where the seed is none.
    """
    if seed is not None and not 0 <= seed < 2**63:
        raise UsageError(f"seed: {seed} is not a whole number from 0 to {2**63 - 1}")
    whole = rubric if isinstance(rubric, WholeRubric) else load_rubric(rubric)
    return whole if seed is None else whole.model_copy(update={"seed": seed})
