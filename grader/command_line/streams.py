"""Standard output and error of the program: what cannot be encoded or written, and who is told."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from grader.errors import OutputFailed
from grader.said import without_controls

_STDERR = 2


def open_standard_streams() -> None:
    """Descriptors 0 to 2 have to be taken, or sockets and pipes of ours would get their numbers."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(fd)


def flush_output() -> None:
    """Now: what fails when the interpreter ends is told in its own words."""
    if sys.stdout is not None:
        sys.stdout.flush()


def close_output() -> None:
    """Nobody reads any more: else the interpreter tries to flush it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def streams_told_apart() -> Iterator[None]:
    """Whatever cannot be encoded is escaped, and what fails is known to be the output, not a file of the run's."""
    before = sys.stdout, sys.stderr
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is not None:
        sys.stdout = cast(TextIO, _Stream(sys.stdout, _refused, without_controls))
    if sys.stderr is not None:
        sys.stderr = cast(TextIO, _Stream(sys.stderr, lambda error: None))  # nobody can be told
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def coloured_output() -> TextIO:
    """Standard output for a text whose controls are all ours."""
    return cast(TextIO, sys.stdout.unchanged() if isinstance(sys.stdout, _Stream) else sys.stdout)


def _refused(error: OSError) -> None:
    raise OutputFailed(error.strerror) from error


class _Stream:
    """A standard stream that writes what `change` makes of a text, and calls `failed` where it cannot."""

    def __init__(self, stream: TextIO, failed: Callable[[OSError], None], change: Callable[[str], str] = str) -> None:
        self._stream = stream
        self._failed = failed
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As a file's."""
        try:
            return self._stream.write(self._change(text))
        except OSError as error:
            self._failed(error)
            return len(text)

    def unchanged(self) -> "_Stream":
        """The same, to which every character is written as it is."""
        return _Stream(self._stream, self._failed)

    def flush(self) -> None:
        """As a file's."""
        try:
            self._stream.flush()
        except OSError as error:
            self._failed(error)
