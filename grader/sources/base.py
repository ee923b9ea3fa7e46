"""What a source is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.sources.people import People


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of place that submissions come from. A module of this package that exports `SOURCE` is found."""

    rank: int
    """Sources are asked in this order; the first that accepts a path takes it."""
    accepts: Callable[[Path], bool]
    people: Callable[[Path, Sequence[str]], People]
    """Who handed in there; the names are those of the graded functions.

    Raises SubmissionRejected or JudgeError where the place cannot be looked into."""
