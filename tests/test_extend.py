"""A due time of one's own: it counts everywhere, is never lost, and is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Done, grade
from tests.exports import RIGHT, written

RUBRIC = (
    "schema: convgrade/1\nextends: correctness-only.yaml\nname: quick\ncases: {count: 20}\n"
    "late: {due: 2026-03-07T23:59:00-08:00, per_day_percent: 10}\n"
)
METADATA = """---
submission_301:
  :submitters:
  - {":name": Jane Doe, ":sid": 71, ":email": jane@x.edu}
  :created_at: 2026-03-09 06:59:00.000000000 Z
submission_302:
  :submitters:
  - {":name": Bo Lee, ":sid": 72, ":email": bo@x.edu}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jane handed in at the same time of the next day, 23 hours later, since the clocks were put forward."""
    folder: Path = tmp_path_factory.mktemp("extend")
    place = "assignment_9_export"
    files: dict[str, str | bytes] = {f"{place}/submission_{number}/layers.py": RIGHT for number in (301, 302)}
    written(folder / "export", files | {f"{place}/submission_metadata.yml": METADATA})
    (folder / "rubric.yaml").write_text(RUBRIC)
    graded_again(folder)
    return folder / "out"


def graded_again(folder: Path, *options: object) -> None:
    done = grade(folder / "export", "--rubric", folder / "rubric.yaml", "--out", folder / "out", "-q", *options)
    assert done.returncode == 0, done.stderr


LESS = "90 / 100 (less 10 for lateness)"


def extend(results: Path, until: str, *, id: str = "71", reason: str = "ill") -> Done:
    return grade("extend", results, id, "--until", until, "--reason", reason, "--by", "ta")


def report(results: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(grade("report", results, "71", "--format", "json").stdout)
    return found


def test_an_extension_counts_is_told_is_kept_and_is_undone(results: Path) -> None:
    before = report(results)
    assert (before["score"], before["late"]["late_s"], before["extension"]) == (90, 23 * 3600, None)
    done = extend(results, "2026-03-08T23:00:00-07:00")
    assert (done.returncode, done.stdout) == (0, f"Jane Doe: {LESS}, before: {LESS}\n")
    assert report(results)["late"] == {"late_s": 3540, "days": 1, "percent": 10, "points": 10}
    done = extend(results, "2026-03-08T23:59:00-07:00", reason="ill, \n again")
    assert (done.returncode, done.stdout) == (0, f"Jane Doe: 100 / 100, before: {LESS}\n")
    now = report(results)
    assert now["extension"].pop("at").endswith("+00:00")
    assert now["extension"] == {"until": "2026-03-08T23:59:00-07:00", "reason": "ill, again", "by": "ta"}
    assert (now["late"]["late_s"], now["late"]["points"]) == (0, 0)
    pages = [path.read_text() for path in (results / "reports").glob("71.*")]
    assert len(pages) == 3
    for page in pages:
        assert "Due 2026-03-08 23:59 (UTC-07:00) by decision of ta" in " ".join(page.split())
    assert ",2026-03-08T23:59:00-07:00,no,0.0," in (results / "grades.csv").read_text()
    graded_again(results.parent, "--fresh")
    assert report(results)["score"] == 100
    late = RUBRIC.replace("2026-03-07", "2026-03-02").replace("_percent: 10", "_percent: 5")
    (results.parent / "rubric.yaml").write_text(late)
    graded_again(results.parent)
    assert report(results)["score"] == 100
    assert grade("extend", results, "71", "--undo", "--by", "ta").returncode == 0
    assert (report(results)["score"], report(results)["extension"]) == (70, None)
    told = " ".join(grade("explain", results, "71").stdout.split())
    assert [f"due 2026-03-08T23:{end}." in told for end in ("00:00-07:00: ill", "59:00-07:00: ill, again")] == [
        True
    ] * 2
    assert "ta, the rubric's due time counts." in told


def test_a_run_keeps_whoever_has_an_extension_where_nothing_has_changed(results: Path) -> None:
    assert extend(results, "2026-03-08T23:59:00-07:00").returncode == 0
    graded_again(results.parent)
    done = grade(results.parent / "export", "--rubric", results.parent / "rubric.yaml", "--out", results)
    assert "grade: 2 of 2: 2 kept\n" in done.stderr
    assert grade("extend", results, "71", "--undo").returncode == 0


@pytest.mark.parametrize(
    ("until", "id", "reason", "said"),
    [
        ("2026-03-12T00:00", "71", "ill", "must be a date and a time with its offset from UTC"),
        ("2026-02-01T00:00Z", "71", "ill", "is no later than the rubric's due time"),
        ("2026-03-12T00:00Z", "72", "ill", "it is not known when this was handed in"),
        ("2026-03-12T00:00Z", "7", "ill", "has no submission 7"),
        ("2026-03-12T00:00Z", "71", " ", "--until needs a --reason"),
    ],
)
def test_an_extension_that_changes_nothing_is_refused(
    results: Path, until: str, id: str, reason: str, said: str
) -> None:
    done = extend(results, until, id=id, reason=reason)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
    assert grade("extend", results, "72", "--undo").returncode == 2
