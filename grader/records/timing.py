"""How fast a function is, and how sure that is."""

from dataclasses import dataclass
from enum import StrEnum

from grader.records.calls import Function
from grader.records.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Interval:
    """A median with its 95 % interval."""

    median: float
    low: float
    high: float


class Doubt(StrEnum):
    """Why a ratio is not stable."""

    FEW = "few"
    """Calls took so long that there are too few pairs for an interval; their range is given."""
    WIDE = "wide"
    """The interval is."""
    DRIFT = "drift"
    """The ratio changed from the first half of the measurement to the second."""
    PREEMPTED = "preempted"
    """Other processes had the CPU for a good part of the time."""
    FREQUENCY = "frequency"
    """The other side itself became faster or slower: the processor's speed changed."""
    LOOPS = "loops"
    """With what is not known of the nested loops that it ran beside, the interval is wide."""
    STOPPED = "stopped"
    """Loading and all timed calls together took as long as they may, before there were enough pairs."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One function's time beside the baseline's. `ratio` is baseline time / student time on the same inputs."""

    ratio: Interval
    student_s: float
    baseline_s: float
    """Where `loops_s` is known, the ratio's share of `student_s`; else measured."""
    rounds: int
    extrapolated: bool
    """The student's time was measured on fewer images than the workload has, and scaled."""
    stable: bool
    doubts: tuple[Doubt, ...] = ()
    """Why it is not stable."""
    attempts: int = 1
    student_protocol_s: float = 0.0
    baseline_protocol_s: float = 0.0
    """The part of each time that calls cost which do nothing, with as many images as are timed."""
    student_wall_s: float = 0.0
    baseline_wall_s: float | None = None
    """From "go" to "done" on the grader's clock, with what other processes took; None where `loops_s` is known."""
    loops_s: float | None = None
    """Seconds of the nested loops for the whole workload, where the student's function ran beside those."""
    ratios: tuple[float, ...] = ()
    """The ratio of each pair of calls, in the order in which they were measured."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How timing one function ended: a Speed, or the reason why there is none."""

    item: str
    function: Function
    verdict: Verdict
    speed: Speed | None = None
    message: str | None = None
    hint: str | None = None
