"""Exports of learning platforms: which there are, and whose a tree is.

A module of this package that exports `PLATFORM` is one. It knows the platform's own names of files, and nothing else:
what is in the files is looked at as anybody's. Facts about the platforms are told where they are used.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from grader.records import Entry, Place
from grader.sources.archives import is_archive
from grader.sources.choice import is_certain_code
from grader.sources.tree import Tree

_LONGEST_NAME = 255
"""That of a file, on any disk."""


@dataclass(frozen=True, slots=True)
class HandIn:
    """What somebody handed in, or several together."""

    who: Entry
    """Its place is not known here; its source is the name by which a person finds it in the export."""
    files: Mapping[str, str]
    """By the names that they were handed in under, how the files are called in the export; never none."""
    problem: str = ""
    """Why the export cannot be what was downloaded of one assignment; empty where it can."""
    earlier: tuple["HandIn", ...] = ()
    """What the same handed in before, the oldest first, as far as the export has it."""
    folder: str = ""
    """The one that is all of it, where that lies below the top."""

    def way(self, place: Place) -> Place:
        """The way to it from the export's place."""
        assert self.files, "the way to nothing would lead to everything"
        for folder in self.folder.split("/") if self.folder else ():
            place = place.into("folder", folder)
        if self.folder:
            return place
        around = self._around()
        for folder in around:
            place = place.into("folder", folder)
        tops: set[str] = set()
        for own, name in self.files.items():
            top, *rest = name.split("/")[len(around) :]
            if top not in tops:
                place = place.into("part", top)
                tops.add(top)
                place = place if rest else place.into("as", _plain(own) or top)
        return place

    def _around(self) -> Sequence[str]:
        """The folders around files that lie among others: a folder whose files have their own names is theirs."""
        folders = {name.rpartition("/")[0] for name in self.files.values()}
        is_among_others = all(own != name.partition("/")[2] for own, name in self.files.items())
        return folders.pop().split("/") if is_among_others and len(folders) == 1 and folders != {""} else ()


def _plain(own: str) -> str:
    """A file's own name, which its author chose, without folders; nothing where no file could be called so."""
    name = own.rpartition("/")[2]
    return "" if name in (".", "..") or "\0" in name or len(name) > _LONGEST_NAME else name


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform."""

    name: str
    hand_ins: Callable[[Tree], Sequence[HandIn]]
    """The hand-ins of an export, whatever lies beside them; none where a tree is no export of this platform."""
    layout: str = ""
    """What the names in an export look like, for a person."""
    fewest: int = 1
    """So many hand-ins an export has at least, unless a person says so: fewer may be called like that by chance."""
    others: Callable[[Tree], Sequence[str]] = lambda tree: ()
    """What lies there and is neither called as its hand-ins are nor the course's own; nothing where a part of any name
    tells enough of the platform. Where it is most, this is no export."""
    told_in: str = ""
    """The file at the top of an export that tells whose each is, where their names do not."""
    is_nameless: Callable[[str], object] = lambda top: False
    """Whether a name is that of a hand-in, and tells nothing of the person."""
    of_assignment: Callable[[Tree, str], Sequence[HandIn]] | None = None
    """The hand-ins of one assignment, where an export has several."""


def newest(attempts: Iterable[Mapping[Any, HandIn]]) -> list[HandIn]:
    """Everybody's newest hand-in with those before it; each mapping has one person's by what orders them."""
    ordered = ([own[key] for key in sorted(own)] for own in attempts)
    return [replace(one, earlier=tuple(before)) for *before, one in ordered]


def unpacked(tree: Tree, top: str, own: str) -> dict[str, str]:
    """A file at the top under its `own` name, or what is in it, where an archive was unpacked in its place."""
    inside = tree.below(top).names() if tree.is_folder(top) else ()
    return {f"{own}/{name}": f"{top}/{name}" for name in inside} or {own: top}


def files_in(tree: Tree, folder: str) -> dict[str, str]:
    """All that lies in a folder at the top, by the names inside; the folder where that is empty."""
    inside = tree.below(folder)
    return {name: f"{folder}/{name}" for name in inside.names()} or {folder: folder}


def hand_ins_of(tree: Tree) -> tuple[Platform | None, Sequence[HandIn]]:
    """The platform whose export a tree is, and its hand-ins; none where it is no export.

    That of which everything there is comes before one of which most is.
    """
    found = [(one, hand_ins) for one in platforms().values() if len(hand_ins := one.hand_ins(tree)) >= one.fewest]
    whole = (each for each in found if not each[0].others(tree))
    mostly = (each for each in found if is_most(*each, tree) and _may_be_graded(tree, each[1]))
    return next(whole, None) or next(mostly, (None, ()))


def is_most(platform: Platform, hand_ins: Sequence[HandIn], tree: Tree) -> bool:
    """Whether more of what lies there is called as the platform calls hand-ins than is not."""
    return len(tops_of(hand_ins)) > len(platform.others(tree))


def _may_be_graded(tree: Tree, hand_ins: Sequence[HandIn]) -> bool:
    """Whether several of them are code, archives or folders; pictures in one person's work may be called like that."""
    return sum(top not in tree.files or is_certain_code(top) or is_archive(top) for top in tops_of(hand_ins)) > 1


def tops_of(hand_ins: Iterable[HandIn]) -> set[str]:
    """The names at the top of an export in which somebody's files are."""
    return {name.partition("/")[0] for one in hand_ins for each in (*one.earlier, one) for name in each.files.values()}


@cache
def platforms() -> Mapping[str, Platform]:
    """All of them, by the names of their modules."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = ((name, importlib.import_module(f"grader.sources.{name}")) for name in names if name[-8:] != "_archive")
    return {name: own for name, one in modules if isinstance(own := getattr(one, "PLATFORM", None), Platform)}
