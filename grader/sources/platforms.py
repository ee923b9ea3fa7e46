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
from grader.sources.tree import Tree


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

    def way(self, place: Place) -> Place:
        """The way to it from the export's place."""
        assert self.files, "the way to nothing would lead to everything"
        around = self._around()
        for folder in around:
            place = place.into("folder", folder)
        tops: set[str] = set()
        for own, name in self.files.items():
            top, *rest = name.split("/")[len(around) :]
            if top not in tops:
                place = place.into("part", top)
                tops.add(top)
                place = place if rest else place.into("as", own)
        return place

    def _around(self) -> Sequence[str]:
        """The folders around files that lie among others: a folder whose files have their own names is theirs."""
        folders = {name.rpartition("/")[0] for name in self.files.values()}
        is_among_others = all(own != name.partition("/")[2] for own, name in self.files.items())
        return folders.pop().split("/") if is_among_others and len(folders) == 1 and folders != {""} else ()


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform."""

    name: str
    hand_ins: Callable[[Tree], Sequence[HandIn]]
    """The hand-ins of an export; none where a tree is no export of this platform."""
    layout: str = ""
    """What the names in an export look like, for a person."""
    fewest: int = 1
    """So many hand-ins an export has at least, unless a person says so: fewer may be called like that by chance."""


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


def hand_ins_of(tree: Tree) -> tuple[str, Sequence[HandIn]]:
    """The name of the platform whose export a tree is, and its hand-ins; none where it is no export."""
    found = ((platform, platform.hand_ins(tree)) for platform in platforms().values())
    return next(((one.name, hand_ins) for one, hand_ins in found if len(hand_ins) >= one.fewest), ("", ()))


@cache
def platforms() -> Mapping[str, Platform]:
    """All of them, by the names of their modules."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = ((name, importlib.import_module(f"grader.sources.{name}")) for name in names if name[-8:] != "_archive")
    return {name: own for name, one in modules if isinstance(own := getattr(one, "PLATFORM", None), Platform)}
