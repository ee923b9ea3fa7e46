"""Runs inside: reads what was handed in, and answers questions about it with plain data.

Every byte of a submission is looked at here and nowhere else: files, archives, notebooks, source text. The process is
forked for one question and confined before it opens anything (`sandbox.child`): it may read the path that it is asked
about, and Python itself, and may write nothing. A limit of CPU time and one of memory end it.
"""

import gc
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import astuple
from functools import cache
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from textwrap import dedent
from typing import Any

from grader.errors import FilesMissing, GradeError, NoSuchPath, SubmissionRejected, UsageError, reason
from grader.reading.callees import Callees
from grader.reading.looks import Looks
from grader.records import Content, Entry, Origin, Place, Submission, Violation
from grader.records.feedback import Listing
from grader.source_code import policy
from grader.source_code.shape import fingerprints
from grader.source_code.syntax import quietly
from grader.source_code.text import defined_in, list_functions, parameters_in, parse
from grader.source_code.twins import fingerprint
from grader.sources import in_unicode, people_at, zip_archive
from grader.sources.found import PAGE, People
from grader.sources.places import read
from grader.sources.told import Named, Told
from reference.handed import handed
from reference.spans import LOOP, SPAN

Frame = dict[str, Any]
_MOST_NAMES = 1000
_ITS_OWN = ("returns", "no return", SPAN, LOOP)
"""How the kinds of place begin that are about a function itself, and not about one that calls it."""
_HANDED_ON = re.compile(r"^ *return (?:\w+\.)*(\w+)\([^()]*\) *$", re.MULTILINE)
"""A function that returns what another does, as a method: what is returned is looked for there."""
_MOST_UNPARSED, _LONGEST_NAME = 20, 60
"""Functions that do not parse and are not asked for, of which is told all the same, and letters of a name."""
_DEEPEST = 1000
"""Calls within calls, Python's own limit."""

assert zip_archive  # the commonest kind of archive is loaded before there is a question


class Answerer:
    """Answers questions. `note` is where it writes whose work it looks at, for when it is ended in the middle of it."""

    def __init__(self, note: Any) -> None:
        self._note = note
        self._people_found = People()
        sys.setrecursionlimit(_DEEPEST)
        sys.unraisablehook = _say_nothing
        gc.disable()  # it ends before there is anything to collect

    def answer(self, frame: Frame) -> Frame:
        """The answer to one question; what goes wrong is part of it."""
        questions: dict[str, Callable[[Frame], Frame]] = {
            "people": self._people, "more": self._more, "read": _read, "outlines": _outlined, "shape": _shape,
        }  # fmt: skip
        try:
            with quietly():
                return questions[frame["op"]](frame)
        except MemoryError:
            return {"limit": "memory"}
        except RecursionError:
            return {"limit": "depth"}
        except SubmissionRejected as error:
            return {"rejected": in_unicode(str(error)), **({"sha256": error.sha256} if error.sha256 else {})}
        except UsageError as error:
            return {"usage": in_unicode(str(error)), "nowhere": isinstance(error, NoSuchPath)}
        except Exception as error:  # ours: this cannot be read here
            said = reason(error) if isinstance(error, OSError) else str(error)
            told = said if isinstance(error, GradeError) else f"{type(error).__name__}: {said}"
            ours = {"ours": in_unicode(told), "traceback": in_unicode(traceback.format_exc())}
            return {**ours, "missing": isinstance(error, FilesMissing)}

    def _people(self, frame: Frame) -> Frame:
        """Who handed in at a path."""
        watch = Looks(self._note, frozenset(frame["blocked"])).watch
        self._people_found = people_at(Path(frame["path"]), frame["functions"], watch, _told(frame["told"]))
        return self._more(frame)

    def _more(self, frame: Frame) -> Frame:
        """The next page of the people that were found, and how many are left then."""
        found = self._people_found
        page, found.entries = found.entries[:PAGE], found.entries[PAGE:]
        return {
            "entries": [_entry(entry) for entry in page],
            "left": len(found.entries),
            "platform": found.platform,
            "passed_over": list(map(in_unicode, found.passed_over)),
            "without": found.without,
            "sections": list(map(in_unicode, found.sections)),
        }


def _told(frame: Frame) -> Told:
    return Told(frame["source"], frame["file"], tuple(Named(**one) for one in frame["named"]))


def _entry(entry: Entry) -> Frame:
    plain = {
        name: getattr(entry, name) for name in ("id", "name", "source", "submitted_at", "email", "group", "is_late")
    }
    members = [(one.id, one.name, one.email) for one in entry.members]
    earlier = [(one.source, one.place.steps, one.submitted_at, one.is_late) for one in entry.earlier]
    return {**plain, "steps": entry.place.steps, "members": members, "earlier": earlier}


def _say_nothing(unraisable: object) -> None:
    """What ends in `__del__` is printed, and who hands in enough that does would reach the limit of printing."""


def _read(frame: Frame) -> Frame:
    """What lies at a place, read and looked at."""
    content = _content(frame).with_modules(frame["modules"])
    if content.sha256 == frame["known"]:
        return {"sha256": content.sha256}
    try:
        return {"sha256": content.sha256, **_looked_at(_in_unicode(content), frame)}
    except (RecursionError, ValueError, OverflowError) as error:  # it parses, and yet it is more than Python can take
        what = f"its code cannot be looked at ({str(error) or type(error).__name__}); write it more simply"
        rejected = SubmissionRejected(f"{in_unicode(content.filename)}: {what}")
    except SubmissionRejected as error:
        rejected = error
    rejected.sha256 = content.sha256
    raise rejected


def _content(frame: Frame) -> Content:
    return read(Place(frame["path"], tuple((how, name) for how, name in frame["steps"])), frame["functions"])


def _shape(frame: Frame) -> Frame:
    """What lies at a place, as it is compared with what others wrote."""
    names = frame["functions"]
    content = _in_unicode(_content(frame).with_modules(frame["modules"]))
    submission = parse(content, list(dict.fromkeys(name.partition(".")[0] for name in names)))
    found = fingerprints(submission.code, names)
    return {
        "filename": submission.origin.filename,
        "cells": submission.origin.cells,
        "parts": submission.origin.parts,
        "code": submission.code,
        "prints": {name: [(one.hash, one.lines) for one in prints] for name, prints in found.items()},
    }


def _looked_at(content: Content, frame: Frame) -> Frame:
    """What the code says, as far as it can be told without running it."""
    names = frame["functions"]
    roots = list(dict.fromkeys(name.partition(".")[0] for name in names))
    submission = parse(content, roots)
    functions, classes = defined_in(submission)
    own = list_functions(submission, names)
    called = Callees(submission, functions, classes, own).of_all(own)
    return {
        "submission": {
            "sha256": submission.sha256,
            "filename": submission.origin.filename,
            "cells": submission.origin.cells,
            "parts": submission.origin.parts,
            "code": submission.code,
            "unparsed": _unparsed(submission.unparsed, roots),
            "notes": submission.notes,
        },
        "violations": _violations(submission, names, frame["allowed"], frame["forbidden"]),
        "listings": [astuple(one)[:6] for one in (*own, *submission.broken, *called)],
        "functions": functions[:_MOST_NAMES],
        "parameters": {
            name: each[:_MOST_NAMES] for name, each in list(parameters_in(submission).items())[:_MOST_NAMES]
        },
        "classes": {name: inside[:_MOST_NAMES] for name, inside in list(classes.items())[:_MOST_NAMES]},
        "functions_key": _functions_key(submission, roots, {*functions, *classes}),
    }


def _unparsed(unparsed: Mapping[str, str], roots: Sequence[str]) -> dict[str, str]:
    """Why what is asked for does not parse, and of other functions the first few."""
    others = [name for name in unparsed if name not in roots and len(name) <= _LONGEST_NAME]
    return {name: unparsed[name] for name in (*roots, *others[:_MOST_UNPARSED]) if name in unparsed}


def _in_unicode(content: Content) -> Content:
    beside = tuple((in_unicode(name), data) for name, data in content.beside)
    return Content(in_unicode(content.filename), content.data, tuple(map(in_unicode, content.notes)), beside)


def _violations(
    submission: Submission, names: Sequence[str], allowed: Sequence[str], forbidden: Sequence[str]
) -> dict[str, tuple[int, str, bool]]:
    """By function, the first thing that breaks the policy."""

    def found_in(functions: Sequence[str]) -> tuple[Violation, ...]:
        as_main = submission.origin.is_notebook
        return policy.violations(submission.code, functions, allowed, forbidden, as_main=as_main)

    if not found_in([name.partition(".")[0] for name in names]):
        return {}
    firsts = {name: found[0] for name in names if (found := found_in([name.partition(".")[0]]))}
    return {name: (first.line, first.module, first.is_use) for name, first in firsts.items()}


def _outlined(frame: Frame) -> Frame:
    """What the text of each function of some code says, as far as it does."""
    submission = Submission("", Origin(""), frame["code"])
    with suppress(Exception):
        listings = list_functions(submission, [*frame["files"]])
        return {"outlines": _outlines(frame["files"], listings, Callees.of(submission, listings))}
    return {"outlines": {}}


def _outlines(files: Mapping[str, str], listings: Iterable[Listing], callees: Callees) -> Frame:
    """What the text of each function says, which helps to explain mistakes; the mark does not depend on it."""
    return {one.function: _outline(_outliner(files[one.function]), one, callees) for one in listings}


def _outline(outline: Callable[[str, int], Frame], own: Listing, callees: Callees) -> Frame:
    """What the text of a function says, with the places that lie in those that it calls."""
    found = outline(own.text, own.first_line)
    called = callees.of_one(own)
    functions = {one.function: dedent(one.text) for one in called}
    handed_on = _HANDED_ON.findall(own.text) if own.text.count("return ") == 1 else []
    for one in (own, *called):
        for kind, lines in handed(dedent(one.text), functions, one.function.rpartition(".")[0]).items():
            found["places"].setdefault(kind, []).extend(one.first_line - 1 + line for line in lines)
    for one in called:
        end = one.first_line + one.text.count("\n")
        places = (
            outline(callees.as_function(one), one.first_line)["places"] or outline(one.text, one.first_line)["places"]
        )
        for kind, lines in places.items():
            if not kind.startswith(_ITS_OWN):
                found["places"][kind] = [*found["places"].get(kind, []), *(line for line in lines if line <= end)]
        if handed_on == [one.function.rpartition(".")[2]] and (returns := places.get("returns")):
            found["places"]["returns"] = [line for line in returns if line <= end]
    return found


@cache
def _outliner(file: str) -> Callable[[str, int], Frame]:
    """`outline` of an operator's package, without the operator: what is right may not be in this process's memory."""
    name = f"outline_{sha256(file.encode()).hexdigest()[:16]}"
    spec = spec_from_file_location(name, file, submodule_search_locations=[str(Path(file).parent)])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[str, int], Frame] = module.outline
    return found


for _file in Path(__file__).parents[2].glob("reference/*/outline/__init__.py"):
    _outliner(str(_file))  # once, in the process that forks those that read


def _functions_key(submission: Submission, names: Sequence[str], there: Set[str]) -> str | None:
    """What tells whether others have the same functions; a remark, so that nothing but the remark depends on it.

    None where one of them is not there, or does not parse.
    """
    if not {*names} <= there or any(name in submission.unparsed for name in names):
        return None
    try:
        return fingerprint(submission.code, names, as_main=submission.origin.is_notebook)
    except Exception:  # the mark does not depend on it
        return None
