"""What the rubric limits of hand-ins that arrive: how often they are graded (`attempts`), and when they are late."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from grader.classroom.store import Store
from grader.judging.lateness import without_time
from grader.messages import no_time_of, no_zone
from grader.records import Entry
from grader.rubric.model import Attempts, Late


def spent(store: Store, allowed: Attempts, id: str, now: datetime) -> str | None:
    """Which limit a student has reached, for a person, such as "6 in an hour"; None where another attempt is free.

    Only what was graded counts: a file that cannot be read, or an error of ours, costs nobody an attempt.

    Args:
        store: of the results folder.
        allowed: the limits.
        id: whose.
        now: in UTC.
    """
    for most, span, word in ((allowed.per_hour, timedelta(hours=1), "hour"), (allowed.per_day, timedelta(1), "day")):
        if most is not None and len(_graded_since(store, id, now - span, most)) >= most:
            return f"{most} in {'an hour' if word == 'hour' else 'a day'}"
    return None


def no_time_is_known(late: Late | None, entries: Sequence[Entry]) -> str | None:
    """For a person: of whom it is not known whether they are late, where that costs something; None for nobody."""
    unknown = without_time(late, (entry.who for entry in entries if not entry.is_missing))
    if not unknown:
        return None
    first = unknown[0]
    return no_time_of(first.id) if first.submitted_at is None else no_zone(first.id)


def _graded_since(store: Store, id: str, since: datetime, most: int) -> set[datetime]:
    """When attempts were graded after a moment, up to so many. What was only marked again has the moment of its run."""
    found: set[datetime] = set()
    for moment, is_graded in _moments(store, id):
        if moment <= since or len(found) >= most:
            break
        if is_graded:
            found.add(moment)
    return found


def _moments(store: Store, id: str) -> Iterator[tuple[datetime, bool]]:
    """When each attempt was begun and whether it was graded, the latest first."""
    for before in range(store.attempts_of(id)):
        attempt = store.latest_of(id, before)
        if attempt is not None:
            yield datetime.fromisoformat(attempt.computed.started_at), attempt.verdict == "graded"
