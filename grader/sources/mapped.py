"""A class of which a person says whose is what: nothing is recognised, and what is not named is nobody's."""

from unicodedata import normalize

from grader.errors import JudgeError, SubmissionRejected, UsageError
from grader.records import Entry, Place
from grader.sources.archives import is_archive
from grader.sources.choice import nested, unwrapped
from grader.sources.found import People
from grader.sources.names import is_instructors
from grader.sources.told import Named, Told
from grader.sources.tree import Tree

_MOST_SHOWN = 5


def mapped(tree: Tree, place: Place, told: Told) -> People:
    """The hand-ins that are named.

    Args:
        tree: of the class; a folder around everything need not be named.
        place: where it lies.
        told: with a map.

    Raises:
        UsageError: where lines lead nowhere. All are named.
    """
    inner, around = unwrapped(tree)
    within = place
    for folder in around:
        within = within.into("folder", folder)
    found, lost = People(), []
    for one in told.named:
        parts = [part for part in one.path.replace("\\", "/").split("/") if part not in ("", ".")]
        entry = _entry(tree, place, one, parts) or _entry(inner, within, one, parts)
        if entry is None:
            lost.append(f"{told.file}: line {one.line}: there is no {one.path} in {tree.label}")
        else:
            found.entries.append(entry)
    if lost:
        more = [f"and {len(lost) - _MOST_SHOWN} more"] if len(lost) > _MOST_SHOWN else []
        raise UsageError("\n".join([*lost[:_MOST_SHOWN], *more]))
    ways = {tuple(name for _, name in entry.place.steps)[len(around) :] for entry in found.entries}
    found.passed_over += [name for name in _left(inner, ways) if not is_instructors(name)]
    return found


def _there(tree: Tree, name: str) -> str | None:
    """The name at the top that is meant: a Mac takes umlauts apart, whoever types them does not."""
    tops = tree.tops()
    if name in tops:
        return name
    meant = [top for top in tops if normalize("NFC", top) == normalize("NFC", name)]
    return meant[0] if len(meant) == 1 else None


def _left(tree: Tree, ways: set[tuple[str, ...]]) -> list[str]:
    """What no way leads to: whole folders where none leads into them."""
    around = {way[:depth] for way in ways for depth in range(len(way))}
    left: dict[str, None] = {}
    for name in (*tree.files, *tree.odd, *tree.denied):
        parts = tuple(name.split("/"))
        first = next((parts[:depth] for depth in range(len(parts) + 1) if parts[:depth] not in around), None)
        if first is not None and first not in ways:  # an archive has its own, which is not looked at
            left["/".join(first)] = None
    return sorted(left)


def _entry(tree: Tree, place: Place, one: Named, parts: list[str]) -> Entry | None:
    """What a line leads to, None where that is nothing."""
    source = f"{tree.label}/{'/'.join(parts)}"
    for number, written in enumerate(parts):
        part = _there(tree, written)
        if part is None:
            return None
        if number == len(parts) - 1:
            return Entry(one.id, one.name, source, place.into("top", part), one.submitted_at, one.email)
        if tree.is_folder(part):
            tree, place = tree.below(part), place.into("folder", part)
        elif is_archive(part):
            try:
                tree, place = nested(tree, part), place.into("archive", part)
            except (SubmissionRejected, JudgeError):
                return None
        else:
            return None
    return None
