"""Hand-ins that are called as a platform, or as one that was graded, is: whose they are, by results that exist."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from grader.records import Entry
from grader.sources import FindPeople, only_entry
from grader.sources.found import People
from grader.sources.names import personal_name


def find_for_results(find: FindPeople, results: Path) -> FindPeople:
    """As `find`; but what a platform called as a hand-in of somebody with results is theirs, whatever is in it."""

    def found(path: Path, functions: Sequence[str]) -> People:
        return only_entry(path) if "_" in path.name and _is_somebodys(path, results) else find(path, functions)

    return found


def _is_somebodys(path: Path, results: Path) -> bool:
    from grader.classroom.by_platform import by_platform, is_called_so  # looks into every module there
    from grader.classroom.folder import known_in

    (entry,) = only_entry(path).entries
    return is_called_so(entry) and by_platform(entry, *known_in(results)) is not entry


def with_owners(
    entries: Sequence[Entry], results: Path, tell: Callable[[str], None] | None, warn: Callable[[str], None]
) -> list[Entry]:
    """The entries, with what a platform named under the id of whoever has results in the folder.

    Args:
        entries: what was handed in.
        results: the folder.
        tell: is told whose it is; None where nobody wants to know.
        warn: is told that nobody knows, and what to do.
    """
    counts = Counter(entry.place.path for entry in entries)
    are_alone = all(_is_alone(entry, counts) and "_" in Path(entry.source).name for entry in entries)
    are_called_in_full = all(_is_at_the_top(entry) and entry.id == Path(entry.source).name for entry in entries)
    if not are_alone and not are_called_in_full:
        return list(entries)
    from grader.classroom.by_platform import by_platform, by_source, nameless  # looks into every module there
    from grader.classroom.folder import known_in

    before, without = known_in(results)
    found = by_source(entries, before) if are_called_in_full else list(entries)
    found = [by_platform(entry, before, without) for entry in found] if are_alone else found
    counts = Counter(one.id for one in found)  # several files of one person are not each the newest
    found = [one if counts[one.id] == 1 else entry for entry, one in zip(entries, found, strict=True)]
    for entry, one in zip(entries, found, strict=True):
        if one is not entry and tell is not None:
            has = "handed in nothing so far" if one.id in without else "has results here"
            tell(f"{entry.source}: is {before[one.id].name}'s ({one.id}), who {has} and is called so")
        platform = nameless(one) if before and one.id not in before else None
        if platform is not None:
            warn(
                f"{entry.source}: whose it is stands in {platform.told_in} of {platform.name}'s export, not in its "
                "name: name the whole export, or say it with --map"
            )
    return found


def _is_alone(entry: Entry, counts: Mapping[str, int]) -> bool:
    """Whether nobody else's hand-in is at its path, and its name is that of the path or of what lies there."""
    path = Path(entry.place.path)
    return is_all_of_a_path(entry) or (counts[entry.place.path] == 1 and Path(entry.source).parent == path)


def _is_at_the_top(entry: Entry) -> bool:
    """Whether a path that was named is its own name, or the folder or archive in which it lies."""
    return Path(entry.place.path) in (Path(entry.source), Path(entry.source).parent)


def is_all_of_a_path(entry: Entry) -> bool:
    """Whether a path that was named is one person's hand-in, though it may be an archive with a folder in it."""
    path = Path(entry.place.path)
    return entry.source == str(path) or personal_name(path) == entry.id
