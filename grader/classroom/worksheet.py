"""What Moodle's grading worksheet says of when people handed in, where it is in English; nothing in other languages.

`Status` has parts, `Submitted for grading - 14 hours 13 mins late - Graded`, of which a span has its two largest units.
`Last modified (submission)` is by the clock of whoever downloaded the worksheet, and does not say which. So that clock
is trusted only where it is the rubric's: where a time less how late it was gives the rubric's due time, by its offset.
Somebody with an extension is late against that, so their time is not read.
Source: `col_status` and `col_timesubmitted` in `mod/assign/gradingtable.php` of moodle/moodle.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.sheets import Sheet, heading

_COLUMNS = ("identifier", "status", "last modified (submission)")
_HANDED_IN = ("Submitted for grading", "Draft (not submitted)")
_OVERDUE, _EXTENDED = "Assignment is overdue by: ", "Extension granted until"
_LATE = re.compile(r"(?P<first>\d+ [a-z]+)(?: (?P<second>\d+ [a-z]+))? late")
_UNITS = {
    "year": timedelta(365), "day": timedelta(1), "hour": timedelta(hours=1), "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1), "sec": timedelta(seconds=1), "second": timedelta(seconds=1),
}  # fmt: skip
_BELOW = {
    "year": timedelta(1), "day": timedelta(hours=1), "hour": timedelta(minutes=1), "min": timedelta(seconds=1),
    "minute": timedelta(seconds=1), "sec": timedelta(seconds=1), "second": timedelta(seconds=1),
}  # fmt: skip
"""By the largest unit of a span, what its second one counts in."""
_FORMS = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p")
"""How Moodle writes a time in English, and in that of the United States."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of one hand-in."""

    at: datetime | None
    """By the clock of whoever downloaded it; None where that could not be read, or does not count."""
    late: tuple[timedelta, timedelta] | None
    """At least so late, and less late than that; None for in time."""

    def is_due_at(self, due: datetime) -> bool | None:
        """Whether this is late against a due time by the same clock; None where it does not tell."""
        if self.at is None or self.late is None:
            return None
        least, most = self.late
        return self.at - most < due < self.at - least + _MINUTE


class Worksheet:
    """A table that was given as a roster.

    Args:
        sheet: any; only one that has these columns, with these headings, tells anything.
    """

    def __init__(self, sheet: Sheet) -> None:
        header = [heading(cell) for cell in sheet.row(0)] if sheet.spans else []
        cells: list[tuple[int, list[str], str]] = []
        if all(column in header for column in _COLUMNS):
            _, status, at = map(header.index, _COLUMNS)
            cells = [
                (sheet.line(row), sheet.cell(row, status).split(" - "), sheet.cell(row, at))
                for row in range(1, len(sheet.spans))
            ]
        self._rows = {line: told for line, parts, at in cells if (told := _row(parts, at)) is not None}
        self._has_due = any(one.late for one in self._rows.values()) or any(
            part.startswith(_OVERDUE) for _, parts, _ in cells for part in parts
        )

    @property
    def late(self) -> Mapping[int | None, bool]:
        """By line, whether a hand-in came late, where Moodle has a due time."""
        return {line: one.late is not None for line, one in self._rows.items() if self._has_due}

    def does_not_fit(self, due: str | None) -> bool:
        """Whether somebody is late, and the times cannot be read, since they do not give the rubric's due time."""
        return due is not None and any(self.late.values()) and not self.times(due)

    def times(self, due: str | None) -> Mapping[int | None, str]:
        """By line, when a hand-in came, in ISO 8601, where the rubric's due time tells what clock that is by."""
        if due is None:
            return {}
        moment = datetime.fromisoformat(due)
        wall = moment.replace(tzinfo=None)
        told = {line: (one.at, one) for line, one in self._rows.items() if one.at is not None}
        if {one.is_due_at(wall) for _, one in told.values()} - {None} != {True}:
            return {}
        return {
            line: at.replace(tzinfo=moment.tzinfo).isoformat()
            for line, (at, one) in told.items()
            if one.late is not None or at <= wall
        }


def _row(parts: list[str], at: str) -> Row | None:
    """What a row tells; None where nothing was handed in by then, or in another language."""
    first, *others = parts
    if first not in _HANDED_IN:
        return None
    late = next(filter(None, map(_span, others)), None)
    if late is None and any(part.endswith(" late") for part in others):
        return None
    is_extended = any(part.startswith(_EXTENDED) for part in others)
    return Row(None if is_extended else next(_moments(at), None), late)


def _span(part: str) -> tuple[timedelta, timedelta] | None:
    """How late this says it was, from and to.

    >>> [str(span) for span in _span("14 hours 13 mins late")], _span("Graded")
    (['14:13:00', '14:14:00'], None)
    """
    found = _LATE.fullmatch(part)
    if found is None:
        return None
    counts = [(int(count), unit.rstrip("s")) for count, unit in (each.split() for each in found.groups() if each)]
    if not all(unit in _UNITS for _, unit in counts):
        return None
    least = sum((count * _UNITS[unit] for count, unit in counts), timedelta())
    return least, least + _BELOW[counts[0][1]]


def _moments(text: str) -> Iterator[datetime]:
    """The moment that this is in English, where the day of the week is that of the date.

    >>> list(map(str, _moments("Saturday, 28 November 2026, 2:12 PM"))), list(_moments("Samstag, 28. November 2026"))
    (['2026-11-28 14:12:00'], [])
    """
    for form in _FORMS:
        try:
            found = datetime.strptime(" ".join(text.split()), form)  # it does not say its zone
        except ValueError:
            continue
        if f"{found:%A}" == text.partition(",")[0].strip():
            yield found
