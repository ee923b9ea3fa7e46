"""How a mark came about, and how two marks differ."""

from dataclasses import dataclass

from grader.records.sources import Who


@dataclass(frozen=True, slots=True)
class Line:
    """One item's part of a mark."""

    item: str
    title: str
    points: float | None
    max_points: float
    bonus: bool
    how: tuple[str, ...]
    """The facts and the arithmetic that lead to the points, a sentence each."""


@dataclass(frozen=True, slots=True)
class Account:
    """How a mark came about, to the last point."""

    who: Who
    score: float | None
    max_score: float
    lines: tuple[Line, ...]
    sum: str
    """How the points of the items make up the score."""
    facts: tuple[str, ...]
    """What it was graded by and when, what its text was, and how often it was graded before."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item in two results; None where one of them does not have it, or did not judge it."""

    item: str
    old: float | None
    new: float | None
    old_max: float | None
    new_max: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """One submission in two results."""

    id: str
    name: str
    old: float | None
    new: float | None
    old_verdict: str | None
    """None where it is not in the old results."""
    new_verdict: str | None
    old_max: float | None
    """The most points there were, without bonus."""
    new_max: float | None
    reasons: tuple[str, ...]
    items: tuple[ItemChange, ...]
    """Those whose points differ."""

    @property
    def went_down(self) -> bool:
        """Whether a mark that was there is lower now, or gone; whoever is not in the new results has not gone down."""
        return self.old is not None and self.new_verdict is not None and (self.new is None or self.new < self.old)

    @property
    def is_of_the_mark(self) -> bool:
        """Whether the mark as a whole is another, and not only how its items make it up."""
        return (self.old, self.old_verdict) != (self.new, self.new_verdict)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two results, submission by submission."""

    old: str
    new: str
    same: int
    """Submissions with the same mark, item by item."""
    changes: tuple[Change, ...]
    once: int = 0
    """Submissions of which there is nothing to compare with."""
