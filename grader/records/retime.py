"""A race of all leaders, as it is stored beside the timings of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.records.timing import Timing


@dataclass(frozen=True, slots=True)
class Retimed:
    """How one submission did in it."""

    id: str
    sha256: str
    """The digest of the text, as in `GradeReport`."""
    timings: tuple[Timing, ...]


@dataclass(frozen=True, slots=True)
class Retime:
    """Everybody who was timed together, and the landmarks with them."""

    at: str
    """When it began: ISO 8601, UTC."""
    machine: Mapping[str, str]
    """As in `Findings`."""
    versions: Mapping[str, str]
    laps: int
    loops: tuple[Timing, ...]
    """Of the nested loops."""
    landmarks: tuple[tuple[str, tuple[Timing, ...]], ...]
    """Of the others, each with its title."""
    retimed: tuple[Retimed, ...]
    failed: tuple[tuple[str, str], ...] = ()
    """Ids of leaders that could not be timed, with the reason."""
