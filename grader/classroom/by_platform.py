"""Hand-ins that are called as a platform's export calls them: late ones, of people who have results already."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import PurePath

from grader.records import Entry, Who
from grader.sources.platforms import Platform, platforms
from grader.sources.tree import Tree


def by_platform(entry: Entry, before: Mapping[str, Who], without: AbstractSet[str] = frozenset()) -> Entry:
    """The entry under the id in its name, if that is a person's of `before`, who was called so; others as they are.

    Args:
        entry: a file or a folder that was named by itself.
        before: whoever has results, by id.
        without: those of the ids that handed in nothing, whose name there is known of the others' hand-ins.
    """
    for platform in platforms().values():
        here = _called(platform, PurePath(entry.source).name)
        if here is None or here.id not in before or entry.id in before:
            continue
        if here.id in without:
            beside = next((who for who in before.values() if _called_there(platform, who, who.id)), None)
        else:
            beside = before[here.id] if _called_there(platform, before[here.id], here.id, here.name) else None
        if beside is not None and _is_beside(platform, entry, beside, here.id):
            told = here.submitted_at, here.is_late
            return replace(entry, id=here.id, name=here.id, submitted_at=told[0], is_late=told[1])
    return entry


def is_called_so(entry: Entry) -> bool:
    """Whether a platform calls a hand-in so."""
    return any(_called(platform, PurePath(entry.source).name) is not None for platform in platforms().values())


def _is_beside(platform: Platform, entry: Entry, who: Who, id: str) -> bool:
    """Whether a name is that person's also beside one that is known: some can be read in two ways."""
    top, known = (PurePath(one.source).name for one in (entry, who))
    found = platform.hand_ins(Tree("", dict.fromkeys((top, known), lambda count: b"")))
    return not found or any(one.who.id == id and top in (*one.files.values(), one.who.source) for one in found)


def _called_there(platform: Platform, who: Who, id: str, name: str | None = None) -> bool:
    """Whether what somebody handed in before was called as this platform calls it, with this id and name."""
    there = _called(platform, PurePath(who.source).name)
    return there is not None and there.id == id and name in (None, there.name)


def by_source(entries: Sequence[Entry], before: Mapping[str, Who]) -> list[Entry]:
    """The entries; those that are called as the hand-in of one person of `before` was, under the id of that person.

    So a repository of an export by itself is its owner's, whose id is only the end of its name: `hw2-jane`, and jane.
    """
    of_name: dict[str, list[str]] = {}
    for id, who in before.items():
        if (name := PurePath(who.source).name) not in (id, who.name) and name.lower().endswith(f"-{id.lower()}"):
            of_name.setdefault(name, []).append(id)
    owners = (of_name.get(PurePath(entry.source).name, []) if entry.id not in before else () for entry in entries)
    return [
        replace(entry, id=own[0], name=own[0]) if len(own) == 1 else entry
        for entry, own in zip(entries, owners, strict=True)
    ]


def nameless(entry: Entry) -> Platform | None:
    """The platform that calls a hand-in so, where that tells nothing of the person."""
    return next((one for one in platforms().values() if one.is_nameless(PurePath(entry.source).name)), None)


def _called(platform: Platform, top: str) -> Entry | None:
    """Whose a name is in the platform's export, as far as that alone tells it."""
    found = platform.hand_ins(Tree(top, {top: lambda count: b""}))
    return found[0].who if len(found) == 1 else None
