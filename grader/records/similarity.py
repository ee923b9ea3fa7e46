"""What looks alike: a hint for a person, and never a part of a mark."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.records.sources import Origin, Who

Run = tuple[int, int]
"""The first and the last of lines in a row."""


def joined_runs(spans: Iterable[Run]) -> list[Run]:
    """Spans, those that share a line as one, in order.

    >>> joined_runs([(7, 9), (1, 3), (2, 4)])
    [(1, 4), (7, 9)]
    """
    runs: list[Run] = []
    for first, last in sorted(spans):
        if runs and first <= runs[-1][1]:
            runs[-1] = runs[-1][0], max(last, runs[-1][1])
        else:
            runs.append((first, last))
    return runs


LIKELY = 50
"""Evidence from which a pair is rather a copy than not: `benchmarks.similarity` prints what classes have."""


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of a piece of a function, and the lines that it is mostly of, in order.

    Lines between these can be others' own: the order of independent statements does not matter.
    """

    hash: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A submission as it is compared with others: its fingerprints, and the text that they are of."""

    origin: Origin
    code: str
    prints: Mapping[str, tuple[Print, ...]]
    """By graded function, those of the function and of what it reaches."""


@dataclass(frozen=True, slots=True)
class Match:
    """A piece that two texts share: its lines in either."""

    left: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions that look alike."""

    left: Who
    right: Who
    function: str | None
    """In which function they are most alike; None where it is in all together."""
    functions: tuple[str, ...]
    """In which they share something rare, or all that there is."""
    of_functions: int
    """How many either has."""
    share: float
    """How much of the smaller one's rare fingerprints the other has, 0 to 1."""
    evidence: float
    """How many fingerprints that nobody else has would say as much, times the share. It orders the pairs."""
    matches: tuple[Match, ...]
    left_shape: Shape
    right_shape: Shape
    are_of_class: tuple[bool, bool]
    """False for that of a folder which the class is compared with."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a class looks like: pairs, the likest first, and the groups that they make up."""

    title: str
    compared: int
    """Submissions of the class."""
    others: int
    """Files of other folders that they were compared with."""
    unread: tuple[tuple[str, str], ...]
    """Whose submission could not be looked at, and why."""
    pairs: tuple[Pair, ...]
    groups: tuple[tuple[Who, ...], ...]
    """Those who are joined by likely pairs."""
