"""What reading an entry of a class gives: its text, or why that cannot be read, which is never a reason to stop."""

import hashlib
import traceback
from dataclasses import dataclass, replace

from grader.classroom.attempts import Attempt
from grader.errors import GradeError, JudgeError, SubmissionRejected, reason
from grader.pipeline import read_entry
from grader.reading.reader import Reader
from grader.records import Entry, Reading
from grader.rubric.homework import Homework


@dataclass(frozen=True, slots=True)
class Read:
    """What reading an entry gave."""

    entry: Entry
    sha256: str
    """The digest of the file; where it could not be read, of the reason."""
    found: Reading | GradeError | None
    """None where it is the file that is known."""

    @property
    def functions_key(self) -> str | None:
        """As in `Reading`."""
        return self.found.functions_key if isinstance(self.found, Reading) else None

    def as_told_before(self, attempt: Attempt | None) -> "Read":
        """The same with the time, and the platform's word, that an earlier run was told of this text, and this is not.

        Args:
            attempt: the person's last one.
        """
        entry = self.entry
        is_told = entry.submitted_at is not None and entry.is_late is not None
        if is_told or attempt is None or attempt.sha256 != self.sha256:
            return self
        before = attempt.who
        at = before.submitted_at if entry.submitted_at is None else entry.submitted_at
        is_late = before.is_late if entry.is_late is None else entry.is_late
        return replace(self, entry=replace(entry, submitted_at=at, is_late=is_late))


def read_one(reader: Reader, entry: Entry, homework: Homework, known: str | None) -> Read:
    """What was handed in; `known` is the digest of the file that need not be read again."""
    found: Reading | GradeError | None
    try:
        found = read_entry(reader, entry, homework, known)
    except (SubmissionRejected, JudgeError) as error:
        found = error
    except Exception as error:  # ours: this file cannot be read here, and the others can
        said = reason(error) if isinstance(error, OSError) else str(error)
        found = JudgeError(said or type(error).__name__)
        found.add_note(traceback.format_exc())  # a traceback does not come along to another process
    return Read(entry, _hash_of(found, known), found)


def _hash_of(found: Reading | GradeError | None, known: str | None) -> str:
    if isinstance(found, Reading):
        return found.sha256
    if isinstance(found, SubmissionRejected) and found.sha256 is not None:
        return found.sha256
    if found is None:
        return known or ""
    path, _, why = str(found).partition(": ")  # the same file from another folder is the same file
    return hashlib.sha256((why or path).encode("utf-8", "replace")).hexdigest()
