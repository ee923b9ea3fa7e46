"""What a source is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.sources.found import People
from grader.sources.people import Watch
from grader.sources.tree import Tree


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of place that submissions come from. A module of this package that exports `SOURCE` is found."""

    rank: int
    """Sources are asked in this order; the first that accepts a path takes it."""
    accepts: Callable[[Path], bool]
    people: Callable[[Path, Sequence[str], Watch], People]
    """Who handed in there; the names are those of the graded functions, and the watch is around what is one person's.

    Raises SubmissionRejected or JudgeError where the place cannot be looked into."""
    tree: Callable[[Path], Tree] | None = None
    """What lies there, where a person may say whose is what; raises as `people`."""
