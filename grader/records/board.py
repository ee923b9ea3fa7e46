"""The leaderboard."""

from dataclasses import dataclass
from typing import Literal

from grader.records.calls import Function
from grader.records.timing import Interval


@dataclass(frozen=True, slots=True)
class Row:
    """One submission on the leaderboard. Ratios are baseline time / its time."""

    rank: int
    tied: bool
    """Whether others share the rank."""
    name: str
    score: float
    max_score: float
    speed: Interval | None
    """Geometric mean of the functions that the rubric times."""
    forward: Interval | None
    backward: Interval | None
    stable: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard, as every form of it renders it."""

    title: str
    rank_by: Literal["speed", "score"]
    timed: tuple[Function, ...]
    """The functions that `speed` is the geometric mean of."""
    names: Literal["real", "pseudonymous", "anonymous"]
    rows: tuple[Row, ...]
    """The best first."""
    left_out: tuple[tuple[str, int], ...]
    """Why submissions are not on it, with how many."""
    marks: tuple[float, ...]
    """Everyone's latest, in ascending order: whose they are is not told."""
    percents: tuple[float, ...]
    """The same in percent of what could be had."""
    max_score: float
    loops: Interval | None
    """The same speed of nested Python loops."""
    graded_at: str
    """When the latest of the attempts was run: ISO 8601, UTC; empty where there is none."""
    rubric_sha256: str
    """The digest of the rubric that ranks; its name is the title."""
    summary: str
    """What the submissions are, as in `Terms`."""
    not_ranked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """`left_out` with names instead of numbers, as the board gives them; none where it is anonymous,
    or another rubric graded them."""
