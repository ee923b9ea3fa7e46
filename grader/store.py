"""Every attempt of a class run, in SQLite: one transaction for each submission, nothing ever overwritten.

Killed at any moment, the database holds every attempt that was finished (write-ahead log, synced at each commit).

Schema versions (`PRAGMA user_version`), each with its way up in `_MIGRATIONS`:

    1   attempts
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from grader.errors import JudgeError, UsageError
from grader.records import Findings, GradeReport
from grader.rubric import Rubric, SpeedItem

FILENAME = "results.sqlite"
_FINDINGS = TypeAdapter(Findings)
_REPORT = TypeAdapter(GradeReport)
_MIGRATIONS = (
    """
    CREATE TABLE attempts (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        source TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        run_key TEXT NOT NULL,
        rubric_sha256 TEXT NOT NULL,
        verdict TEXT NOT NULL,
        score REAL,
        report BLOB NOT NULL,
        findings BLOB NOT NULL
    );
    CREATE INDEX attempts_by_id ON attempts (id, number);
    """,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row: what was graded, what was found, and the report that was made of it."""

    id: str
    sha256: str
    run_key: str
    rubric_sha256: str
    verdict: str
    _report: bytes
    _findings: bytes

    @property
    def report(self) -> GradeReport:
        """The report as it was made."""
        return _REPORT.validate_json(zlib.decompress(self._report))

    @property
    def findings(self) -> Findings:
        """What running the submission found out."""
        return _FINDINGS.validate_json(zlib.decompress(self._findings))


class Store:
    """The database of a results folder; a context manager.

    Raises UsageError where the file is no database of ours, damaged, or of a newer version; JudgeError where the
    disk is full or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILENAME
        with self._explained():
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._migrate()

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            self._db.close()
            raise UsageError(f"{self.path}: was written by a newer convgrade (schema {version}); update convgrade")
        for number, script in enumerate(_MIGRATIONS[version:], version + 1):
            self._db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")

    def add(self, entry_sha256: str, run_key: str, findings: Findings, report: GradeReport) -> None:
        """Keep one attempt, in a transaction of its own."""
        submission = report.submission
        row = (
            submission["id"], submission["name"], submission["source"], entry_sha256, run_key,
            report.rubric["sha256"], report.verdict.value, report.score,
            zlib.compress(_REPORT.dump_json(report)), zlib.compress(_FINDINGS.dump_json(findings)),
        )  # fmt: skip
        columns = "id, name, source, sha256, run_key, rubric_sha256, verdict, score, report, findings"
        with self._explained():
            self._db.execute(f"INSERT INTO attempts ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def latest(self) -> dict[str, Attempt]:
        """The last attempt of each submission, by id."""
        query = (
            "SELECT id, sha256, run_key, rubric_sha256, verdict, report, findings FROM attempts "
            "WHERE number IN (SELECT max(number) FROM attempts GROUP BY id) ORDER BY id"
        )
        with self._explained():
            return {row[0]: Attempt(*row) for row in self._db.execute(query)}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise JudgeError(f"{self.path}: cannot be written: {error}; what was graded before is kept") from error
        except sqlite3.DatabaseError as error:
            raise UsageError(f"{self.path}: is damaged or no database ({error}); move it away to begin anew") from error

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def run_key(rubric: Rubric, versions: dict[str, str], *, timing: bool) -> str:
    """What running depends on beside the submission: all of the rubric but points, bounds, names and lateness."""
    what = rubric.model_dump(include={"seed", "operator", "functions", "limits", "policy", "cases", "tolerance"})
    speed = [i.model_dump(include={"id", "function", "workload"}) for i in rubric.items if isinstance(i, SpeedItem)]
    text = json.dumps([what, speed if timing else None, versions], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_current(attempt: Attempt, sha256: str, key: str) -> bool:
    """Whether a stored attempt still says what running the submission again would find."""
    return attempt.verdict != "judge_error" and (attempt.sha256, attempt.run_key) == (sha256, key)
