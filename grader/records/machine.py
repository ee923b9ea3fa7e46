"""What `grade doctor` says of a machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of isolation on this machine."""

    name: str
    on: bool
    gains: str
    why: str | None
    """Why it is off."""
    advice: str | None


@dataclass(frozen=True, slots=True)
class TimingQuality:
    """How well time can be measured here."""

    resolution_s: float
    """The smallest step of the clock that was seen."""
    noise: float
    """Half the range of the middle half of a calibrated loop's times, over their median."""
    governor: str | None
    """How the frequency of the CPU is chosen, where the system tells."""
    load: float
    """Processes that want to run, for each processor."""
    doubts: tuple[str, ...]
    """What makes it doubtful, and what to do."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that `grade doctor` says."""

    layers: tuple[Layer, ...]
    timing: TimingQuality
    verdict: str
