"""What a run does not know of when people handed in, and what an earlier one knew.

A time holds for the text that it was told of (`Read.as_told_before`). Of another text nobody knows it any more, so
lateness costs nothing there, and a person has to be told whom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.classroom.store import Store
from grader.judging.lateness import without_time
from grader.messages import no_time, no_time_any_more, no_zone, old_time
from grader.records import ReportVerdict, Who
from grader.rubric.model import Late


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of somebody before the run."""

    number: int
    """Of the attempt."""
    id: str
    sha256: str
    at: str

    def is_of_another(self, who: Who, sha256: str) -> bool:
        """Whether the time of this is told of another file now."""
        return self.sha256 != sha256 and self.at == who.submitted_at


class Times:
    """Made before a run and asked after it.

    Args:
        store: of the folder.
        ids: of everybody in the run.
        late: the rubric's; None where lateness costs nothing.
    """

    def __init__(self, store: Store, ids: Sequence[str], late: Late | None) -> None:
        self._store, self._ids, self._late = store, ids, late
        self._before = {} if late is None else {one.id: one for one in self._known()}

    def unknown(self) -> Iterator[str]:
        """For a person: of how many nobody knows whether they are late, of whom that was known, whose time is old."""
        latest = self._store.latest(self._ids)
        came = [(one.who, one.sha256) for one in latest if one.verdict != ReportVerdict.MISSING]
        unknown = without_time(self._late, (who for who, _ in came))
        if by_some_clock := [who for who in unknown if who.submitted_at is not None]:
            yield no_zone(f"{len(by_some_clock)} of {len(came)} submissions")
        if by_none := [who.id for who in unknown if who.submitted_at is None]:
            yield no_time(by_none, len(came))
        if lost := [self._before[who.id] for who in unknown if who.submitted_at is None and who.id in self._before]:
            yield no_time_any_more({one.id: self._cost(one) for one in lost})
        if old := [who.id for who, sha256 in came if self._is_old(who, sha256)]:
            yield old_time(old)

    def _is_old(self, who: Who, sha256: str) -> bool:
        before = self._before.get(who.id)
        return before is not None and before.is_of_another(who, sha256)

    def _known(self) -> Iterator[_Known]:
        """Those whose time is known."""
        for attempt in self._store.latest(self._ids):
            at = attempt.who.submitted_at
            if at is not None:
                yield _Known(attempt.number, attempt.id, attempt.sha256, at)

    def _cost(self, known: _Known) -> float:
        """The points that lateness cost somebody; few are asked about, and a whole report takes long to read."""
        attempt = self._store.attempt(known.number)
        late = None if attempt is None else attempt.report.late
        return 0.0 if late is None else late.points or 0.0
