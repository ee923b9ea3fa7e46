"""What was understood of a place, and the line that says so before anything is graded."""

from dataclasses import dataclass, field

from grader.records import Entry

PAGE = 500
"""So many are told at once by the process that finds them."""


@dataclass(slots=True)
class People:
    """What was understood of a place."""

    entries: list[Entry] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """What is nobody's hand-in."""
    without: int = 0
    """How many handed in nothing that could be graded."""
    sections: list[str] = field(default_factory=list)
    platform: str | None = None
    """Whose export it is."""


def understood(place: str, people: People) -> str:
    """What is said of a class before it is graded.

    >>> understood("hw2", People([], ["README.md"], 1))
    'hw2: 0 submissions, 1 without anything gradable; passed over: README.md'
    """
    if people.platform is not None:
        return f"{place}: {_of_export(people)}"
    text = f"{place}: {_number(len(people.entries), 'submission')}"
    if people.sections:
        text += f" in {_number(len(people.sections), 'section')} ({', '.join(people.sections)})"
    if people.without:
        text += f", {people.without} without anything gradable"
    return text + (f"; passed over: {', '.join(people.passed_over)}" if people.passed_over else "")


def _of_export(people: People) -> str:
    """What is said of a platform's export.

    >>> from grader.records import Place
    >>> _of_export(People([Entry("7", "Ann", "a", Place("x"), is_late=True)], platform="Canvas"))
    'Canvas export: 1 person, 1 late'
    >>> _of_export(People([Entry("7", "Ann", "a", Place("x"))], ["nils.py"], platform="Canvas"))
    'Canvas export: 1 person; passed over, since its hand-ins are not called so: nils.py'
    """
    entries = people.entries
    persons = sum(max(1, len(entry.members)) for entry in entries)
    facts = [f"{persons} {'person' if persons == 1 else 'people'}"]
    groups, late = (sum(map(bool, some)) for some in ((e.group for e in entries), (e.is_late for e in entries)))
    facts += [_number(groups, "group")] if groups else []
    facts += [f"{late} late"] if late else []
    facts += [f"{people.without} without anything gradable"] if people.without else []
    text = f"{people.platform} export: {', '.join(facts)}"
    if people.passed_over:
        text += f"; passed over, since its hand-ins are not called so: {', '.join(people.passed_over)}"
    return text


def _number(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
