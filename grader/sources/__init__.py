"""Where submissions come from: one file for each kind of source, discovered."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.errors import SubmissionRejected, UsageError
from grader.records import Content, Entry
from grader.sources.base import Source


def find_entries(paths: Iterable[Path]) -> list[Entry]:
    """The submissions at some paths, in order; each with an id of its own.

    Nothing is read but the names in folders and archives. A path that leads nowhere is an entry too: reading it
    raises the reason.

    Raises:
        UsageError: where a folder or an archive holds nothing that could be a submission.
    """
    sources = sorted(_discover(), key=lambda source: source.rank)
    found: list[Entry] = []
    for path in paths:
        try:
            entries = next(source for source in sources if source.accepts(path)).entries(path)
        except SubmissionRejected as error:
            entries = [Entry(path.stem, path.stem, str(path), partial(refuse, error))]
        if not entries:
            raise UsageError(f"{path}: there is nothing in it that could be a submission (.py, .ipynb, .zip, folders)")
        found += entries
    return _with_own_ids([_in_unicode(entry) for entry in found])


def _in_unicode(entry: Entry) -> Entry:
    """With names that can be printed and stored: a file's name may hold bytes that are no UTF-8."""
    id, name, source = map(_unicode, (entry.id, entry.name, entry.source))
    return replace(entry, id=id, name=name, source=source, read=partial(_read_in_unicode, entry.read))


def _read_in_unicode(read: Callable[[Sequence[str]], Content], functions: Sequence[str]) -> Content:
    try:
        content = read(functions)
    except SubmissionRejected as error:
        raise type(error)(_unicode(str(error))) from error
    return replace(content, filename=_unicode(content.filename), notes=tuple(map(_unicode, content.notes)))


def _unicode(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def refuse(error: SubmissionRejected, functions: Sequence[str]) -> Content:
    """As `Entry.read` of an entry that is known to be rejected."""
    raise error


def _discover() -> list[Source]:
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [module.SOURCE for module in modules if isinstance(getattr(module, "SOURCE", None), Source)]


def _with_own_ids(entries: list[Entry]) -> list[Entry]:
    """The second `alice` becomes `alice-2`; ids differ in more than capitals, since they become file names."""
    taken: Counter[str] = Counter()
    result = []
    for entry in entries:
        name = entry.id
        while taken[name.lower()]:
            taken[entry.id.lower()] += 1
            name = f"{entry.id}-{taken[entry.id.lower()]}"
        taken[name.lower()] += 1
        result.append(replace(entry, id=name))
    return result
