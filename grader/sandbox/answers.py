"""What a child's answers say, and its end.

Nothing in an answer is trusted: every field is checked before it is used, and what has not the right form raises
WireError. Nothing else is caught around these functions (`child_process.py`), so that a slip of ours in here is a
judge error. Once TypeError, LookupError and their like were caught there too, which took less code: any such slip
would have been the student's crash.
"""

import json
import math
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grader.records import Array, CallOutcome, Function, Returned, StudentError, Verdict
from grader.records.calls import Value
from grader.records.words import End, Kind
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Frame, NoArray, WireError

_TEXT = 2000
_TOO_LARGE, _QUOTED = 10**9, 200
_OURS = frozenset(End)


@dataclass(frozen=True, slots=True)
class SkippedStatement:
    """A top-level statement that raised and was passed over."""

    line: int
    names: tuple[str, ...]
    error: StudentError


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """How loading ended. `verdict` is PASSED where the top level ran, even if statements were skipped."""

    verdict: Verdict
    found: Mapping[str, str]
    """For each name of a function `function`, or what stood in its place ("None", "a type")."""
    skipped: tuple[SkippedStatement, ...] = ()
    error: StudentError | None = None


class Arrays(Protocol):
    """Where the arrays of an answer lie; `outputs.py` has both places."""

    def take(self, place: int, description: str) -> Array:
        """The output in this place of a call, as described; raises WireError where there is no such array."""


def load_outcome(frame: Frame, names: Sequence[str]) -> LoadOutcome:
    """What an answer to `load` says of the functions with these names.

    Raises:
        WireError: where it has not the form of one.
    """
    if "error" in frame:
        error = student_error(frame["error"])
        return LoadOutcome(_verdict_of(error), {}, error=error)
    skipped = tuple(map(_skipped, _list(frame, "skipped")))
    places = _item(frame, "found")
    found = {name: text_of(_item(places, name)) for name in names}
    return LoadOutcome(Verdict.PASSED, found, skipped)


def _skipped(frame: Any) -> SkippedStatement:
    names = tuple(map(text_of, _list(frame, "names")))
    return SkippedStatement(_line(_item(frame, "line")) or 0, names, student_error(_item(frame, "error")))


def call_outcome(
    frame: Frame,
    function: Function,
    outputs: Sequence[str],
    inputs: Sequence[str],
    arrays: Callable[[Frame], Arrays],
    *,
    left: Sequence[str] = (),
) -> CallOutcome:
    """What an answer to a call says.

    Args:
        frame: the answer.
        function: which was called.
        outputs: names of what comes of it.
        inputs: names of what it may have changed, in the order in which the answer counts them.
        arrays: finds the place of the arrays in the answer.
        left: those of the outputs that are not returned.

    Raises:
        WireError: where it has not the form of an answer.
    """
    if "error" in frame:
        error = student_error(frame["error"])
        return CallOutcome(function, _verdict_of(error), error=error)
    if "returned" in frame:
        returned = _no_array(frame["returned"])
        if returned.kind is Kind.OTHER:
            wanted = ", ".join([*(o for o in outputs if o not in left), *(("cache",) if function == "forward" else ())])
            returned = Returned(None, Kind.NO_TUPLE, what=returned.what, wanted=f"({wanted})")
        return CallOutcome(function, Verdict.PASSED, dict.fromkeys(outputs, returned))
    found = _outputs(frame, outputs, arrays(frame))
    return CallOutcome(function, Verdict.PASSED, found, mutated=_changed(frame, inputs))


def call_outcomes(
    frame: Frame, functions: Sequence[Function], outputs: Mapping[Function, Sequence[str]], arrays: Arrays
) -> list[CallOutcome] | None:
    """What an answer to several calls says; None where a call did not do well, or there was no room for all.

    Raises:
        WireError: where it has not the form of an answer.
    """
    answers = _list(frame, "answers")
    if len(answers) != len(functions) or not all(map(_does_well, answers, functions)):
        return None
    outcomes = [
        CallOutcome(function, Verdict.PASSED, _outputs(answer, outputs[function], arrays))
        for function, answer in zip(functions, answers, strict=True)
    ]
    too_large = any(output.kind is Kind.TOO_LARGE for outcome in outcomes for output in outcome.outputs.values())
    return None if too_large else outcomes  # the room is shared: one by one there is enough for the others


def _does_well(answer: Any, function: Function) -> bool:
    """Whether a call returned what it should, left its inputs as they were and, if it was forward, kept a cache."""
    if not isinstance(answer, dict) or "outputs" not in answer or "changed" in answer:
        return False
    return function != "forward" or answer.get("has_cache") is True


def _outputs(frame: Frame, names: Sequence[str], arrays: Arrays) -> dict[str, Returned]:
    """What came back, by name."""
    described = _list(frame, "outputs")
    if len(described) != len(names):
        raise _malformed()
    return {name: _returned(described[place], place, arrays) for place, name in enumerate(names)}


def _returned(description: Any, place: int, arrays: Arrays) -> Returned:
    if not isinstance(description, str):
        return _no_array(description)
    array = arrays.take(place, description)
    if (
        not array.size and 8 * math.prod(size for size in array.shape if size) >= 2**63
    ):  # none of float64 has this shape
        return Returned(None, Kind.TOO_LARGE, array.shape, array.dtype.str)
    return Returned(array, Kind.ARRAY, array.shape, array.dtype.str)


def _no_array(frame: Any) -> Returned:
    """An output that does not cross."""
    kind = _item(frame, "kind")
    if kind == NoArray.NONE:
        return Returned(None, Kind.NONE)
    if kind == NoArray.TOO_LARGE:
        shape, dtype = wire.checked_shape(_item(frame, "shape")), text_of(_item(frame, "dtype"))
        return Returned(None, Kind.TOO_LARGE, shape, dtype)
    if kind == NoArray.OTHER:
        return Returned(None, Kind.OTHER, what=text_of(_item(frame, "what")))
    raise _malformed()


def _verdict_of(error: StudentError) -> Verdict:
    """The verdict of a call that raised."""
    return Verdict.MEMORY if error.out_of_memory else Verdict.CRASHED


def student_error(frame: Any) -> StudentError:
    """A described exception.

    Raises:
        WireError: where it is none.
    """
    kind = " ".join(text_of(_item(frame, "type")).split())
    if kind in _OURS or kind.startswith(("SIG", "signal")):  # an exception may be called as it likes
        kind = f"exception {kind}"
    out_of_memory = _item(frame, "memory") is True
    text, line = text_of(_item(frame, "text")), _line(_item(frame, "line"))
    values, given = (tuple(map(_value, _list(frame, key))) for key in ("values", "given"))
    return StudentError(kind, text, line, out_of_memory, values, given)


def _value(pair: Any) -> tuple[str, Value]:
    """A part of the text, as it can be quoted, and what it was: a number of few digits, or the shape of an array."""
    if not isinstance(pair, list) or len(pair) != 2:
        raise _malformed()
    text, value = text_of(pair[0]), pair[1]
    if len(text) > _QUOTED or "`" in text or "\n" in text:
        raise _malformed()
    is_number = type(value) in (int, float) and abs(value) < _TOO_LARGE
    return text, value if is_number else wire.checked_shape(value)


def _changed(frame: Frame, names: Sequence[str]) -> tuple[str, ...]:
    """Which of its inputs a call says that it changed otherwise than in their numbers, of which we see ourselves."""
    places = frame.get("changed", [])
    if not isinstance(places, list) or len(places) > len(names):
        raise WireError("sent something that is no list of changed inputs")
    return tuple(name for place, name in enumerate(names) if place in places)


def _item(frame: Any, name: str) -> Any:
    if not isinstance(frame, dict) or name not in frame:
        raise _malformed()
    return frame[name]


def _list(frame: Any, name: str) -> list[Any]:
    found = _item(frame, name)
    if not isinstance(found, list):
        raise _malformed()
    return found


def _malformed() -> WireError:
    return WireError("answered in a wrong form")


def _line(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 10**9 else None


def text_of(value: Any) -> str:
    """Untrusted text, cut short and with everything unprintable escaped.

    Raises:
        WireError: where it is not text.
    """
    if not isinstance(value, str):
        raise WireError("sent something that is not text")
    if value.isprintable() and len(value) <= _TEXT:
        return value
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in value[:_TEXT])


def death(status: int) -> StudentError:
    """What a wait status says about how the process ended.

    SIGABRT as an exit status comes from `confine.abort_for_good`.
    """
    if os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == signal.SIGABRT:
        number = os.WTERMSIG(status) or signal.SIGABRT
        name = next((s.name for s in signal.Signals if s == number), f"signal {number}")
        return StudentError(name, f"the process was ended by {name}")
    code = os.waitstatus_to_exitcode(status)
    return StudentError(End.EXIT, f"the process ended itself with exit status {code}")
