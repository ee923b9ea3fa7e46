"""Several hand-ins of one person, of which the best counts, after what lateness costs it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from grader.classroom.attempts import Evidence
from grader.records import Entry, GradeReport

Mark = Callable[[Entry, Evidence], GradeReport]
"""What a hand-in earns, with what people decided."""


@dataclass(slots=True)
class Several:
    """What is known of them in the course of a run."""

    entry: Entry
    """The newest, with those before it."""
    found: dict[int, Evidence] = field(default_factory=dict)
    """By the number of a hand-in, what was found of it."""
    run: set[int] = field(default_factory=set)
    """The numbers of those that were run now."""
    is_decided: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether it can be decided now which of them counts."""
        return not self.is_decided and len(self.found) == len(self.entry.earlier) + 1

    def named_apart(self, one: Entry) -> Entry:
        """A hand-in under an id that nobody else has, for as long as it is run."""
        return replace(one, id=f"{one.id}\0{number_of(one)}")

    def best(self, mark: Mark) -> tuple[Entry, Evidence]:
        """The one that counts: of equal ones the newest. While one could not be graded, nobody knows, so it is that.

        Where only some are timed, all are compared without speed.
        """
        compared = self.found
        if len({one.findings.timed for one in compared.values()}) > 1:
            compared = {number: _without_speed(one) for number, one in compared.items()}
        scores = {one: mark(one, compared[number_of(one)]).score for one in self.entry.attempts}
        lost = [one for one, score in scores.items() if score is None]
        best = lost[-1] if lost else max(scores, key=lambda one: (scores[one] or 0.0, number_of(one)))
        return best, self.found[number_of(best)]


def _without_speed(evidence: Evidence) -> Evidence:
    return replace(evidence, findings=replace(evidence.findings, timings=(), timed=False))


def number_of(one: Entry) -> int:
    """Which of somebody's hand-ins it is; the first is 1."""
    assert one.attempt is not None
    return one.attempt[0]
