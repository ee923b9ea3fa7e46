"""Every attempt of a class run, in SQLite: one transaction for each submission, nothing ever overwritten.

Killed at any moment, the database holds every attempt that was finished (write-ahead log, synced at each commit).
"""

import json
import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter

from grader.classroom.attempts import FINDINGS, REPORT, Attempt, Evidence
from grader.classroom.conditions import Run
from grader.classroom.decisions import Decisions
from grader.judging.decided import decided
from grader.records import Extension, GradeReport, Retime, Timing
from grader.rubric.as_json import from_json, to_json
from grader.rubric.model import Late, WholeRubric

_TIMINGS = TypeAdapter(tuple[Timing, ...])
_RETIME = TypeAdapter(Retime)
_COLUMNS = "number, id, sha256, run_key, rubric_sha256, verdict, functions_key, is_written, root, report, findings"
_WRITTEN = "id, name, source, sha256, run_key, rubric_sha256, verdict, score, report, findings, functions_key, root"
_LATEST = "number IN (SELECT max(number) FROM attempts GROUP BY id)"


class Store(Decisions):
    """Everything that a results folder knows; see `Opened`."""

    def add(self, evidence: Evidence, report: GradeReport) -> None:
        """Keep one attempt, in a transaction of its own."""
        who = report.who
        row = (
            who.id, who.name, who.source, evidence.sha256, evidence.run_key,
            report.rubric["sha256"], report.verdict.value, report.score, _packed(REPORT.dump_json(report)),
            _packed(FINDINGS.dump_json(evidence.findings)), evidence.functions_key, evidence.root,
        )  # fmt: skip
        with self._explained():
            self._db.execute(f"INSERT INTO attempts ({_WRITTEN}) VALUES ({', '.join('?' * len(row))})", row)

    def note_written(self, id: str) -> None:
        """Note that the report of a submission's last attempt is written."""
        query = "UPDATE attempts SET is_written = 1 WHERE number = (SELECT max(number) FROM attempts WHERE id = ?)"
        with self._explained():
            self._db.execute(query, (id,))

    def forget(self, id: str) -> None:
        """Take out everything that is known of somebody's hand-ins, and what was decided about them."""
        with self._explained(), self._db:
            self._db.execute("BEGIN")
            for table in ("attempts", "considered", "overrides", "extensions"):
                self._db.execute(f"DELETE FROM {table} WHERE id = ?", (id,))

    def latest_of(self, id: str, before: int = 0) -> Attempt | None:
        """The last attempt of one submission, or the one so many before it."""
        return self._attempt(
            f"SELECT {_COLUMNS} FROM attempts WHERE id = ? ORDER BY number DESC LIMIT 1 OFFSET ?", id, before
        )

    def attempt(self, number: int) -> Attempt | None:
        """The one of this number."""
        return self._attempt(f"SELECT {_COLUMNS} FROM attempts WHERE number = ?", number)

    def attempts_until(self, number: int) -> int:
        """How many there are up to the one of this number."""
        return int(self._row("SELECT count(*) FROM attempts WHERE number <= ?", number)[0])

    def attempts_of(self, id: str) -> int:
        """How many attempts there are of one submission."""
        return int(self._row("SELECT count(*) FROM attempts WHERE id = ?", id)[0])

    def _attempt(self, query: str, *values: object) -> Attempt | None:
        row = self._row(query, *values)
        return None if row is None else self._as_attempt(row)

    def _as_attempt(self, row: Any) -> Attempt:
        id, rubric_sha256 = row[1], row[4]
        return Attempt(*[*row, self.overrides_of(id), *self._extended(id, rubric_sha256)])

    def attempt_at(self, id: str, sha256: str, run_keys: Sequence[str]) -> Attempt | None:
        """The last attempt of a submission with this text that was graded under one of these conditions."""
        query = (
            f"SELECT {_COLUMNS} FROM attempts WHERE id = ? AND sha256 = ? AND verdict != 'judge_error' "
            f"AND run_key IN ({', '.join('?' * len(run_keys))}) ORDER BY number DESC LIMIT 1"
        )
        return self._attempt(query, id, sha256, *run_keys)

    def consider(self, id: str, evidence: Evidence) -> None:
        """Keep what was found of one of somebody's hand-ins, which need not be the one that counts."""
        findings = _packed(FINDINGS.dump_json(evidence.findings))
        row = id, evidence.sha256, evidence.run_key, findings, evidence.functions_key, evidence.root
        columns = "id, sha256, run_key, findings, functions_key, root"
        with self._explained():
            self._db.execute(f"INSERT INTO considered ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)

    def considered(self, id: str, sha256: str, run_keys: Sequence[str]) -> Evidence | None:
        """What was found of a hand-in with this text under one of these conditions, whether it counts or not."""
        counted = self.attempt_at(id, sha256, run_keys)
        if counted is not None:
            return counted.evidence
        row = self._row(
            "SELECT sha256, run_key, findings, functions_key, root FROM considered WHERE id = ? AND sha256 = ? "
            f"AND run_key IN ({', '.join('?' * len(run_keys))}) ORDER BY number DESC LIMIT 1", id, sha256, *run_keys
        )  # fmt: skip
        if row is None:
            return None
        _, run_key, findings, functions_key, root = row
        return Evidence(sha256, run_key, FINDINGS.validate_json(zlib.decompress(findings)), functions_key, root)

    def has_several(self, id: str | None = None) -> bool:
        """Whether several hand-ins of somebody were compared (`--attempt best`), or of anybody."""
        query = "SELECT EXISTS (SELECT 1 FROM considered WHERE ? IS NULL OR id = ?)"
        return bool(self._row(query, id, id)[0])

    def roots_of(self, id: str, sha256: str) -> set[str]:
        """Where a submission with this text has been found before."""
        of = "WHERE id = ? AND sha256 = ? AND root IS NOT NULL"
        query = f"SELECT root FROM attempts {of} UNION SELECT root FROM considered {of}"
        with self._explained():
            return {row[0] for row in self._db.execute(query, (id, sha256) * 2)}

    def roots_by_id(self) -> dict[str, list[str]]:
        """By id, where its submissions have lain, the latest first; before schema 4 it was noted for people only."""
        query = "SELECT id, coalesce(root, source) AS place FROM attempts GROUP BY id, place ORDER BY max(number) DESC"
        found: dict[str, list[str]] = {}
        with self._explained():
            for id, place in self._db.execute(query):
                found.setdefault(id, []).append(place)
        return found

    def roots(self) -> list[str]:
        """The places whose submissions belong to this folder."""
        with self._explained():
            return [row[0] for row in self._db.execute("SELECT root FROM roots ORDER BY root")]

    def add_roots(self, roots: Iterable[str]) -> None:
        """Note that what lies there belongs to this folder."""
        with self._explained():
            self._db.executemany("INSERT OR IGNORE INTO roots (root) VALUES (?)", [(root,) for root in roots])

    def latest(self, ids: Iterable[str]) -> Iterator[Attempt]:
        """The last attempt of each of these submissions, in their order, read one by one."""
        return (attempt for id in ids if (attempt := self.latest_of(id)) is not None)

    def ids(self) -> list[str]:
        """The submissions of which there are attempts, sorted."""
        with self._explained():
            return [row[0] for row in self._db.execute("SELECT DISTINCT id FROM attempts ORDER BY id")]

    def missing(self) -> frozenset[str]:
        """Who handed in nothing, which only a roster says."""
        with self._explained():
            rows = self._db.execute(f"SELECT id FROM attempts WHERE {_LATEST} AND verdict = 'missing'").fetchall()
            return frozenset(row[0] for row in rows)

    def ids_by_others(self, rubric_sha256: str) -> list[str]:
        """Those whose last attempt was marked by another rubric than this, sorted."""
        query = f"SELECT id FROM attempts WHERE {_LATEST} AND rubric_sha256 != ? ORDER BY id"
        with self._explained():
            return [row[0] for row in self._db.execute(query, (rubric_sha256,))]

    def attempts_at(self, run_keys: Iterable[str], after: int = 0) -> Iterator[Attempt]:
        """Every attempt behind this number, latest ones last, that was run under these conditions."""
        keys = sorted(run_keys)
        of = f"number > ? AND run_key IN ({', '.join('?' * len(keys))})"
        with self._explained():
            for row in self._db.execute(f"SELECT {_COLUMNS} FROM attempts WHERE {of} ORDER BY number", (after, *keys)):
                yield self._as_attempt(row)

    def functions_keys(self) -> dict[str, str]:
        """By id, the fingerprint of the functions of the last attempts, where several have the same."""
        counted = "SELECT id, functions_key, count(*) OVER (PARTITION BY functions_key) AS times FROM attempts"
        latest = f"{counted} WHERE {_LATEST} AND functions_key IS NOT NULL"
        query = f"SELECT id, functions_key FROM ({latest}) WHERE times > 1 ORDER BY id"
        with self._explained():
            return dict(self._db.execute(query).fetchall())

    def _extended(self, id: str, rubric_sha256: str) -> tuple[Extension | None, Late | None]:
        """The extension in force, with the policy of the rubric that it is of."""
        *_, last = (None, *self.all_extensions_of(id))
        if last is None or last.until is None:
            return None, None
        rubric = self.rubric_of(rubric_sha256)
        return last, None if rubric is None else rubric.late

    def decided(self, report: GradeReport) -> GradeReport:
        """A report with what people decided about its submission."""
        id = report.who.id
        return decided(report, self.overrides_of(id), *self._extended(id, report.rubric["sha256"]))

    def add_run(self, run: Run) -> None:
        """Note what a run grades by, unless it is the same as the last one's."""
        if run != self.last_run():
            rubric, versions = to_json(run.rubric), json.dumps(dict(run.versions))
            row = rubric, run.rubric.sha256, versions, run.judging
            with self._explained():
                self._db.execute("INSERT INTO runs (rubric, rubric_sha256, versions, judging) VALUES (?, ?, ?, ?)", row)

    def last_run(self) -> Run | None:
        """What the last run graded by."""
        query = "SELECT rubric, rubric_sha256, versions, judging FROM runs ORDER BY number DESC LIMIT 1"
        row = self._row(query)
        if row is None:
            return None
        return Run(from_json(row[0], row[1]), json.loads(row[2]), row[3])

    def rubric_of(self, sha256: str) -> WholeRubric | None:
        """The rubric of this digest, where a run was by it."""
        row = self._row("SELECT rubric FROM runs WHERE rubric_sha256 = ? ORDER BY number DESC LIMIT 1", sha256)
        return None if row is None else from_json(row[0], sha256)

    def secret(self) -> tuple[int, ...]:
        """What cases are drawn from that only this folder knows, the same for as long as there is the folder."""
        row = self._row("SELECT secret FROM secrets")
        if row is None:
            row = (json.dumps([secrets.randbits(32) for _ in range(4)]),)
            with self._explained():
                self._db.execute("INSERT INTO secrets (secret) VALUES (?)", row)
        return tuple(json.loads(row[0]))

    def add_landmark(self, run_key: str, timings: tuple[Timing, ...]) -> None:
        """Keep how the nested loops do under these conditions."""
        row = (run_key, _TIMINGS.dump_json(timings).decode())
        with self._explained():
            self._db.execute("INSERT INTO landmarks (run_key, timings) VALUES (?, ?)", row)

    def landmark(self, run_key: str) -> tuple[Timing, ...] | None:
        """How the nested loops do, where it was measured."""
        row = self._row("SELECT timings FROM landmarks WHERE run_key = ?", run_key)
        return None if row is None else _TIMINGS.validate_json(row[0])

    def add_retime(self, run_key: str, retime: Retime) -> None:
        """Keep a race of all leaders who were graded under these conditions."""
        row = run_key, _RETIME.dump_json(retime).decode()
        with self._explained():
            self._db.execute("INSERT INTO retimes (run_key, retime) VALUES (?, ?)", row)

    def retimes(self, run_key: str) -> Iterator[Retime]:
        """Every race of those who were graded under these conditions, or of the landmarks alone, the last first."""
        with self._explained():
            for row in self._db.execute(
                "SELECT retime FROM retimes WHERE run_key = ? ORDER BY number DESC", (run_key,)
            ):
                yield _RETIME.validate_json(row[0])

    def last_retime(self, run_key: str) -> Retime | None:
        """The last race of them; where only landmarks have been timed, the last of those."""
        retimes = list(self.retimes(run_key))
        return next((retime for retime in retimes if retime.retimed), retimes[0] if retimes else None)


def _packed(text: bytes) -> bytes:
    """Compressed as fast as can be: 120 KB for a submission, to 8 KB in place of 6, in a third of the time."""
    return zlib.compress(text, 1)
