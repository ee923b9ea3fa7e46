"""A hand-in by itself that is called as a platform's export calls it: a late one, whose person has results already."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

from grader.records import Entry, Who
from grader.sources.platforms import Platform, platforms
from grader.sources.tree import Tree


def by_platform(entry: Entry, before: Mapping[str, Who]) -> Entry:
    """The entry under the id in its name, if that is a person's of `before`, who was called so; others as they are.

    Args:
        entry: a file or a folder that was named by itself.
        before: whoever has results, by id.
    """
    for platform in platforms().values():
        here = _called(platform, PurePath(entry.source).name)
        who = None if here is None else before.get(here.id)
        if here is None or who is None or entry.id in before:
            continue
        there = _called(platform, PurePath(who.source).name)
        if there is not None and (there.id, there.name) == (here.id, here.name):
            told = here.submitted_at, here.is_late
            return replace(entry, id=here.id, name=here.id, submitted_at=told[0], is_late=told[1])
    return entry


def nameless(entry: Entry) -> Platform | None:
    """The platform that calls a hand-in so, where that tells nothing of the person."""
    return next((one for one in platforms().values() if one.is_nameless(PurePath(entry.source).name)), None)


def _called(platform: Platform, top: str) -> Entry | None:
    """Whose a name is in the platform's export, as far as that alone tells it."""
    found = platform.hand_ins(Tree(top, {top: lambda count: b""}))
    return found[0].who if len(found) == 1 else None
