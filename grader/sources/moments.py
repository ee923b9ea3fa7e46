"""When something was handed in, as platforms' programs write it: ISO 8601, with `T` or a space in the middle."""

import re
from datetime import UTC, datetime

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)? ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?")


def moment(text: str) -> str | None:
    """ISO 8601 in UTC, or without a zone where none is told; None where that is no moment, or nobody knows its zone.

    >>> [moment(f"2026-02-03 14:05:09.123{zone}") for zone in ("Z", " -08:00", "", " Mars")]
    ['2026-02-03T14:05:09Z', '2026-02-03T22:05:09Z', '2026-02-03T14:05:09', None]
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    day, clock, zone = found.groups(default="")
    try:
        return written(datetime.fromisoformat(f"{day}T{clock}{'Z' if zone in ('UTC', 'GMT') else zone}"))
    except (ValueError, OverflowError):  # no such day
        return None


def moment_in_utc(text: str) -> str | None:
    """The same of a program that means UTC where it tells no zone."""
    return moment(f"{text}Z") or moment(text)


def written(at: datetime) -> str:
    """A moment as records have it.

    Raises:
        OverflowError: where it is in no year in UTC.
    """
    return at.isoformat() if at.tzinfo is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
