"""What people of a roster have results under already, and who of those that were missing has handed in since."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from grader.classroom.roster import Keys, Person, Roster
from grader.records import Entry, Member, Who


@dataclass(frozen=True, slots=True)
class Settled:
    """What has become of those who handed in nothing at first."""

    replaced: Mapping[str, Who]
    """By the ids that they were missing under, what their hand-ins are under now."""
    unknown: tuple[Who, ...]
    """Those whom the roster does not have any more."""
    several: Mapping[str, Sequence[str]]
    """By what the roster calls a person, the ids of several results that are theirs."""


def settled(roster: Roster, before: Mapping[str, Who], without: AbstractSet[str]) -> Settled:
    """Who is missing no longer, of everybody with results: they have handed in since, or are in the roster no more.

    Args:
        roster: who should hand in.
        before: who has results, by their ids.
        without: those of the ids that handed in nothing.
    """
    keys = roster.keyed_by(before)
    of_line = {row.line: row.label for row in roster.people}
    held = {
        line: some
        for line, found in held_by(keys, before).items()
        if (some := [w for w in found if w.id not in without])
    }
    missing = [before[id] for id in sorted(without)]
    replaced = {who.id: held[row.line][-1] for who in missing for row in results_of(keys, who) if row.line in held}
    unknown = (who for who in missing if not any(map(keys.rows_of, handed_in_by(who))))
    several = {of_line[line]: [who.id for who in some] for line, some in held.items() if len(some) > 1}
    return Settled(replaced, tuple(unknown), several)


def results_of(keys: Keys, who: Who) -> list[Person]:
    """Those rows of the roster that are surely of whoever has results."""
    return [rows[0] for one in handed_in_by(who) if len(rows := keys.rows_of(one)) == 1]


def held_by(keys: Keys, before: Mapping[str, Who]) -> Mapping[int, Sequence[Who]]:
    """By its line in the roster, what a person has results under: alone, or with others.

    A name tells whose results these are where no others are under an id or the address of that row. Whoever is called
    by a name alone is that person in any case.
    """
    people = [(one, who) for who in before.values() for one in handed_in_by(who)]
    by_id = {rows[0].line for one, _ in people if len(rows := keys.by_id(one)) == 1}
    held: dict[int, list[Who]] = {}
    for one, who in people:
        rows = keys.rows_of(one)
        if len(rows) == 1 and (keys.by_id(one) or rows[0].line not in by_id or one.id.endswith(one.name)):
            held.setdefault(rows[0].line, []).append(who)
    return held


def handed_in_by(entry: Entry | Who) -> Sequence[Member]:
    """The people behind a hand-in."""
    return entry.members or (Member(entry.id, entry.name, entry.email),)
