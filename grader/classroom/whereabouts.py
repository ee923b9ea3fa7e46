"""Where what was graded lies now."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.records import Entry, Who


def graded_at(
    paths: Iterable[Path],
    graded: Mapping[str, Who],
    roots: Mapping[str, str | None],
    find: Callable[[Sequence[Path]], list[Entry]],
) -> Iterator[Entry]:
    """What lies at these paths of the submissions that were graded, called as the results call them.

    Each path is looked at for itself, since people have the same ids in two downloads. An id may be of the results'
    own, where a roster told whose a hand-in is; then it is known by where it lay. A path that was graded for one person
    alone holds that person's, whatever it is called: a platform may have named it for an export.

    Args:
        paths: those that are gone are passed over.
        graded: whose submissions, by their ids.
        roots: by id, what was named when it was graded last.
        find: gives whose submissions lie at paths.
    """
    by_source = {who.source: id for id, who in graded.items()}
    counts = Counter(roots[id] for id in graded)
    by_root = {roots[id]: id for id in graded if counts[roots[id]] == 1}
    for path in paths:
        entries = find([path]) if path.exists() else []
        alone = by_root.get(str(path)) if len(entries) == 1 else None
        for entry in entries:
            id = alone or by_source.get(entry.source, entry.id)
            if id in graded:
                yield replace(entry, id=id, name=graded[id].name)
