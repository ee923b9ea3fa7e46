"""What people decide about marks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Override:
    """Points that a person gave in place of those that were computed."""

    item: str | None
    """None: the whole mark."""
    points: float | None
    """None: what is computed counts again."""
    reason: str
    """As the student reads it too."""
    by: str
    at: str
    """ISO 8601, UTC."""
    out_of: float | None = None
    """The most points that the item or the whole mark had then, without bonus; None in older results."""
    computed: float | None = None
    """What was computed, in a report; None where nothing was judged."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A due time of its own that a person gave to one submission."""

    until: str | None
    """ISO 8601 with an offset from UTC; None: the rubric's due time counts again."""
    reason: str
    """As the student reads it too."""
    by: str
    at: str
    """ISO 8601, UTC."""
