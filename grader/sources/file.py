"""A submission that is one file: Python or a Jupyter notebook, whatever it is called."""

from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.records import Entry, Place
from grader.sources.base import Source
from grader.sources.choice import count_defined, is_certain_code
from grader.sources.found import People
from grader.sources.names import personal_name
from grader.sources.people import Watch
from grader.sources.tree import MAX_READ_BYTES, read_file

_OF_ANOTHER_KIND = (".rar", ".gz", ".bz2", ".xz")
"""Archives that cannot be opened: reading them says what to hand in instead."""


def _people(path: Path, functions: Sequence[str], watch: Watch) -> People:
    is_handed_in = is_certain_code(path.name) or path.name.lower().endswith(_OF_ANOTHER_KIND)
    if not is_handed_in and not count_defined(read_file(path, MAX_READ_BYTES), path.name, functions):
        raise UsageError(
            f"{path}: is not a submission: no Python file, notebook or archive, and it does not define {functions[0]}"
        )
    name = personal_name(path)
    return People([Entry(name, name, str(path), Place(str(path)))])


SOURCE = Source(rank=100, accepts=Path.is_file, people=_people)
