"""Rubrics for tests."""

from pathlib import Path

from grader.rubric.model import Rubric
from grader.rubric.reading import load_rubric


def one_operator(file: Path) -> Rubric:
    """As `load_rubric`, of a rubric that is about one operator."""
    rubric = load_rubric(file)
    assert isinstance(rubric, Rubric)
    return rubric
