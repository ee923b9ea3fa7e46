"""What is shown of a results folder, read from its database at one moment."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.classroom.board import Seen, public_board
from grader.classroom.files import safe_name
from grader.classroom.folder import open_results
from grader.classroom.store import Store
from grader.database import FILENAME
from grader.errors import UsageError
from grader.reports import leaderboard, leaderboard_page
from grader.server.links import Links

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer that many will get."""

    data: bytes
    gzipped: bytes
    etag: str
    """Other bytes have another one."""

    @classmethod
    def of(cls, text: str) -> "Body":
        """Pack it once for everybody."""
        data = text.encode("utf-8", "backslashreplace")
        return cls(data, gzip.compress(data, 6, mtime=0), hashlib.sha256(data).hexdigest()[:20])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The public pages, and whose page a secret leads to."""

    board: Body
    """The page."""
    results: Body
    """The same as JSON; its tag is the version of the board."""
    students: Mapping[str, str]
    """By secret, the name of a file in `reports/`."""

    @property
    def version(self) -> str:
        """Another one where the board is."""
        return self.results.etag

    @property
    def pages(self) -> frozenset[str]:
        """The names of all students' pages."""
        return frozenset(self.students.values())


def stamp_of(folder: Path) -> tuple[object, object]:
    """Of the database and of its log: something else once they have changed. Nothing is opened for it."""
    return _stamp(folder / FILENAME), _stamp(folder / f"{FILENAME}-wal")


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else None


@dataclass(slots=True)
class Snapshots:
    """Of one results folder, one after the other."""

    folder: Path
    links: Links
    _seen: Seen = field(default_factory=Seen)
    """What the ones before have read, as far as nobody can have written into it meanwhile."""

    def read(self) -> Snapshot:
        """The state of the folder. Not to be called by two threads at a time.

        Raises:
            UsageError: where there is none that can be read.
        """
        for _ in range(_TRIES):
            seen, self._seen = self._seen, Seen()
            before = stamp_of(self.folder)
            with open_results(self.folder) as store:
                found = _found(store, self.links, seen)
            has_log = before[1] is not None
            if has_log or stamp_of(self.folder) == before:  # without a log, it was read as if nobody could change it
                self._seen = seen
                break
        if found is None:
            why = "nothing has been graded into this folder; `grade watch` and `grade CLASS` do that"
            raise UsageError(f"{self.folder}: {why}")
        return found


def _found(store: Store, links: Links, seen: Seen) -> Snapshot | None:
    board = public_board(store, seen)
    if board is None:
        return None
    students = {links.student(id): f"{safe_name(id)}.html" for id in store.ids()}
    results = Body.of(leaderboard.json(board) + "\n")
    return Snapshot(Body.of(leaderboard_page.render(board, version=results.etag)), results, students)
