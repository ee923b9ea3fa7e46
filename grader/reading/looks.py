"""Runs inside: the clock of each look at one person's hand-in, where a class is looked through for who handed in."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from grader.errors import SubmissionRejected

_AGAIN_S = 0.05
"""The clock goes on ringing: an exception can be raised where nothing can pass it on, such as in `__del__`."""


class _TakesTooLong(BaseException):
    """A look at one person's hand-in has used up its time. No parser's `except Exception` stops it."""


class Looks:
    """Sees to it that no one's hand-in keeps the others of a class from being found."""

    def __init__(self, note: Any, blocked: frozenset[str]) -> None:
        self._note = note
        self._blocked = blocked
        self._ends: list[float] = []
        """When the looks end that are under way, one within the other, on the clock of CPU time."""

    @contextmanager
    def watch(self, label: str, seconds: float) -> Iterator[None]:
        """Around a look at what is called `label`."""
        if label in self._blocked:
            raise SubmissionRejected(f"{label}: looking into it crashed the process that reads")
        if not self._ends:
            self._write(label)
            signal.signal(signal.SIGPROF, _ring)
        self._ends.append(min([time.process_time() + seconds, *self._ends]))
        self._wind()
        try:
            yield
        except _TakesTooLong as error:
            if len(self._ends) > 1 and time.process_time() >= self._ends[-2]:
                raise  # it is the time of the look around this one that is over
            raise SubmissionRejected(f"{label}: takes too long to look into") from error
        except (MemoryError, RecursionError) as error:
            raise SubmissionRejected(f"{label}: is too large to look into") from error
        finally:
            self._ends.pop()
            self._wind()
            if not self._ends:
                self._write("")

    def _wind(self) -> None:
        left_s = max(_AGAIN_S, self._ends[-1] - time.process_time()) if self._ends else 0
        signal.setitimer(signal.ITIMER_PROF, left_s, _AGAIN_S)

    def _write(self, label: str) -> None:
        text = label.encode("utf-8", "surrogatepass")[: len(self._note) - 1] + b"\0"
        self._note[: len(text)] = text


def _ring(number: int, frame: object) -> None:
    raise _TakesTooLong
