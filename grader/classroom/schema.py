"""The tables of a results folder's database, and how an older one comes up to them.

Schema versions (`PRAGMA user_version`), each with its way up in `MIGRATIONS`:

    1   attempts
    2   runs (the rubric of each), landmarks (what speed is seen against), the identity of each attempt's functions,
        whether its report is written
    3   landmarks of every speed item
    4   where each attempt's submission lay, the places that belong to the folder; how a run judged; the application id
    5   the secret that cases are drawn from
    6   a stored report says whose it is in `who`, and the hash of the text beside it: `as_now` reads those before
    7   what people decided about marks
    8   what they decided about due times
    9   hand-ins that were looked at where the best of several counts
    10  races of all leaders
    11  the most points there were when a person decided about a mark
"""

from typing import Any

from grader.database import APPLICATION_ID
from grader.operators import find_operator
from grader.rubric.model import DEFAULT_OPERATOR

MIGRATIONS = (
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
    """
    ALTER TABLE attempts ADD COLUMN functions_key TEXT;
    ALTER TABLE attempts ADD COLUMN is_written INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY, rubric TEXT NOT NULL, rubric_sha256 TEXT NOT NULL, versions TEXT NOT NULL
    );
    CREATE TABLE landmarks (run_key TEXT PRIMARY KEY, speeds TEXT NOT NULL);
    """,
    """
    DROP TABLE landmarks;
    CREATE TABLE landmarks (run_key TEXT PRIMARY KEY, timings TEXT NOT NULL);
    """,
    f"""
    ALTER TABLE attempts ADD COLUMN root TEXT;
    CREATE TABLE roots (root TEXT PRIMARY KEY);
    ALTER TABLE runs ADD COLUMN judging INTEGER NOT NULL DEFAULT 1;
    PRAGMA application_id = {APPLICATION_ID};
    """,
    """
    CREATE TABLE secrets (secret TEXT NOT NULL);
    """,
    "",
    """
    CREATE TABLE overrides (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, item TEXT, points REAL, reason TEXT NOT NULL, by TEXT NOT NULL,
        at TEXT NOT NULL
    );
    CREATE INDEX overrides_by_id ON overrides (id, number);
    """,
    """
    CREATE TABLE extensions (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, until TEXT, reason TEXT NOT NULL, by TEXT NOT NULL,
        at TEXT NOT NULL
    );
    CREATE INDEX extensions_by_id ON extensions (id, number);
    """,
    """
    CREATE TABLE considered (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, sha256 TEXT NOT NULL, run_key TEXT NOT NULL,
        findings BLOB NOT NULL, functions_key TEXT, root TEXT
    );
    CREATE INDEX considered_by_id ON considered (id, sha256);
    """,
    """
    CREATE TABLE retimes (number INTEGER PRIMARY KEY, run_key TEXT NOT NULL, retime TEXT NOT NULL);
    """,
    """
    ALTER TABLE overrides ADD COLUMN out_of REAL;
    """,
)
"""The script that leads to each version from the one before it."""


def as_now(report: dict[str, Any]) -> dict[str, Any]:
    """A stored report in the form of this version, which takes over its values; what is stored stays as it is.

    One that does not say what it is about is about the operator that was first.
    """
    if "submission" in report:
        who = report.pop("submission")
        report |= {"sha256": who.pop("sha256"), "who": who}
    if "terms" not in report and (first := find_operator(DEFAULT_OPERATOR)) is not None:
        report["terms"] = first.terms
    return report
