"""When it was handed in and what the rubric says of lateness -> what is taken off. Pure."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from grader.records import Extension, Lateness, Who
from grader.rubric.model import Late

_DAY_S = 24 * 60 * 60


def lateness(late: Late | None, who: Who, earned: float | None) -> Lateness | None:
    """How late somebody is and what that costs; None where either side does not say when.

    Args:
        late: the rubric's.
        who: `submitted_at` has an offset from UTC, or is in the rubric's time zone; without either it is not known.
        earned: the points before anything is taken off; None for no mark.
    """
    at = None if who.submitted_at is None else handed_in(who.submitted_at, late)
    if late is None or at is None:
        return None
    late_s = max(0.0, (at - datetime.fromisoformat(late.due)).total_seconds())
    days = math.ceil(late_s / _DAY_S) if late_s > 60 * late.grace_minutes else 0
    percent = _percent(late, days)
    return with_points(
        Lateness(late_s, days, percent, None, late.max_days if _is_too_late(late, days) else None), earned
    )


def handed_in(submitted_at: str, late: Late | None) -> datetime | None:
    """The moment that a source tells; None where neither it nor the rubric says by the clock of which place."""
    told = datetime.fromisoformat(submitted_at)
    if told.tzinfo is not None:
        return told
    if late is None or late.time_zone is None:
        return None
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # few rubrics name one

    return told.replace(tzinfo=ZoneInfo(late.time_zone))


def without_time(late: Late | None, people: Iterable[Who]) -> list[Who]:
    """Whose hand-in may be late without anybody knowing, where that would cost something.

    A platform that says of somebody that they are late knows of the others that they are not.
    """
    everybody = [*people] if late is not None else []
    has_due = any(who.is_late for who in everybody)
    unknown = (who for who in everybody if lateness(late, who, None) is None)
    return [who for who in unknown if not (has_due and who.is_late is False)]


def extended(late: Late | None, extension: Extension | None, who: Who, earned: float | None) -> Lateness | None:
    """The same by the due time that a person gave; it takes nothing away where the rubric's has become a later one."""
    if late is None or extension is None or extension.until is None:
        return None
    due = max(late.due, extension.until, key=datetime.fromisoformat)
    return lateness(late.model_copy(update={"due": due}), who, earned)


def with_points(late: Lateness | None, earned: float | None) -> Lateness | None:
    """The same lateness where other points were earned."""
    if late is None:
        return None
    return replace(late, points=None if earned is None else round(earned * late.percent / 100, 2))


def less(earned: float | None, late: Lateness | None) -> float | None:
    """The points that are left."""
    return earned if earned is None or late is None else round(earned - (late.points or 0), 2)


def _percent(late: Late, days: int) -> float:
    asked = 100.0 if _is_too_late(late, days) else days * late.per_day_percent
    return min(asked, 100.0 - late.floor_percent)


def _is_too_late(late: Late, days: int) -> bool:
    return late.max_days is not None and days > late.max_days
