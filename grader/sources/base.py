"""What a source is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.records import Entry


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of place that submissions come from. A module of this package that exports `SOURCE` is found."""

    rank: int
    """Sources are asked in this order; the first that accepts a path takes it."""
    accepts: Callable[[Path], bool]
    entries: Callable[[Path], list[Entry]]
    """Raises SubmissionRejected where the path cannot be looked into."""
