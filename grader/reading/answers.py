"""What the process that reads says, checked field by field: nothing in it is trusted, and nothing of it is run."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from grader.errors import FilesMissing, GradeError, JudgeError, NoSuchPath, SubmissionRejected, UsageError
from grader.records import Earlier, Entry, Member, Origin, Place, Print, Reading, Shape, Submission, Violation
from grader.records.feedback import Listing, Outline
from grader.sandbox.inside.wire import Frame, WireError
from grader.sources.found import PAGE, People

T = TypeVar("T")
_WORDS = 4000
"""Characters of a sentence, a name or a path."""
_MOST = 1_000_000
"""Things in a list, lines in a text."""
_HOWS = "folder", "archive", "top", "part", "as"
"""The kinds of steps."""
_YEARS = 1970, 2999
"""Beyond them not every time can be told in another zone."""


def what_went_wrong(frame: Frame) -> GradeError | None:
    """What an answer says in place of a result, to be raised; None for a result, and for a limit that was met.

    That is SubmissionRejected, where what was handed in cannot be graded, UsageError, where the path is wrong, or
    JudgeError for what is ours, with what is known of where in a note.

    Raises:
        WireError: where the answer is malformed.
    """
    if "rejected" in frame:
        rejected = SubmissionRejected(_words(frame["rejected"]))
        rejected.sha256 = sha256_of(frame) if "sha256" in frame else None
        return rejected
    if "usage" in frame:
        return (NoSuchPath if frame.get("nowhere") is True else UsageError)(_words(frame["usage"]))
    if "ours" in frame:
        error = (FilesMissing if frame.get("missing") is True else JudgeError)(_words(frame["ours"]))
        error.add_note(_text(_item(frame, "traceback"))[-_WORDS:])
        return error
    if "limit" in frame and frame["limit"] not in ("memory", "depth"):
        raise WireError("sent a limit that there is none of")
    return None


def people(frame: Frame, path: Path, before: People) -> People:
    """Who handed in at a path: those of the pages before, and a page more. So no class has to be in memory twice.

    Raises:
        WireError: where the answer is malformed.
    """
    page = _list(frame, "entries", lambda entry: _entry(entry, path))
    if len(before.entries) + len(page) > _MOST or (_number(_item(frame, "left")) and len(page) < PAGE):
        raise WireError("sent more people than there can be, or too few of them at once")
    before.entries += page
    before.passed_over = _list(frame, "passed_over", _words)
    before.without = _number(_item(frame, "without"))
    before.sections = _list(frame, "sections", _words)
    before.platform = _perhaps(_words, _item(frame, "platform"))
    return before


def _entry(value: Any, path: Path) -> Entry:
    if not isinstance(value, dict):
        raise WireError("sent something that is no submission")
    id, name, source = (_name(_item(value, part)) for part in ("id", "name", "source"))
    return Entry(
        id,
        id if name == id else name,
        source,
        _place(_item(value, "steps"), path),
        submitted_at=_perhaps(_moment, _item(value, "submitted_at")),
        email=_perhaps(_words, _item(value, "email")),
        group=_perhaps(_words, _item(value, "group")),
        is_late=_perhaps(_truth, _item(value, "is_late")),
        members=tuple(_list(value, "members", _member)),
        earlier=tuple(_list(value, "earlier", lambda one: _earlier(one, path))),
    )


def _earlier(value: Any, path: Path) -> Earlier:
    if not isinstance(value, list) or len(value) != 4:
        raise WireError("sent something that is no earlier hand-in")
    source, steps, submitted_at, is_late = value
    return Earlier(_name(source), _place(steps, path), _perhaps(_moment, submitted_at), _perhaps(_truth, is_late))


def _place(steps: Any, path: Path) -> Place:
    return Place(str(path), tuple(map(_step, _listed(steps))))


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise WireError("sent something that is neither true nor false")
    return value


def _member(value: Any) -> Member:
    if not isinstance(value, list) or len(value) != 3:
        raise WireError("sent something that is nobody")
    return Member(_name(value[0]), _words(value[1]), _perhaps(_words, value[2]))


def _perhaps(of: Callable[[Any], T], value: Any) -> T | None:
    return None if value is None else of(value)


def _moment(value: Any) -> str | None:
    """A time; None where a text has the form of one, and there is no such time."""
    text = _words(value)
    try:
        year = datetime.fromisoformat(text).year
    except ValueError:
        return None
    return text if _YEARS[0] <= year <= _YEARS[1] else None


def _step(value: Any) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != 2 or value[0] not in _HOWS:
        raise WireError("sent something that is no step")
    how, name = _HOWS[_HOWS.index(value[0])], _name(value[1])  # one text for a whole class, and not one for each
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise WireError("sent a step that leads elsewhere")
    return how, name


def reading(frame: Frame) -> Reading:
    """What was read of a submission.

    Raises:
        WireError: where the answer is malformed.
    """
    of_text = _item(frame, "submission")
    if not isinstance(of_text, dict):
        raise WireError("sent something that is no submission")
    key = _item(frame, "functions_key")
    submission = _submission(of_text)
    return Reading(
        sha256=sha256_of(frame),
        submission=submission,
        violations=_mapping(frame, "violations", _violation),
        listings=tuple(_list(frame, "listings", partial(_listing, origin=submission.origin))),
        functions=tuple(_list(frame, "functions", _words)),
        parameters=_mapping(frame, "parameters", lambda names: tuple(map(_words, _listed(names)))),
        classes=_mapping(frame, "classes", lambda names: tuple(map(_words, _listed(names)))),
        functions_key=None if key is None else _words(key),
    )


def outlines(frame: Frame) -> dict[str, Outline]:
    """What the text of each function says.

    Raises:
        WireError: where the answer is malformed.
    """
    return _mapping(frame, "outlines", _outline)


def shape(frame: Frame) -> Shape:
    """A submission as it is compared with others.

    Raises:
        WireError: where the answer is malformed.
    """
    code = _text(_item(frame, "code"))
    read = partial(_print, lines=code.count("\n") + 1)
    return Shape(_origin(frame), code, _mapping(frame, "prints", lambda all: tuple(map(read, _listed(all)))))


def _print(value: Any, lines: int) -> Print:
    """A fingerprint of a text with so many lines; what claims to be below its end stands at its end."""
    if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int:
        raise WireError("sent something that is no fingerprint")
    own = sorted({min(max(_number(line), 1), lines) for line in _listed(value[1])})
    if not own:
        raise WireError("sent a fingerprint of no line")
    return Print(value[0] % 2**48, tuple(own))


def _origin(frame: Frame) -> Origin:
    cells, parts = _list(frame, "cells", _number), _list(frame, "parts", _part)
    return Origin(_words(_item(frame, "filename")), tuple(cells), tuple(parts))


def _part(value: Any) -> tuple[int, str]:
    """The first line of a file in a text, and its name."""
    if not isinstance(value, list) or len(value) != 2:
        raise WireError("sent something that is no part of a text")
    return _number(value[0]), _words(value[1])


def _submission(frame: Frame) -> Submission:
    return Submission(
        sha256_of(frame),
        _origin(frame),
        _text(_item(frame, "code")),
        _mapping(frame, "unparsed", _words),
        tuple(_list(frame, "notes", _words)),
    )


def sha256_of(frame: Frame) -> str:
    """The hash of what was read; raises WireError where it is none."""
    value = _item(frame, "sha256")
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise WireError("sent something that is no hash")
    return value


def _violation(value: Any) -> Violation:
    if not isinstance(value, list) or len(value) != 3 or type(value[2]) is not bool:
        raise WireError("sent something that breaks no policy")
    return Violation(_number(value[0]), _words(value[1]), is_use=value[2])


def _listing(value: Any, origin: Origin) -> Listing:
    if not isinstance(value, list) or len(value) != 6 or type(value[-1]) is not bool:
        raise WireError("sent something that is no listing")
    function, first, text, broken_at, error, is_called = value
    at = None if broken_at is None else _number(broken_at)
    place, number = origin.place(_number(first))
    return Listing(_words(function), first, _text(text), at, _words(error), is_called, place, first - number)


def _outline(value: Any) -> Outline:
    if not isinstance(value, dict) or type(value.get("keeps_inputs")) is not bool:
        raise WireError("sent something that is no outline")
    return Outline(value["keeps_inputs"], _mapping(value, "places", lambda lines: tuple(map(_number, _listed(lines)))))


def _item(frame: Mapping[str, Any], name: str) -> Any:
    if name not in frame:
        raise WireError(f"sent nothing of {name}")
    return frame[name]


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise WireError("sent something that is no list")
    return value


def _list(frame: Frame, name: str, of: Callable[[Any], T]) -> list[T]:
    return [of(value) for value in _listed(_item(frame, name))]


def _mapping(frame: Frame, name: str, of: Callable[[Any], T]) -> dict[str, T]:
    value = _item(frame, name)
    if not isinstance(value, dict):
        raise WireError("sent something that is no mapping")
    return {_words(key): of(each) for key, each in value.items()}


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 10**9:
        raise WireError("sent something that is no number")
    return value


def _name(value: Any) -> str:
    """A name on disk, which may hold bytes that are no UTF-8."""
    if not isinstance(value, str) or len(value) > _WORDS:
        raise WireError("sent something that is no name")
    return value


def _text(value: Any) -> str:
    """Text that can be stored."""
    if not isinstance(value, str):
        raise WireError("sent something that is no text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise WireError("sent something that is no text") from error
    return value


def _words(value: Any) -> str:
    """A sentence or a name, cut short."""
    text = _text(value)
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}..."
