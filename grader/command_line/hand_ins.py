"""Who handed in, as `grade PATH...` is told: from the paths, and from what says more about them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.command_line.owners import find_for_results, is_all_of_a_path, with_owners
from grader.errors import UsageError, did_you_mean, named_paths
from grader.reading.reader import Reader
from grader.records import Entry
from grader.rubric.model import Late
from grader.said import escape, say
from grader.sources import FindPeople, find_entries
from grader.sources.names import is_general, name_of
from grader.sources.told import PLAIN, UNTOLD, Told

if TYPE_CHECKING:
    from grader.classroom.folder import ResultsFolder
    from grader.classroom.roster import Roster


class Asked(Protocol):
    """Which class it is."""

    @property
    def paths(self) -> Sequence[Path]:
        """Where it lies."""

    @property
    def source(self) -> str | None:
        """As what it is to be read."""

    @property
    def map(self) -> Path | None:
        """Whose is what."""

    @property
    def roster(self) -> Path | None:
        """Who should hand in."""

    @property
    def attempt(self) -> str:
        """Which of somebody's hand-ins counts: the `latest`, or the `best`."""

    @property
    def results(self) -> Path | None:
        """The folder that may have results of the same people."""

    @property
    def verbosity(self) -> int:
        """Below 0, only what can change marks is said."""


@dataclass(frozen=True, slots=True)
class HandIns:
    """What a run is about."""

    entries: Sequence[Entry]
    is_class: bool
    roster: "Roster | None" = None
    """Who should hand in, where that is known."""


def found(options: Asked, functions: Sequence[str], reader: Reader, due: str | None) -> HandIns:
    """What was handed in.

    Args:
        options: which class it is.
        functions: names of the graded functions.
        reader: looks at the paths.
        due: the due time; None where lateness costs nothing.

    Raises:
        UsageError: where something leads nowhere, or is not of those who should hand in.
    """
    told = _told(options)
    with named_paths():
        tell = None if options.verbosity < 0 else _tell
        find: FindPeople = partial(reader.people_at, told=told)
        if told == UNTOLD and options.results is not None:
            find = find_for_results(find, options.results)
        every = options.attempt == "best"
        entries = find_entries(options.paths, functions, _tell, find, tell_all=tell is not None, every_attempt=every)
    if told == UNTOLD and options.results is not None:
        entries = with_owners(entries, options.results, tell, _tell)
    if every and tell is not None and not any(entry.earlier for entry in entries):
        tell("--attempt best changes nothing: there is one hand-in of each person")
    is_class = len(entries) > len(options.paths) or told != UNTOLD or any(entry.earlier for entry in entries)
    if options.roster is None:
        if is_class and options.results is not None and (told.named or _has_groups(entries)):
            entries = with_known_names(entries, options.results)
        return HandIns(entries, is_class)
    return _expected(options, entries, due, is_class=is_class)


def with_known_names(entries: Sequence[Entry], results: Path) -> list[Entry]:
    """The entries that are called by ids alone, with the names that the folder has for those; groups with its ids."""
    from grader.classroom.expected import as_known  # most runs have no results folder
    from grader.classroom.folder import known_in

    before, _ = known_in(results, None if _has_groups(entries) else [entry.id for entry in entries])
    return [as_known(entry, before) for entry in entries]


def _has_groups(entries: Sequence[Entry]) -> bool:
    return any(entry.members for entry in entries)


def say_named_after_folders(entries: Sequence[Entry]) -> None:
    """Say whose id is the name of a folder: another file of that folder, graded later, would take its place."""
    for entry in entries:
        own = name_of(Path(entry.source).name)
        if is_general(own) and entry.id != own and Path(entry.source).is_file():
            _tell(f"{entry.source}: is kept as {entry.id}, after its folder, since anybody's could be called {own}")


@contextmanager
def telling_times(folder: "ResultsFolder", entries: Sequence[Entry], late: Late | None) -> Iterator[None]:
    """Say after a run into this folder of whom nobody knows whether they are late, where that costs something."""
    from grader.classroom.handed_in import Times  # a few submissions do without

    times = Times(folder.store, [entry.id for entry in entries], late)
    yield
    for what in () if late is None else times.unknown():
        _tell(what)


def _told(options: Asked) -> Told:
    """What is said of the class; the files that say it are read before anything is looked at."""
    if options.source is None and options.map is None:
        return UNTOLD
    if options.map is None:
        return Told(_source(options.source))
    from grader.classroom.hand_in_map import read_map  # most runs have no map

    if options.source not in (None, PLAIN):
        raise UsageError("--map says whose is what, and so does --source: leave one")
    if len(options.paths) > 1:
        raise UsageError("--map is for one class; name one PATH with it")
    return Told(PLAIN, str(options.map), read_map(options.map))


def _source(name: str | None) -> str | None:
    from grader.sources.platforms import platforms  # looks into every module there

    known = [*platforms(), PLAIN]
    platform, _, assignment = (name or PLAIN).partition(":")
    if platform not in known:
        meant = did_you_mean(platform, known)
        raise UsageError(f"--source: there is no {platform}{meant}; choose from {', '.join(known)}")
    if assignment and (platform == PLAIN or platforms()[platform].of_assignment is None):
        several = ", ".join(each for each, one in platforms().items() if one.of_assignment is not None)
        raise UsageError(f"--source {name}: only of {several} can one assignment of several be named")
    return name


def _expected(options: Asked, entries: Sequence[Entry], due: str | None, *, is_class: bool) -> HandIns:
    """The entries as the roster knows them, with everybody who handed in nothing."""
    from grader.classroom.expected import expected  # most runs have no roster
    from grader.classroom.folder import known_in
    from grader.classroom.roster import read_roster

    assert options.roster is not None
    roster = read_roster(options.roster)
    before, without = known_in(options.results) if options.results else ({}, frozenset())
    is_class |= not all(map(is_all_of_a_path, entries))  # a class of one so far
    nobodys = [entry for entry in entries if roster.is_nobodys(entry)]
    for entry in nobodys:
        _tell(f"{entry.source}: is passed over, since {entry.id} is the test student of {roster.file}")
    entries = [entry for entry in entries if entry not in nobodys]
    known = expected(roster, entries, is_class=is_class, before=before, without=without)
    if is_class and options.verbosity >= 0:
        missing = sum(entry.is_missing and (entry.id in without or entry.id not in before) for entry in known)
        _tell(f"{roster.file}: {len(roster.people)} people, {missing} without a hand-in")
    if options.verbosity >= 0 and roster.worksheet.does_not_fit(due):
        _tell(
            f"{roster.file}: says who is late, but its times are not read: less how late they are, they are not {due}"
        )
    return HandIns(roster.with_times(known, due), is_class, roster)


def _tell(text: str) -> None:
    say(escape(text))
