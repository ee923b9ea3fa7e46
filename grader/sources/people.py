"""Who handed in: one person, or everybody of a class, each with what is theirs.

A tree is one person's where it is laid out like a course's own hand-in, or where what is in it has the names that any
hand-in has (`layers.py`, `attempt1`). It is a class where several things at its top, with names of their own, each
define both functions; then everything at its top is somebody's, be it ever so odd. Such a class may lie in a folder or
an archive of a larger one, as a section: its name becomes part of the ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from grader.errors import JudgeError, SubmissionRejected
from grader.records import Content, Entry
from grader.sources.archives import is_archive
from grader.sources.choice import (
    COURSE_PACKAGES,
    LAYERS,
    count_defined,
    is_certain_code,
    nested,
    read_tree,
    unwrapped,
)
from grader.sources.names import is_general, is_instructors, name_of
from grader.sources.tree import MAX_READ_BYTES, Tree, is_code

_COURSE_FILES = tuple(f"{package}/{name}" for package in COURSE_PACKAGES for name in LAYERS)
_MOST_LOOKED_AT = 50


@dataclass(slots=True)
class People:
    """What was understood of a place."""

    entries: list[Entry] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """What is nobody's hand-in."""
    without: int = 0
    """How many handed in nothing that could be graded."""
    sections: list[str] = field(default_factory=list)


def people_in(tree: Tree, name: str, functions: Sequence[str], *, is_named: bool) -> People:
    """The submissions in a tree.

    Args:
        tree: of a folder or an archive.
        name: what a single submission is called.
        functions: names of the graded functions.
        is_named: whether that is its person's name, as an archive's is; a folder may hold one person's folder.
    """
    tree, around = unwrapped(tree)
    tops, is_class = tree.tops(), _is_class(tree, functions)
    if not is_named and not is_class:
        personal = [folder for folder in around if not is_general(folder)]
        name, is_named = (personal[0], True) if personal else (name, False)
    inner = _archive_at(tree, tops[0]) if len(tops) == 1 else None
    if inner is not None and (not is_named or _is_class(inner, functions)):
        own = name_of(tops[0])
        return people_in(inner, name if is_named or is_general(own) else own, functions, is_named=True)
    if not (is_class or _has_sections(tree, functions)) and (is_named or _is_laid_out_as_one(tree)):
        return People([Entry(name, name, tree.label, partial(read_tree, tree))])
    found = People()
    for top in tops:
        _add(found, tree, top, functions)
    return found


def _add(found: People, tree: Tree, top: str, functions: Sequence[str]) -> None:
    """Add whoever handed in what is called `top`."""
    entry = Entry(name_of(top), name_of(top), f"{tree.label}/{top}", partial(_read_top, tree, top))
    if tree.is_folder(top):
        entry = replace(entry, id=top, name=top)
    inner = _inside(tree, top)
    if inner is not None and _is_class(inner, functions):
        section = people_in(inner, entry.id, functions, is_named=True)
        found.entries += (replace(one, id=f"{entry.id}-{one.id}") for one in section.entries)
        found.passed_over += (f"{top}/{name}" for name in section.passed_over)
        found.without += section.without
        found.sections.append(entry.id)
    elif inner is not None or is_certain_code(top) or (is_code(top) and _defines(tree, top, functions)):
        found.entries.append(entry)
    elif top in tree.files and is_instructors(top):
        found.passed_over.append(top)
    else:
        found.entries.append(entry)
        found.without += top not in tree.denied


def _read_top(tree: Tree, top: str, functions: Sequence[str]) -> Content:
    """As `Entry.read` of what is called `top`."""
    if tree.is_folder(top):
        return read_tree(tree.below(top), functions)
    if top in tree.denied:
        raise JudgeError(f"{tree.label}/{top}: cannot be read by the grader: {tree.denied[top]}")
    if top in tree.odd:
        raise SubmissionRejected(f"{tree.label}/{top}: nothing gradable handed in: {top} {tree.odd[top]}")
    if is_archive(top):
        return read_tree(nested(tree, top), functions)
    data = tree.files[top](MAX_READ_BYTES)
    if is_certain_code(top) or count_defined(data, top, functions):
        return Content(top, data)
    raise SubmissionRejected(f"{tree.label}/{top}: nothing gradable handed in: {top} (hand in a .py, .ipynb or .zip)")


def _has_sections(tree: Tree, functions: Sequence[str]) -> bool:
    """Whether something at the top of a tree is a class; one person's versions below a course's files are none."""
    if _is_the_courses(tree):
        return False
    inner = (_inside(tree, top) for top in tree.tops())
    return any(one is not None and _is_class(one, functions) for one in inner)


def _inside(tree: Tree, top: str) -> Tree | None:
    """The folder or the archive of this name, None where it is neither."""
    return tree.below(top) if tree.is_folder(top) else _archive_at(tree, top)


def _archive_at(tree: Tree, top: str) -> Tree | None:
    """The archive of this name as a tree, None where it is none or cannot be opened (reading it says why)."""
    if top not in tree.files or not is_archive(top):
        return None
    try:
        return nested(tree, top)
    except (SubmissionRejected, JudgeError):
        return Tree(f"{tree.label}/{top}", {})


def _is_laid_out_as_one(tree: Tree) -> bool:
    """Whether a tree that is no class looks like one person's work, and not like a class of a few."""
    if _is_the_courses(tree):
        return True
    code = {name.partition("/")[0] for name in tree.files if is_certain_code(name)}
    return bool(code) and all(is_general(_called(tree, top)) for top in code)


def _is_the_courses(tree: Tree) -> bool:
    return any(name in tree.files for name in (*LAYERS, *_COURSE_FILES))


def _called(tree: Tree, top: str) -> str:
    return top if tree.is_folder(top) else name_of(top)


def _is_class(tree: Tree, functions: Sequence[str]) -> bool:
    """Whether several things at the top of a tree, with names of their own, define both functions."""
    tree, _ = unwrapped(tree)
    may_define = (top for top in tree.tops() if tree.is_folder(top) or is_certain_code(top) or is_archive(top))
    personal = (top for top in may_define if not is_general(_called(tree, top)) and top not in COURSE_PACKAGES)
    defining = (top for top in islice(personal, _MOST_LOOKED_AT) if _defines(tree, top, functions))
    return next(defining, None) is not None and next(defining, None) is not None


def _defines(tree: Tree, top: str, functions: Sequence[str]) -> bool:
    """Whether what is called `top` has a file that defines both functions."""
    inner = _inside(tree, top)
    if inner is None:
        return is_code(top) and _defines_both(tree, top, functions)
    code = sorted(inner.code(), key=lambda name: (name.rpartition("/")[2] not in LAYERS, name.count("/"), name))
    return any(_defines_both(inner, name, functions) for name in code[:_MOST_LOOKED_AT])


def _defines_both(tree: Tree, name: str, functions: Sequence[str]) -> bool:
    if name not in tree.files:
        return False
    try:
        return count_defined(tree.files[name](MAX_READ_BYTES), name, functions) == len(functions)
    except (SubmissionRejected, JudgeError):
        return False


def understood(place: str, people: People) -> str:
    """What is said of a class before it is graded.

    >>> understood("hw2", People([], ["README.md"], 1))
    'hw2: 0 submissions, 1 without anything gradable; passed over: README.md'
    """
    text = f"{place}: {_number(len(people.entries), 'submission')}"
    if people.sections:
        text += f" in {_number(len(people.sections), 'section')} ({', '.join(people.sections)})"
    if people.without:
        text += f", {people.without} without anything gradable"
    return text + (f"; passed over: {', '.join(people.passed_over)}" if people.passed_over else "")


def _number(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
