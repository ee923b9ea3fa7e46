"""What `grade rubric audit` says of a rubric."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """A known mistake that a rubric can let through."""

    bug: str
    title: str
    outputs: tuple[str, ...]
    seeds: tuple[int, ...]
    """Those with which it is let through."""
    remedy: str | None
    """A change of the rubric that would catch it."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that `grade rubric audit` says."""

    rubric: str
    seeds: tuple[int, ...]
    mistakes: int
    slips: tuple[Slip, ...]
    outside: tuple[str, ...]
    """Mistakes that are right on every input that the rubric allows."""
    not_asked: tuple[str, ...] = ()
    """Mistakes that are right on every input that the course's interface allows."""
