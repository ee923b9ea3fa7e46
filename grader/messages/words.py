"""Words that sentences have in common: names, numbers, limits, errors in one line."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from grader.records import StudentError, Verdict

if TYPE_CHECKING:
    from grader.rubric.model import Limits

DIGITS = 6
"""Significant digits of a number that came out, wherever it is told."""
Explained = tuple[str, str | None]
"""A message, and a hint or None."""
_MOST_NAMES = 5


def joined_names(names: Sequence[str]) -> str:
    """The first few of some names."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def limit_text(limits: "Limits", verdict: Verdict) -> str:
    """The limit that a verdict is about, in its own words."""
    if verdict is Verdict.MEMORY:
        return f"{limits.memory_mib} MiB"
    if verdict is Verdict.OUTPUT_LIMIT:
        return f"{limits.output_kib} KiB"
    return f"{limits.call_s:g} s"


def first_line(text: str) -> str:
    """The first line, which NumPy follows with paragraphs of advice, cut at 300 characters."""
    line = " ".join(text.strip().split("\n")[0].split())
    return line if len(line) <= 300 else line[:297] + "..."


def error_text(error: StudentError) -> str:
    """What was raised, in one line, to which a sentence can add its own end.

    >>> error_text(StudentError("AssertionError", ""))
    'AssertionError'
    >>> error_text(StudentError("AssertionError", "Not today."))
    'AssertionError: Not today'
    >>> error_text(StudentError("Exception", "Wrong dimension!"))
    'Exception: Wrong dimension'
    """
    line = first_line(error.text)
    text = line if line.endswith("...") else line.removesuffix(".").removesuffix("!")
    return f"{error.type}: {text}" if text else error.type


def joined(sentences: Sequence[str]) -> str:
    """What is said of one mistake, or of two at once, of which the same may be said.

    >>> joined(["Look here.", "Look there.", "Look here."])
    'Look here. And: Look there.'
    """
    return " And: ".join(dict.fromkeys(sentences))


def clock(moment: str) -> str:
    """A moment as ISO 8601 has it, for people.

    >>> clock("2027-02-03T23:59:00-08:00")
    '2027-02-03 23:59 (UTC-08:00)'
    """
    return datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M (%Z)")
