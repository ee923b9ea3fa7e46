"""Who has handed in at a folder that may be empty, or have one hand-in only."""

from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.reading.reader import Reader
from grader.records import Entry
from grader.sources import find_entries


def hand_ins_at(path: Path, functions: Sequence[str], reader: Reader) -> list[Entry]:
    """Everybody's newest hand-in; none where there is nothing yet that could be graded.

    Args:
        path: the folder.
        functions: names of the graded functions.
        reader: looks into it.
    """
    found = _at(path, functions, reader)
    if len(found) == 1 and not found[0].place.steps:  # a first hand-in alone looks like one person's folder
        below = sorted(child for child in path.iterdir() if not child.name.startswith("."))
        return [entry for child in below for entry in _at(child, functions, reader)]
    return found


def _at(path: Path, functions: Sequence[str], reader: Reader) -> list[Entry]:
    try:
        return find_entries([path], functions, None, reader.people_at)
    except UsageError:
        return []
