"""What a run does not know of when people handed in, and what an earlier one knew.

A time holds for the text that it was told of (`Read.as_told_before`). Of another text nobody knows it any more, so
lateness costs nothing there, and a person has to be told whom.
"""

from collections.abc import Iterator, Sequence

from grader.classroom.store import Store
from grader.judging.lateness import without_time
from grader.messages import no_time, no_time_any_more, no_zone
from grader.records import ReportVerdict
from grader.rubric.model import Late


class Times:
    """Made before a run and asked after it.

    Args:
        store: of the folder.
        ids: of everybody in the run.
        late: the rubric's; None where lateness costs nothing.
    """

    def __init__(self, store: Store, ids: Sequence[str], late: Late | None) -> None:
        self._store, self._ids, self._late = store, ids, late
        self._before = {} if late is None else dict(self._known())

    def unknown(self) -> Iterator[str]:
        """For a person: of how many nobody knows whether they are late, and of whom that was known before."""
        came = [one.who for one in self._store.latest(self._ids) if one.verdict != ReportVerdict.MISSING]
        unknown = without_time(self._late, came)
        if by_some_clock := [who for who in unknown if who.submitted_at is not None]:
            yield no_zone(f"{len(by_some_clock)} of {len(came)} submissions")
        if by_none := len(unknown) - len(by_some_clock):
            yield no_time(by_none, len(came))
        lost = {who.id: self._before[who.id] for who in unknown if who.submitted_at is None and who.id in self._before}
        if lost:
            yield no_time_any_more(lost)

    def _known(self) -> Iterator[tuple[str, float]]:
        """The ids of those whose time is known, and what lateness costs them."""
        for attempt in self._store.latest(self._ids):
            if attempt.who.submitted_at is not None:
                late = attempt.report.late
                yield attempt.id, 0.0 if late is None else late.points or 0.0
