"""Where submissions come from: one file for each kind of source, discovered."""

import importlib
import os
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from grader.errors import JudgeError, NoSuchPath, SubmissionRejected, UsageError
from grader.records import Entry, Place
from grader.sources.base import Source
from grader.sources.choice import is_certain_code
from grader.sources.cut_off import platform_of_rest
from grader.sources.exported import export_of
from grader.sources.found import People, understood
from grader.sources.mapped import mapped
from grader.sources.names import personal_name
from grader.sources.people import Watch, everybody_in, unwatched
from grader.sources.told import PLAIN, UNTOLD, Told

COURSE_FUNCTIONS = ("conv_forward_naive", "conv_backward_naive")
Tell = Callable[[str], None]
FindPeople = Callable[[Path, Sequence[str]], People]


def people_at(path: Path, functions: Sequence[str], watch: Watch = unwatched, told: Told = UNTOLD) -> People:
    """Who handed in at a path. What they handed in is read for that.

    Args:
        path: a file, an archive or a folder.
        functions: names of the graded functions, by which a class is told from one person's work.
        watch: around each look at what lies at the top.
        told: as what it is to be read.

    Raises:
        UsageError: where it leads nowhere, or to what is no hand-in, or not to what is told.
    """
    if told == UNTOLD and is_known_by_name(path) and os.path.isfile(path):  # noqa: PTH113  # a name may be too long
        return only_entry(path)  # as its source would say, without any of them being imported
    try:
        source = next((source for source in _sources() if source.accepts(path)), None)
    except OSError as error:  # a name that is too long for any file, a folder that we may not look into
        raise NoSuchPath(f"{path}: {error.strerror}") from error
    if source is None:
        raise NoSuchPath(f"{path}: {'is not a regular file' if path.exists() else 'no such file or folder'}")
    try:
        if told != UNTOLD:
            return _as_told(source, path, functions, watch, told)
        return source.people(path, functions, watch)
    except (SubmissionRejected, JudgeError) as error:
        if told != UNTOLD:
            raise UsageError(f"{error}; download it again") from error
        platform = platform_of_rest(path) if path.suffix.lower() == ".zip" and path.is_file() else ""
        if platform:
            raise UsageError(
                f"{path}: is an export of {platform} that is cut off or damaged; download it again"
            ) from error
        return only_entry(path)  # reading it will say why


def is_known_by_name(path: Path) -> bool:
    """Whether what lies at a path is code by its name alone, so that nobody need look into it."""
    return is_certain_code(path.name) and not os.path.isdir(path)  # noqa: PTH112  # a name that is too long is no folder


def _as_told(source: Source, path: Path, functions: Sequence[str], watch: Watch, told: Told) -> People:
    """Who handed in at a path by what a person says of it."""
    if source.tree is None:
        raise UsageError(f"{path}: is no folder and no archive, which --source and --map are for")
    tree, place = source.tree(path), Place(str(path))
    if told.named:
        return mapped(tree, place, told)
    if told.source == PLAIN:
        return everybody_in(tree, place, functions, watch)
    assert told.source is not None  # or there would be a map
    return export_of(told.source, tree, place)


def only_entry(path: Path) -> People:
    """Whatever lies at a path, as one person's."""
    name = personal_name(path)
    return People([Entry(name, name, str(path), Place(str(path)))])


def find_entries(
    paths: Iterable[Path],
    functions: Sequence[str] = COURSE_FUNCTIONS,
    tell: Tell | None = None,
    find_people: FindPeople = people_at,
    *,
    tell_all: bool = True,
    every_attempt: bool = False,
) -> list[Entry]:
    """The submissions at some paths, in order; each with an id of its own.

    All paths are looked at before anything is returned, so that a wrong one costs nothing.

    Args:
        paths: files, archives and folders.
        functions: names of the graded functions.
        tell: is given a line for each class: what was understood of it.
        tell_all: whether it is, or only of an export of which something is nobody's hand-in.
        find_people: finds out who handed in at a path: here, or in a process that is confined.
        every_attempt: whether entries have what was handed in before, too, where the source has it.

    Raises:
        UsageError: where a path leads nowhere, or to nothing that could be a submission.
    """
    found: list[Entry] = []
    for path in paths:
        people = find_people(path, functions)
        if people.without == len(people.entries):
            raise UsageError(
                f"{path}: there is nothing in it that could be a submission (.py, .ipynb, archives, folders)"
            )
        is_lost = people.platform is not None and bool(people.passed_over)
        if tell is not None and (is_lost or (tell_all and (len(people.entries) > 1 or people.passed_over))):
            tell(understood(str(path), people))
        found += map(_in_unicode, people.entries if every_attempt else map(_last_alone, people.entries))
    return _with_own_ids(found)


def _last_alone(entry: Entry) -> Entry:
    """Without what was handed in before."""
    return replace(entry, earlier=()) if entry.earlier else entry


def _in_unicode(entry: Entry) -> Entry:
    """With names that can be printed and stored: a file's name may hold bytes that are no UTF-8."""
    names = entry.id, entry.name, entry.source
    id, name, source = map(in_unicode, names)
    if (id, name, source) == names and not entry.earlier:
        return entry
    earlier = tuple(replace(one, source=in_unicode(one.source)) for one in entry.earlier)
    return replace(entry, id=id, name=name, source=source, earlier=earlier)


def in_unicode(text: str) -> str:
    """A text that can be stored: what is no character is escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


@cache
def _sources() -> list[Source]:
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names if not name.endswith("_archive")]
    found = [module.SOURCE for module in modules if isinstance(getattr(module, "SOURCE", None), Source)]
    return sorted(found, key=lambda source: source.rank)


def _with_own_ids(entries: list[Entry]) -> list[Entry]:
    """Those who would have the same id are told apart by where they lie: `a/jo.py` and `b/jo.py` are a-jo and b-jo.

    Who alone lies highest at a path keeps the id: names further down are chosen by those who handed them in.
    """
    of_id: dict[str, list[Entry]] = {}
    for entry in entries:
        of_id.setdefault(entry.id, []).append(entry)
    keeper = {id: _highest(same) for id, same in of_id.items()}
    taken = Counter(id for id, highest in keeper.items() if highest is not None)
    return [entry if keeper[entry.id] is entry else replace(entry, id=_free(_place(entry), taken)) for entry in entries]


def _highest(same: Sequence[Entry]) -> Entry | None:
    """The one that keeps the id that all of these would have; None where that could be another."""
    first, *others = sorted(same, key=lambda entry: len(entry.place.steps))
    if any(other.place.path != first.place.path for other in others):
        return None
    return first if not others or len(first.place.steps) < len(others[0].place.steps) else None


def _free(id: str, taken: Counter[str]) -> str:
    """An id that nobody has: the same one, or with a number behind it."""
    while taken[id]:
        taken[id] += 1
        id = f"{id}-{taken[id]}"
    taken[id] += 1
    return id


def _place(entry: Entry) -> str:
    """The last two parts of where it lies, as a name."""
    return "-".join(part for part in Path(entry.source).parts[-2:] if part != "/")
