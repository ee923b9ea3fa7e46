"""Everybody of a platform's export, recognised or said to be one."""

from collections.abc import Sequence
from dataclasses import replace

from grader.errors import UsageError
from grader.records import Earlier, Place
from grader.sources.archives import is_archive, is_without_code
from grader.sources.choice import is_certain_code, nested, unwrapped
from grader.sources.found import People
from grader.sources.platforms import HandIn, Platform, hand_ins_of, is_most, platforms, tops_of
from grader.sources.tree import Tree

_MOST_SHOWN = 3


def inside_of(tree: Tree, place: Place) -> tuple[Tree, Place, list[str]]:
    """A tree without the folders around everything, the way into them, and their names.

    A folder that is all there is of an export, since one person handed in, is not around it.
    """
    levels: list[tuple[Tree, Place, list[str]]] = [(tree, place, [])]
    for folder in unwrapped(tree)[1]:
        tree, place, around = levels[-1]
        levels.append((tree.below(folder), place.into("folder", folder), [*around, folder]))
    return next((level for level in reversed(levels) if hand_ins_of(level[0])[1]), levels[-1])


def export_in(tree: Tree, place: Place) -> People | None:
    """Everybody of a platform's export, None where it is none.

    Raises:
        UsageError: where it is of several assignments, or has somebody twice.
    """
    platform, hand_ins = hand_ins_of(tree)
    return None if platform is None else _people(platform, hand_ins, tree, place)


def _people(platform: Platform, hand_ins: Sequence[HandIn], tree: Tree, place: Place) -> People:
    for problem in (*(one.problem for one in hand_ins), _twice(hand_ins)):
        if problem:
            raise UsageError(f"{tree.label}: {problem}")
    found = People(platform=platform.name)
    for one in hand_ins:
        label = f"{tree.label}/{one.who.source}"
        before = tuple(
            Earlier(f"{tree.label}/{old.who.source}", old.way(place), old.who.submitted_at, old.who.is_late)
            for old in one.earlier
        )
        found.entries.append(replace(one.who, source=label, place=one.way(place), earlier=before))
        found.without += is_without_code(one.files)
    could_be_graded = (name for name in tree.names() if is_certain_code(name) or is_archive(name))
    not_theirs = {name.partition("/")[0] for name in could_be_graded} - tops_of(hand_ins)
    found.passed_over += sorted({*not_theirs, *platform.others(tree)})
    return found


def _twice(hand_ins: Sequence[HandIn]) -> str:
    """Who handed in twice, and where; empty where nobody did."""
    first: dict[str, str] = {}
    for one in hand_ins:
        who, where = one.who, one.who.source
        for id, name in [(each.id, each.name) for each in who.members] or [(who.id, who.name)]:
            if first.setdefault(id, where) != where:
                label = f"{name} ({id})" if name != id else id
                return f"{label} handed in {first[id]} and {where}: remove one of them"
    return ""


def export_of(source: str, tree: Tree, place: Place) -> People:
    """Everybody of an export that a person says is one, also in an archive that is all there is.

    Raises:
        UsageError: where it is none, has nothing of the assignment that is named, or as of `export_in`.
    """
    tree, place, _ = inside_of(tree, place)
    name, _, assignment = source.partition(":")
    platform, tops = platforms()[name], tree.tops()
    if assignment and platform.of_assignment is not None:
        chosen = platform.of_assignment(tree, assignment)
        if not chosen:
            raise UsageError(f"{tree.label}: nobody has handed in {assignment}")
        return replace(_people(platform, chosen, tree, place), passed_over=[])  # what is left is of others
    hand_ins = platform.hand_ins(tree)
    if hand_ins and is_most(platform, hand_ins, tree):
        return _people(platform, hand_ins, tree, place)
    if len(tops) == 1 and tops[0] in tree.files and is_archive(tops[0]):
        return export_of(source, nested(tree, tops[0]), place.into("archive", tops[0]))
    asked = f" those have names like {platform.layout}," if platform.layout else ""
    odd = platform.others(tree) or tops
    more = f" and {len(odd) - _MOST_SHOWN} more" if len(odd) > _MOST_SHOWN else ""
    there = f"{', '.join(odd[:_MOST_SHOWN])}{more}" or "nothing"
    raise UsageError(f"{tree.label}: is no export of {platform.name}:{asked} and in it there is {there}")
