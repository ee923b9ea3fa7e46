"""Awards of a board: computed from attempts, given by nobody. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from grader.classroom.roll import Field, Tried
from grader.judging.lateness import handed_in
from grader.records import Award, Row
from grader.rubric.model import Late

_MUCH = 1.1
"""From here on somebody has improved: less is within what timings scatter."""
_MOST_NAMED = 3
_APART = timedelta(minutes=1)
"""Who was graded so much before the others did not come in the same run."""


def awards(field: Field, rows: Mapping[str, Row], late: Late | None = None) -> tuple[Award, ...]:
    """First right, fastest, most improved, as far as there is somebody.

    Args:
        field: everybody's attempts.
        rows: of the board, by whose each is.
        late: the rubric's, which says by whose clock times without a zone are.
    """
    return tuple(_awards(field, rows, late))


def _awards(field: Field, rows: Mapping[str, Row], late: Late | None) -> Iterator[Award]:
    first = _first_right(field, late)
    if first:
        of_first = [rows[each.id] for each in first]
        names = _names(of_first) if len(first) <= _MOST_NAMED else f"{len(first)} at the same time"
        yield Award("First right", names, _in_words(first[0], late))
    fastest = [row for row in rows.values() if row.rank == 1 and row.speed is not None]
    if fastest and all(row.rank > 1 or row.speed is not None for row in rows.values()):
        speed = max(row.speed.median for row in fastest if row.speed is not None)
        yield Award("Fastest", _names(fastest), f"{speed:.3g} times the baseline's speed")
    improved = max(rows.values(), key=_gain, default=None)
    if improved is not None and _gain(improved) > _MUCH:
        yield Award("Most improved", improved.name, f"{_gain(improved):.3g} times as fast as at first")


def _names(rows: Sequence[Row]) -> str:
    more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
    return "; ".join(row.name for row in rows[:_MOST_NAMED]) + more


def _first_right(field: Field, late: Late | None) -> list[Tried]:
    """The right attempts that came first, where several came then; none where nobody knows when they came.

    That is so where one run graded the first ones, and where of some it is known when they handed in, and of others
    only when they were graded. Some platforms tell nothing below a minute.
    """
    right = ([each for each in mine if each.is_right and _told(each)] for mine in field.attempts.values())
    when = partial(_when, late=late)
    firsts = sorted((min(mine, key=when) for mine in right if mine), key=when)
    first = [each for each in firsts if when(each) == when(firsts[0])]
    if all(each.submitted_at for each in firsts):
        return first
    is_known = any(each.submitted_at for each in firsts)
    return first if not is_known and all(when(each) - when(first[0]) >= _APART for each in firsts[1:]) else []


def _when(tried: Tried, late: Late | None) -> datetime:
    """When it was handed in, in UTC where nobody knows the zone; where that is not known, when it was graded."""
    at = handed_in(_told(tried), late) or datetime.fromisoformat(_told(tried)).replace(tzinfo=UTC)
    return at.astimezone(UTC)


def _in_words(tried: Tried, late: Late | None) -> str:
    """When that was, in UTC; a time whose zone nobody knows is as it was told."""
    zone = "" if handed_in(_told(tried), late) is None else " UTC"
    return f"{_when(tried, late):%Y-%m-%d %H:%M}{zone}"


def _told(tried: Tried) -> str:
    return tried.submitted_at or tried.started_at


def _gain(row: Row) -> float:
    """From the first attempt to the best."""
    return max(row.history) / row.history[0] if row.speed is not None and row.history and row.history[0] > 0 else 0.0
