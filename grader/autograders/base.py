"""What an autograder of a platform is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from grader.autograders import kinds
from grader.records import Entry, GradeReport
from grader.rubric.model import WholeRubric

RUBRIC = "rubric.json"
"""The file that has the rubric, in the folder that has the rest."""
Files = Mapping[str, bytes]
"""By path; what begins with `#!` can be run."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a platform hands to an autograder."""

    entry: Entry
    due: str | None = None
    """ISO 8601 with its offset from UTC, where the platform says when it is due."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What every autograder is made of."""

    rubric: WholeRubric
    grader: Files
    """The grader's own files in a folder `convgrade`, and the rubric."""
    wheels: Files
    """The libraries, by the names of their wheels."""


@dataclass(frozen=True, slots=True)
class Autograder:
    """A module of `kinds` exports it as `AUTOGRADER`; its name is that of the platform."""

    handed_in: Callable[[Path], HandedIn]
    """Given the folder in which the platform has its files. Raises what reading them raises where they are not as the
    platform says."""
    tell: Callable[[Path, GradeReport], None]
    """Given the same folder, hand the platform what it reads of a report."""
    failed: Callable[[Path], None] | None
    """The same where the grader fails and there is no report: without a score. None where whoever started it sees to
    that by its exit status, 1."""
    files: Callable[[Parts], Files] | None = None
    """What the zip holds; None where the platform takes nothing but an image."""
    image: Callable[[Parts], Files] | None = None
    """The same for a context of `docker build`; None where the platform takes none."""


def find_autograder(name: str) -> Autograder:
    """The one of this name; only its module is imported."""
    found: Autograder = import_module(f"{kinds.__name__}.{name}").AUTOGRADER
    return found
