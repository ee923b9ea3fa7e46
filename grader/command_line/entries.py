"""Whose submission lies at a path, where there has to be one."""

from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError, named_paths
from grader.reading.reader import OwnReader
from grader.records import Entry
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric
from grader.sources import find_entries


def one_entry(path: Path, rubric: WholeRubric, layers: Sequence[str]) -> Entry:
    """The one submission at the path.

    Raises:
        UsageError: where there is none, or more than one.
    """
    with named_paths(), OwnReader(layers) as reader:
        entries = find_entries([path], Homework.of(rubric).names, None, reader.people_at)
    if len(entries) != 1:
        raise UsageError(f"{path}: holds {len(entries)} submissions; name one")
    return entries[0]
