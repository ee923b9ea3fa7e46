"""Who handed in: one person, or everybody of a class, each with what is theirs.

A tree is one person's where it is laid out like a course's own hand-in, or where what is in it has the names that any
hand-in has (`layers.py`, `attempt1`). It is a class where several things at its top, with names of their own, each
define both functions, or many called `a1`, `a2`, ... do; then everything at its top is somebody's, be it ever so odd.
Such a class may lie in a folder or an archive of a larger one, as a section: its name becomes part of the ids.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice

from grader.errors import JudgeError, SubmissionRejected, UsageError
from grader.records import Entry, Place
from grader.sources.archives import is_archive, is_without_code
from grader.sources.choice import ASSIGNMENT_FILES, COURSE_PACKAGES, count_defined, is_certain_code, nested, unwrapped
from grader.sources.exported import export_in, inside_of
from grader.sources.found import People
from grader.sources.names import is_general, is_instructors, name_of
from grader.sources.tree import MAX_READ_BYTES, Tree

_COURSE_FILES = tuple(f"{package}/{name}" for package in COURSE_PACKAGES for name in ASSIGNMENT_FILES)
_MOST_LOOKED_AT = 50
_NUMBERED, _FEWEST_NUMBERED = re.compile(r"a\d+"), 5
"""What one person's tries or assignments are called, too; but so many that have all that is graded are a class's."""
_MOST_IN_SECTION = 1000
"""People in what lies in a class. An archive with more is one person's: each of them would be run, and waited for."""
LOOK_S, SECTION_S = 1.0, 5.0
"""CPU time for a look at what one person handed in, and for finding everybody in what may be a section."""
Watch = Callable[[str, float], AbstractContextManager[object]]
"""Is around each look at what lies at the top of a class, given its label and the CPU time that it may take. It may
raise SubmissionRejected: then that is something that cannot be looked into, and the others are found as ever."""


def unwatched(label: str, seconds: float) -> AbstractContextManager[object]:
    """Take whatever time it takes."""
    return nullcontext()


def people_in(
    tree: Tree,
    place: Place,
    name: str,
    functions: Sequence[str],
    watch: Watch = unwatched,
    *,
    is_named: bool,
) -> People:
    """The submissions in a tree.

    Args:
        tree: of a folder or an archive.
        place: where it lies.
        name: what a single submission is called.
        functions: names of the graded functions.
        watch: around each look at what lies at the top.
        is_named: whether that is its person's name, as an archive's is; a folder may hold one person's folder.
    """
    return _Look(functions, watch).people(tree, place, name, is_named=is_named)


def everybody_in(tree: Tree, place: Place, functions: Sequence[str], watch: Watch = unwatched) -> People:
    """What lies at the top of a tree, each somebody's, whatever it looks like; the arguments as of `people_in`."""
    return _Look(functions, watch).everybody(*inside_of(tree, place)[:2])


@dataclass(frozen=True, slots=True)
class _Look:
    """Finds out who handed in."""

    functions: Sequence[str]
    watch: Watch

    def people(self, tree: Tree, place: Place, name: str, *, is_named: bool) -> People:
        """As `people_in`."""
        tree, place, around = inside_of(tree, place)
        export = export_in(tree, place)
        if export is not None:
            return export
        tops, is_class = tree.tops(), self._is_class(tree) or (not is_named and self._is_numbered(tree))
        if not is_named and not is_class:
            personal = [folder for folder in around if not is_general(folder)]
            name, is_named = (personal[0], True) if personal else (name, False)
        inner = self._archive_at(tree, tops[0]) if len(tops) == 1 else None
        if inner is not None and (not is_named or self._is_class(inner)):
            own = name_of(tops[0])
            called = name if is_named or is_general(own) else own
            return self.people(inner, place.into("archive", tops[0]), called, is_named=True)
        if not (is_class or self._has_sections(tree)) and (is_named or _is_laid_out_as_one(tree)):
            return People([Entry(name, name, tree.label, place)])
        return self.everybody(tree, place)

    def everybody(self, tree: Tree, place: Place) -> People:
        """What lies at the top of a class, each somebody's."""
        found = People()
        for top in tree.tops():
            self._add(found, tree, place, top)
        return found

    def _add(self, found: People, tree: Tree, place: Place, top: str) -> None:
        """Add whoever handed in what is called `top`."""
        is_folder = tree.is_folder(top)
        called = top if is_folder else name_of(top)
        entry = Entry(called, called, f"{tree.label}/{top}", place.into("top", top))
        inner = self._inside(tree, top)
        within = place.into("folder" if is_folder else "archive", top)
        section = None if inner is None else self._section(inner, within, called)
        if section is not None:
            found.entries += (_in_section(called, one) for one in section.entries)
            found.passed_over += (f"{top}/{name}" for name in section.passed_over)
            found.without += section.without
            found.sections.append(called)
        elif inner is not None or is_certain_code(top) or self._defines(tree, top):
            found.entries.append(entry)
            found.without += is_folder and inner is not None and is_without_code(inner.files)
        elif top in tree.files and is_instructors(top):
            found.passed_over.append(top)
        else:
            found.entries.append(entry)
            found.without += top not in tree.denied

    def _has_sections(self, tree: Tree) -> bool:
        """Whether something at the top of a tree is a class; one person's versions below a course's files are none."""
        if _is_the_courses(tree):
            return False
        inner = (self._inside(tree, top) for top in tree.tops())
        return any(one is not None and self._is_section(one) for one in inner)

    def _inside(self, tree: Tree, top: str) -> Tree | None:
        """The folder or the archive of this name, None where it is neither."""
        return tree.below(top) if tree.is_folder(top) else self._archive_at(tree, top)

    def _is_section(self, tree: Tree) -> bool:
        """Whether what lies at the top is a class; what cannot be looked into is none."""
        try:
            with self.watch(tree.label, LOOK_S):
                return self._is_class(tree)
        except (SubmissionRejected, JudgeError):
            return False

    def _section(self, tree: Tree, place: Place, name: str) -> People | None:
        """Everybody in a tree that is a class, None where it is no class, or too large, or cannot be looked into."""
        try:
            with self.watch(tree.label, SECTION_S):
                found = self.people(tree, place, name, is_named=True) if self._is_section(tree) else None
        except (SubmissionRejected, JudgeError, UsageError):  # an export that is none is somebody's, however odd
            return None
        return None if found is None or len(found.entries) > _MOST_IN_SECTION else found

    def _archive_at(self, tree: Tree, top: str) -> Tree | None:
        """The archive of this name as a tree; None where it is none, empty where it cannot be opened."""
        if top not in tree.files or not is_archive(top):
            return None
        try:
            with self.watch(f"{tree.label}/{top}", LOOK_S):
                return nested(tree, top)
        except (SubmissionRejected, JudgeError):
            return Tree(f"{tree.label}/{top}", {})

    def _is_class(self, tree: Tree) -> bool:
        """Whether several things at the top of a tree, with names of their own, define both functions."""
        tree, _ = unwrapped(tree)
        may_define = (top for top in tree.tops() if tree.is_folder(top) or is_certain_code(top) or is_archive(top))
        personal = (top for top in may_define if not _is_anybodys(tree, top))
        defining = (top for top in islice(personal, _MOST_LOOKED_AT) if self._defines(tree, top))
        return next(defining, None) is not None and next(defining, None) is not None

    def _is_numbered(self, tree: Tree) -> bool:
        """Whether more at the top than one person tries is called `a1`, `a2`, ... and defines both functions."""
        numbered = [top for top in tree.tops() if _NUMBERED.fullmatch(_called(tree, top))]
        defining = (top for top in numbered[:_MOST_LOOKED_AT] if self._defines(tree, top))
        return sum(1 for _ in islice(defining, _FEWEST_NUMBERED)) == _FEWEST_NUMBERED

    def _defines(self, tree: Tree, top: str) -> bool:
        """Whether what is called `top` has a file that defines both functions."""
        inner = self._inside(tree, top)
        if inner is None:
            inner, code = tree, [top]
        else:
            code = sorted(
                inner.code(), key=lambda name: (name.rpartition("/")[2] not in ASSIGNMENT_FILES, name.count("/"), name)
            )
        try:
            with self.watch(f"{tree.label}/{top}", LOOK_S):
                return any(self._defines_both(inner, name) for name in code[:_MOST_LOOKED_AT])
        except (SubmissionRejected, JudgeError):
            return False

    def _defines_both(self, tree: Tree, name: str) -> bool:
        if name not in tree.files:
            return False
        try:
            return count_defined(tree.files[name](MAX_READ_BYTES), name, self.functions) == len(self.functions)
        except (SubmissionRejected, JudgeError):
            return False


def _is_laid_out_as_one(tree: Tree) -> bool:
    """Whether a tree that is no class looks like one person's work, and not like a class of a few."""
    if _is_the_courses(tree):
        return True
    code = {name.partition("/")[0] for name in tree.files if is_certain_code(name)}
    return bool(code) and all(_is_anybodys(tree, top) for top in code)


def _is_anybodys(tree: Tree, top: str) -> bool:
    """Whether what is called `top` could be in anybody's hand-in."""
    return top in COURSE_PACKAGES or is_general(_called(tree, top))


def _is_the_courses(tree: Tree) -> bool:
    return any(name in tree.files for name in (*ASSIGNMENT_FILES, *_COURSE_FILES))


def _called(tree: Tree, top: str) -> str:
    return top if tree.is_folder(top) else name_of(top)


def _in_section(name: str, one: Entry) -> Entry:
    """Somebody of a section, whose author may have chosen all that is in it: a roster tells who people are."""
    members = tuple(replace(each, id=f"{name}-{each.id}", email=None) for each in one.members)
    return replace(one, id=f"{name}-{one.id}", email=None, members=members)
