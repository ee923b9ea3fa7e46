"""The smallest case of a mistake that depends on the order of the numbers is as small as any that shows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.pipeline import Grader, Options
from grader.records.feedback import Example
from grader.rubric.reading import load_rubric
from grader.sources import find_entries
from tests.cli import ROOT
from tests.injected_pooling import programs

MOST = {
    "dx-ties-to-all": 2,  # two equal cells of a window
    "dx-assigned": 3,  # the middle one is the largest of two windows
    "dx-winner-turned": 4,  # a window of two rows and columns
    "dx-winner-by-height": 4,  # two windows of two columns, the second of which does not crash
    "dx-of-absolute": 2,
    "dx-times-value": 1,
}
"""By mistake, how many numbers x needs for dx to be wrong."""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(load_rubric(ROOT / "rubrics" / "cs231n-max-pool.yaml"), Options(timing=False)) as grader:
        yield grader


def example_of(grader: Grader, path: Path) -> Example:
    """The smallest case of the only result that is wrong."""
    (entry,) = find_entries([path])
    explained = [item.explanation for item in grader.grade(entry).items if item.explanation is not None]
    (found,) = [one for one in explained if one.example is not None]
    assert found.example is not None
    return found.example


@pytest.mark.parametrize("bug", MOST)
def test_mistake_of_pooling_is_shown_by_as_few_whole_numbers_as_can_be(
    grader: Grader, tmp_path: Path, bug: str
) -> None:
    """Numbers that repeat show much in a large problem; in a small one, others are needed."""
    code = next(program.code for program in programs() if (program.bug, program.structure) == (bug, "loops"))
    (tmp_path / "s.py").write_text(code)
    example = example_of(grader, tmp_path / "s.py")
    (plane,) = example.inputs["x"][0]
    x = [number for row in plane for number in row]
    assert len(x) <= MOST[bug], x
    assert all(number == round(number) for number in x), x
    assert example.dtype == "float64"
