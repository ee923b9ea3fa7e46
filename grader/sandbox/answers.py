"""What a child's answers say, and its end. Nothing in them is trusted: every field is checked before it is used."""

import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.records import FUNCTIONS, Function, StudentError, Verdict
from grader.sandbox.inside.wire import Frame, WireError

_TEXT = 2000
_OURS = frozenset({"Exit", "ProtocolError", "Untried", "Hurried"})
"""What ends that are no exceptions are called, beside the names of signals."""


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
    found: Mapping[Function, str]
    """For each function `function`, or what stood in its place ("None", "a type")."""
    skipped: tuple[SkippedStatement, ...] = ()
    error: StudentError | None = None


def load_outcome(frame: Frame) -> LoadOutcome:
    """What an answer to `load` says; raises one of MALFORMED where it is not one."""
    if "error" in frame:
        error = student_error(frame["error"])
        return LoadOutcome(verdict_of(error), {}, error=error)
    skipped = tuple(
        SkippedStatement(_line(s["line"]) or 0, tuple(map(text_of, s["names"])), student_error(s["error"]))
        for s in frame["skipped"]
    )
    found: dict[Function, str] = {function: text_of(frame["found"][function]) for function in FUNCTIONS}
    return LoadOutcome(Verdict.PASSED, found, skipped)


def verdict_of(error: StudentError) -> Verdict:
    """The verdict of a call that raised."""
    return Verdict.MEMORY if error.out_of_memory else Verdict.CRASHED


def student_error(frame: Any) -> StudentError:
    """A described exception; raises one of MALFORMED where it is not one."""
    kind = " ".join(text_of(frame["type"]).split())
    if kind in _OURS or kind.startswith(("SIG", "signal")):  # an exception may be called as it likes
        kind = f"exception {kind}"
    return StudentError(kind, text_of(frame["text"]), _line(frame["line"]), out_of_memory=frame["memory"] is True)


def changed_of(frame: Frame, names: Sequence[str]) -> tuple[str, ...]:
    """Which of its inputs a call says that it changed otherwise than in their numbers, of which we see ourselves."""
    places = frame.get("changed", [])
    if not isinstance(places, list) or len(places) > len(names):
        raise WireError("sent something that is no list of changed inputs")
    return tuple(name for place, name in enumerate(names) if place in places)


def _line(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 10**9 else None


def text_of(value: Any) -> str:
    """Untrusted text, cut short and with everything unprintable escaped."""
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
    return StudentError("Exit", f"the process ended itself with exit status {code}")
