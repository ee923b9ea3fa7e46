"""Hand-ins against a roster: whose each is, and who handed in nothing."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from grader.classroom.roster import Keys, Person, Roster
from grader.classroom.sections import as_one, of_people, sections_of
from grader.classroom.settled import handed_in_by, held_by, results_of, settled
from grader.errors import UsageError
from grader.messages.rosters import in_several_rows, not_in_roster
from grader.records import NOWHERE, Entry, Member, Who
from grader.sheets import plain

_MOST_NAMED = 10
_NOBODY: Mapping[str, Who] = {}


def as_known(entry: Entry, before: Mapping[str, Who]) -> Entry:
    """An entry that is called by an id alone, with the name of whoever has results under it; others as they are.

    A group keeps the id that the same people have results under, whoever of them is named first this time.
    """
    who = before.get(entry.id)
    if entry.members and not (who and who.members):
        people = {one.id for one in entry.members}
        same = (one for one in before.values() if {each.id for each in one.members} == people)
        return replace(entry, id=next((one.id for one in same), entry.id))
    if who is None or entry.name != entry.id or entry.members:
        return entry
    group = who.group if who.members else None  # what a roster says of whoever is missing, it says of this one, too
    return replace(entry, name=who.name, email=entry.email or who.email, group=group, members=who.members)


def expected(
    roster: Roster,
    entries: Sequence[Entry],
    *,
    is_class: bool,
    before: Mapping[str, Who] = _NOBODY,
    without: AbstractSet[str] = frozenset(),
) -> list[Entry]:
    """The entries as the roster knows them; of a class, also everybody who handed in nothing, in the roster's order.

    Whoever has results already keeps the id that they are under, however a later hand-in is called.

    Args:
        roster: who should hand in.
        entries: what was handed in.
        is_class: whether that is everything; otherwise nobody is missing.
        before: who has results already, by their ids.
        without: those of the ids that handed in nothing.

    Raises:
        UsageError: where a hand-in is nobody's of the roster, or it cannot be told whose it is. All are named.
    """
    replaced = settled(roster, before, without).replaced
    before = {id: who for id, who in before.items() if id not in replaced}
    sections = of_people(entries, roster)
    entries = list(dict.fromkeys(as_known(as_one(entry, roster, sections), before) for entry in entries))
    keys = roster.keyed_by(before, (one.id for entry in entries for one in handed_in_by(entry)))
    match = _Match(roster, keys, before, frozenset(entry.id for entry in entries))
    by_line = match.held.items()
    alone = {line for line, some in by_line if any(not who.members and who.id not in without for who in some)}
    placed = _for_groups([match.placed(entry) for entry in entries], roster, alone)
    problems = [problem for one in placed for problem in one.problems] + match.twice(placed)
    if problems:
        more = [f"and {len(problems) - _MOST_NAMED} more"] if len(problems) > _MOST_NAMED else []
        raise UsageError("\n".join([*problems[:_MOST_NAMED], *more]))
    known = [match.known(one) for one in placed]
    return known + match.missing(placed, {entry.id for entry in known}) if is_class else known


@dataclass(frozen=True, slots=True)
class _Placed:
    """One hand-in, with the rows of those whose it is."""

    entry: Entry
    rows: tuple[Person, ...]
    problems: tuple[str, ...] = ()
    is_group: bool = False
    """Whether the roster says that these are a group."""


def _for_groups(placed: Sequence[_Placed], roster: Roster, alone: AbstractSet[int]) -> list[_Placed]:
    """One of a group hands in for all of it, where none of the others did, or did before (`alone`)."""
    handed_in = Counter(row.line for one in placed for row in one.rows)

    def for_group(one: _Placed) -> _Placed:
        if one.problems or one.is_group or one.entry.members or len(one.rows) != 1 or not one.rows[0].group:
            return one
        group = [row for row in roster.people if plain(row.group) == plain(one.rows[0].group)]
        others = tuple(row for row in group if row is not one.rows[0])
        is_theirs = bool(others) and not any(handed_in[row.line] or row.line in alone for row in others)
        return replace(one, rows=(*one.rows, *others), is_group=True) if is_theirs else one

    return list(map(for_group, placed))


class _Match:
    """Hand-ins against one roster."""

    def __init__(self, roster: Roster, keys: Keys, before: Mapping[str, Who], asked: AbstractSet[str]) -> None:
        self.file = roster.file
        self.asked = asked
        """The ids that hand-ins have of their own."""
        self.people = roster.people
        self.keys = keys
        self.before = before
        self.held = held_by(keys, before)
        self.groups: dict[str, list[Person]] = {}
        for row in roster.people:
            if row.group:
                self.groups.setdefault(_letters(row.group), []).append(row)

    def placed(self, entry: Entry) -> _Placed:
        """Whose it is: everybody's of a group that it is called after, or of those who handed in."""
        for called in (entry.group, entry.name):
            if called and (group := self._group(entry, called)):
                doubts = tuple(self._doubts(entry, group, is_told=called == entry.group))
                return _Placed(entry, tuple(sorted(group, key=lambda row: _id_is_not(row, entry))), doubts, True)
        rows: list[Person] = []
        problems: list[str] = []
        for one in handed_in_by(entry):
            found = self.keys.rows_of(one)
            if not found:
                entry, found = self._without_section(entry, one)
            rows += found
            problems += self._problems(entry, one, found)
        return _Placed(entry, tuple(rows), tuple(problems))

    def _group(self, entry: Entry, called: str) -> list[Person]:
        """Those whose group is called so, but perhaps for signs; nobody where the entry has the id of somebody else."""
        alike = self.groups.get(_letters(called), [])
        by_id = [row for one in handed_in_by(entry) for row in self.keys.by_id(one)]
        own = {plain(row.group) for row in by_id if row in alike}
        if by_id and not own and entry.id != entry.name and called != entry.group:
            return []
        named = {plain(row.group) for row in alike} & {plain(called)} or own
        return [row for row in alike if plain(row.group) in named] or alike

    def _doubts(self, entry: Entry, group: Sequence[Person], *, is_told: bool) -> Iterator[str]:
        """Why it may not be this group's: groups have names of their members' choice."""
        others = [] if is_told else [row for one in handed_in_by(entry) for row in self.keys.rows_of(one)]
        alike = (row for row in group if plain(row.group) != plain(group[0].group))
        also = [f"{row.label}'s (line {row.line})" for row in others if row not in group]
        also += [f"that of the group {row.group} (line {row.line})" for row in alike]
        if also:
            what = f"that of the group {group[0].group} (line {group[0].line} of {self.file})"
            yield f"{entry.source}: could be {what} and {also[0]}: rename a group there"

    def _without_section(self, entry: Entry, one: Member) -> tuple[Entry, list[Person]]:
        """A hand-in without the name of a section's folder in its id, where that is somebody's."""
        for _, called, _ in sections_of(entry):
            own = one.id.removeprefix(f"{called}-")
            if found := self.keys.rows_of(replace(one, id=own)):
                return replace(entry, id=own), found
        return entry, []

    def _problems(self, entry: Entry, one: Member, found: Sequence[Person]) -> Iterator[str]:
        what = f"{entry.source}: {one.name}" + (f" ({one.id})" if one.id != one.name else "")
        if not found:
            yield not_in_roster(what, self.file)
        elif len(found) > 1:
            name = entry.source.rpartition("/")[2]
            such_as = name.replace(one.name, found[0].ids[0]) if one.name in name and found[0].ids else ""
            yield in_several_rows(what, self.file, [row.line for row in found], such_as)
        elif _is_a_groups(entry, found[0]):
            yield (
                f"{what} has the id of {found[0].label} in line {found[0].line} of {self.file}, and another name. If a "
                "group handed it in, which Canvas names after the group and one of its members, add a column `group` "
                f"there; if {found[0].label} did, write the name of the hand-in there"
            )

    def twice(self, placed: Sequence[_Placed]) -> list[str]:
        """People with several hand-ins, of those of which it is known whose they are."""
        first: dict[int, Entry] = {}
        told = [(one.entry, row) for one in placed if not one.problems for row in one.rows]
        pairs = [(entry, row, first.setdefault(row.line, entry)) for entry, row in told]
        return [
            f"{entry.source}: is {row.label}'s (line {row.line} of {self.file}), and so is {other.source}: keep one"
            for entry, row, other in pairs
            if other is not entry
        ]

    def known(self, placed: _Placed) -> Entry:
        """The entry with what the roster knows of its people."""
        entry, rows = placed.entry, placed.rows
        if placed.is_group and not entry.members:
            group = rows[0].group
            entry = replace(entry, name=group, group=group, members=tuple(map(self.keys.member, rows)))
        if entry.members:
            return replace(entry, id=self._group_id(entry, rows))
        row = rows[0]
        id, name, email = self._id(entry, row), row.name or entry.name, entry.email or row.email or None
        return replace(entry, id=id, name=name, email=email)

    def _id(self, entry: Entry, row: Person) -> str:
        """The id that a person has results under alone, where there is one and no other hand-in has it.

        A hand-in under an id of the roster is not put to another id of that kind: two people may have one name.
        """
        kinds = {_kind(id) for id in row.ids if plain(id) == plain(entry.id)}
        held = [who.id for who in self.held.get(row.line, ()) if not who.members]
        own = [id for id in held if _kind(id) not in kinds or plain(id) in map(plain, row.ids)]
        return own[0] if entry.id not in self.before and len(own) == 1 else entry.id

    def _group_id(self, entry: Entry, rows: Sequence[Person]) -> str:
        """The id that most of these people have results under together, unless another hand-in has it."""
        own = self.before.get(entry.id)
        if own is not None and own.members:
            return entry.id
        lines = {row.line for row in rows}
        for who in (who for line in sorted(lines) for who in self.held.get(line, ()) if who.members):
            before = {row.line for row in results_of(self.keys, who)}
            if 2 * len(lines & before) > len(lines | before) and who.id not in self.asked - {entry.id}:
                return who.id
        return entry.id

    def missing(self, placed: Sequence[_Placed], taken: AbstractSet[str]) -> list[Entry]:
        """Everybody who handed in nothing, called as their results are, unless others have that id now."""
        there = {row.line for one in placed for row in one.rows}
        found = (self._missing(row, taken) for row in self.people if row.line not in there)
        return list({entry.id: entry for entry in found}.values())

    def _missing(self, row: Person, taken: AbstractSet[str]) -> Entry:
        who, source = self.keys.member(row), f"{self.file}, line {row.line}"
        ids = [*(known.id for known in self.held.get(row.line, ())), who.id, *row.ids, row.email, row.name]
        id = next((id for id in ids if id and id not in taken), who.id)
        return Entry(id, who.name, source, NOWHERE, email=who.email, group=row.group or None)


def _id_is_not(row: Person, entry: Entry) -> bool:
    return plain(entry.id) not in map(plain, row.ids)


def _is_a_groups(entry: Entry, row: Person) -> bool:
    """Whether an entry is called as Canvas calls one (letters and digits alone), and not after its person."""
    name = entry.name
    is_canvas = not entry.members and name != entry.id and name.replace("_", "").isalnum() and name == name.lower()
    if plain(name) in map(plain, row.ids):
        return False
    return is_canvas and bool(row.name) and sorted(_letters(name)) != sorted(_letters(row.name))


def _kind(id: str) -> str:
    """What an id looks like.

    >>> _kind("2012") == _kind("77"), _kind("11-64"), _kind("ckaya29")
    (True, '0-0', 'a0')
    """
    return re.sub(r"[0-9]+", "0", re.sub(r"[^\W\d_]+", "a", id))


def _letters(name: str) -> str:
    """A name without what Canvas leaves out of it, and without accents, which have two forms."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", plain(name)) if letter.isalnum())
