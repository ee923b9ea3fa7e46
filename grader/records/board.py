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
    is_apart: bool = False
    """Whether others were timed together, and this one was not."""
    is_elsewhere: bool = False
    """Whether another processor, BLAS or NumPy timed it than most, so that its ratio is not quite comparable."""
    history: tuple[float, ...] = ()
    """The speed of each attempt that may rank, as it was when that was graded, the earliest first; or the score."""


@dataclass(frozen=True, slots=True)
class Together:
    """A race of all leaders."""

    at: str
    """ISO 8601, UTC."""
    laps: int
    count: int
    """How many of the rows have its times."""


@dataclass(frozen=True, slots=True)
class BoardLandmark:
    """A way to compute the same, timed in the race of all leaders."""

    title: str
    change: str
    """What kind of change leads there, in a sentence."""
    speed: Interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """The last race that the landmarks were in, beside the one before it on a like machine."""

    at: str
    """ISO 8601, UTC."""
    before: str | None
    """When that one was; None where there is none."""
    title: str
    """The landmark that moved most since then."""
    moved: float
    """By how much, as a share of what it was; 0 where none did beyond its intervals, or there is none to compare."""


@dataclass(frozen=True, slots=True)
class Award:
    """Computed, not given."""

    title: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class PastBoard:
    """What another results folder's board says."""

    title: str
    graded_at: str
    count: int
    """How many are ranked there."""
    best: float
    median: float
    is_comparable: bool
    """Whether the same processor, BLAS and NumPy timed it."""


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
    machine: str = ""
    """What the comparable ones were timed on; empty where that is not known."""
    widened: float = 0.0
    """By which share of the ratio to each side, added in squares, intervals are widened before they rank, those of one
    race apart; 0 where none is."""
    together: Together | None = None
    """The race whose times rank; None where each has those of when it was graded."""
    landmarks: tuple[BoardLandmark, ...] = ()
    """Beside the nested loops, the slowest first."""
    calibration: Calibration | None = None
    """None before the landmarks' first race."""
    awards: tuple[Award, ...] = ()
    past: tuple[PastBoard, ...] = ()
    operators: int = 1
    """How many operators have the functions that are `timed`."""
