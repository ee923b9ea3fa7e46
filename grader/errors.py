"""Every error that the grader raises on purpose.

    GradeError                 has a message for a person; a traceback is shown only with -v
    |-- UsageError             the command line is wrong                        -> exit status 2
    |   |-- NoSuchPath         ... a path in it leads nowhere
    |   `-- RubricError        the rubric is wrong: every problem, located      -> exit status 2
    |-- OutputFailed           standard output cannot be written
    |-- SubmissionRejected     nothing gradable could be loaded                 -> verdict `rejected`, score 0
    `-- JudgeError             ours: the machine's or the grader's fault        -> verdict `judge_error`, no score
        |-- ClusterLost        ... what submissions were sent to is gone        -> a watch waits for it
        `-- FilesMissing       ... an export lists a hand-in that is not in it  -> what was graded before stays

Anything else that is raised while grading is a defect of ours, and is treated as a JudgeError.
What a student's code raises never becomes an exception on this side: it is a `CallOutcome`.
"""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

_WAYS_OUT = {
    errno.EMFILE: "raise the limit of open files: `ulimit -n 1024`",
    errno.ENFILE: "this machine has too many files open",
    errno.EAGAIN: "raise the limit of processes: `ulimit -u`",
    errno.ENOSPC: "make room on the disk",
    errno.EFBIG: "raise the limit of a file's size: `ulimit -f`",
}
"""What to do about some errors of the system, by their number."""


class GradeError(Exception):
    """Base of all of them; `str(error)` is written for the person who reads it."""


class UsageError(GradeError):
    """The command line asks for something that cannot be done."""


class NoSuchPath(UsageError):
    """A path to be graded leads nowhere; it may be a command misspelt."""


class RubricError(UsageError):
    """The rubric is wrong. `problems` lists all of them, each with file, line and key path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class OutputFailed(GradeError):
    """Standard output cannot be written, for the reason that the message gives."""


class SubmissionRejected(GradeError):
    """The submission holds nothing that could be graded; the message says why."""

    sha256: str | None = None
    """The digest of the file that was read, where there is one."""


class JudgeError(GradeError):
    """Something on our side failed: no mark may come of it."""


class ClusterLost(JudgeError):
    """What submissions were sent to is gone, and may come back."""


class FilesMissing(JudgeError):
    """An export lists a hand-in, and its files are not in the export."""


def reason(error: OSError) -> str:
    """What the system says, with the path it is about, and the way out where one is known.

    >>> reason(FileNotFoundError(errno.ENOENT, "No such file or directory", "hw"))
    'hw: No such file or directory'
    >>> reason(OSError(errno.EMFILE, "Too many open files"))
    'Too many open files (raise the limit of open files: `ulimit -n 1024`)'
    """
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes | os.PathLike) else ""
    return where + system_says(error)


def system_says(error: OSError) -> str:
    """As `reason`, without the path."""
    what = error.strerror or str(error) or type(error).__name__
    way_out = _WAYS_OUT.get(error.errno or 0)
    if error.errno == errno.ENOENT and error.filename is None:  # only asking where we are fails so
        way_out = "the current folder is gone: go to another one"
    return f"{what} ({way_out})" if way_out else what


def did_you_mean(word: str, known: Iterable[str] | Mapping[str, str]) -> str:
    """What may be meant by a word that is not known, in brackets; nothing where nothing is near.

    A mapping says how each is written.

    >>> did_you_mean("--no-timin", ["--no-timing", "--out"])
    ' (did you mean --no-timing?)'
    """
    from difflib import get_close_matches  # noqa: PLC0415  # only what is wrong needs it

    written = known if isinstance(known, Mapping) else {each: each for each in known}
    near = get_close_matches(word, written, 1)
    short = word.strip("-").casefold()
    near = near or [each for each in written if len(short) > 2 and each.casefold().startswith(word.casefold())]
    return f" (did you mean {written[near[0]]}?)" if near else ""


@contextmanager
def named_paths() -> Iterator[None]:
    """Where the system refuses a path of the command line, the command line is what is wrong."""
    try:
        yield
    except OSError as error:
        raise UsageError(reason(error)) from error
