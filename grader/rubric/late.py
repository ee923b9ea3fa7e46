"""Moments that say which time zone they are in, and names of time zones."""

from datetime import datetime
from typing import Any


def moment(value: Any) -> str:
    """A moment as ISO 8601, from text or from what YAML reads as a time.

    >>> moment("2026-02-03 23:59-08:00")
    '2026-02-03T23:59:00-08:00'

    Raises:
        ValueError: where it is none, or does not say how far its clock is from UTC.
    """
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("must be a date and a time with its offset from UTC, as 2026-02-03T23:59:00-08:00")
    return found.isoformat()


def zone(value: Any) -> str:
    """A name by which this machine knows a time zone, as `America/Los_Angeles`.

    Raises:
        ValueError: where it knows none of this name.
    """
    from zoneinfo import available_timezones  # noqa: PLC0415  # few rubrics name one

    if not isinstance(value, str) or value == "localtime" or value not in available_timezones():
        raise ValueError("must be a time zone that this machine knows, as America/Los_Angeles")
    return value
