"""Where what was graded lies now."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.records import Entry, Who


def graded_at(
    paths: Iterable[Path], graded: Mapping[str, Who], find: Callable[[Sequence[Path]], list[Entry]]
) -> Iterator[Entry]:
    """What lies at these paths of the submissions that were graded, called as the results call them.

    Each path is looked at for itself, since people have the same ids in two downloads. An id may be of the results'
    own, where a roster told whose a hand-in is; then it is known by where it lay.

    Args:
        paths: those that are gone are passed over.
        graded: whose submissions, by their ids.
        find: gives whose submissions lie at paths.
    """
    by_source = {who.source: id for id, who in graded.items()}
    for path in paths:
        for entry in find([path]) if path.exists() else ():
            id = by_source.get(entry.source, entry.id)
            if id in graded:
                yield replace(entry, id=id, name=graded[id].name)
