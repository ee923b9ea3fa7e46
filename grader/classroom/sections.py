"""Sections of a class, whose names are part of the ids of what lies in them, against a roster."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from grader.classroom.roster import Roster
from grader.records import Entry, Place
from grader.sheets import plain
from grader.sources.names import name_of


def of_people(entries: Sequence[Entry], roster: Roster) -> AbstractSet[str]:
    """Sections that are called like a group, or like nobody, and in which something is called like a person."""
    return frozenset(
        called
        for entry in entries
        for _, called, _ in sections_of(entry)
        if plain(called) not in roster.of_people
        and roster.of_people & {plain(entry.name), plain(entry.id.removeprefix(f"{called}-"))}
    )


def as_one(entry: Entry, roster: Roster, sections: AbstractSet[str]) -> Entry:
    """What somebody of the roster handed in as theirs alone, though it is laid out as a section of several people's.

    `sections` are those of which that is not so.
    """
    for at, called, name in sections_of(entry):
        if plain(called) in roster.keys and called not in sections:
            around, _, _ = entry.source.partition(f"/{name}/")
            return Entry(
                called, called, f"{around}/{name}", Place(entry.place.path, entry.place.steps[:at]).into("top", name)
            )
    return entry


def sections_of(entry: Entry) -> Iterator[tuple[int, str, str]]:
    """Which of its place's steps an entry's id begins with, how the id has it, and how the step is called."""
    for at, (how, name) in enumerate(entry.place.steps[:-1]):
        called = name_of(name) if how == "archive" else name
        if entry.id.startswith(f"{called}-"):
            yield at, called, name
