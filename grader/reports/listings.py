"""The student's functions on the page, with what to look for beside their lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.records import GradeReport
from grader.records.feedback import Explanation, Listing

_LONG_LISTING = 100
"""Lines; a longer one in which nothing is marked is folded."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the student's code."""

    number: int
    """As it is counted where the function stands."""
    text: str
    id: str
    look_here: str
    """What to look for; empty where there is nothing."""


@dataclass(frozen=True, slots=True)
class Code:
    """One of the student's functions."""

    function: str
    place: str
    """The cell or the other file in which it stands, if it does."""
    lines: tuple[Line, ...]
    open: bool


def listings(report: GradeReport) -> list[Code]:
    """The student's functions, with a note at the lines that a mistake names, or that calls ended in.

    Those that they call are left out where there is nothing to look at, unless nobody knows where that would be: then
    they are folded.
    """
    look_here: dict[int, dict[str, None]] = {}
    for item in report.items:
        for line, note in _line_notes(item.explanation) if item.explanation else ():
            look_here.setdefault(line, {})[note] = None
    for listing in report.listings:
        if listing.broken_at is not None:
            look_here.setdefault(listing.broken_at, {})[f"does not parse: {listing.error}"] = None
    shown = [(_code(place, listing, look_here), listing) for place, listing in enumerate(report.listings)]
    is_unknown = not look_here and any(item.explanation for item in report.items)
    return [
        replace(code, open=code.open and not (listing.is_called and is_unknown))
        for code, listing in shown
        if not listing.is_called or is_unknown or any(line.look_here for line in code.lines)
    ]


def _line_notes(explanation: Explanation) -> Iterator[tuple[int, str]]:
    if explanation.mistake:
        yield from ((line, f"look here: {title}") for line, title in explanation.mistake.titles)
    yield from ((line, f"crashes here: {error}") for line, error in explanation.crashes)
    yield from ((line, "never ends, once it has begun") for line in explanation.loops)


def _code(place: int, listing: Listing, look_here: Mapping[int, Mapping[str, None]]) -> Code:
    lines = tuple(
        Line(number - listing.ahead, text, _line_id(place, number), "; ".join(look_here.get(number, ())))
        for number, text in enumerate(_source_lines(listing), listing.first_line)
    )
    return Code(
        listing.function, listing.place, lines, len(lines) <= _LONG_LISTING or any(line.look_here for line in lines)
    )


def places(lines: Sequence[int], listings: Sequence[Listing]) -> Iterator[tuple[str, str]]:
    """Those of some lines that are on the page: what they are called there, and where they are."""
    for number in lines:
        for place, listing in enumerate(listings):
            if listing.first_line <= number < listing.first_line + len(_source_lines(listing)):
                line = f"line {number - listing.ahead}"
                yield f"{listing.place}, {line}" if listing.place else line, _line_id(place, number)
                break


def _source_lines(listing: Listing) -> list[str]:
    """As Python counts them."""
    return listing.text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


def _line_id(place: int, number: int) -> str:
    return f"code-{place}-{number}"
