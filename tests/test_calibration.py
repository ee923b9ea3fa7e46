"""The landmarks' race at the start of a day: when it is due, what `grade watch` does, and what the board says of it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.calibration import is_due
from grader.classroom.conditions import Run
from grader.classroom.leaderboard import calibration_of
from grader.classroom.store import Store
from grader.pipeline import VERSIONS
from grader.records import Retime
from grader.reports.board_words import calibrated
from grader.rubric.homework import Homework
from tests.cli import grade
from tests.test_batch import SAMPLE
from tests.test_leaderboard import rubric
from tests.test_retime import EPYC, XEON, board, race, timings
from tests.test_sources import write

RUBRIC = """\
schema: convgrade/1
extends: cs231n-max-pool.yaml
name: pools
cases: {count: 16}
limits: {timing_s: 0.1}
drop: [speed-backward]
leaderboard: {eligible: all}
items:
  - {id: speed-forward, kind: speed, function: forward, points: 5, full_at: 0.3, zero_at: 0.0005,
     workload: {x: [2, 2, 8, 8], pool_height: 2, pool_width: 2, stride: 2}}
"""
MORNING = datetime(2026, 2, 5, 0, 30).astimezone()


def raced(at: datetime, ratio: float = 0.6, **changes: Any) -> Retime:
    """A race of the landmarks alone."""
    known = replace(race(), at=at.isoformat(), versions=VERSIONS, landmarks=(("im2col", timings(ratio)),))
    return replace(known, **changes)


def test_a_race_is_due_once_a_day_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = [EPYC]
    monkeypatch.setattr("grader.classroom.calibration.this_machine", lambda: here[-1])
    homework = Homework.of(rubric())
    with Store(tmp_path) as store:
        assert is_due(store, homework, MORNING)
        store.add_retime(Run(homework.rubric, VERSIONS).key(timing=True), raced(MORNING))
        assert not is_due(store, homework, MORNING + timedelta(hours=23))
        assert is_due(store, homework, MORNING + timedelta(hours=24))
        assert is_due(store, homework, MORNING - timedelta(hours=1))  # another day, whatever UTC calls it
        here.append(XEON)
        assert is_due(store, homework, MORNING)


def test_the_board_says_how_far_landmarks_have_moved_on_a_like_machine() -> None:
    yesterday, elsewhere = raced(MORNING - timedelta(days=1)), raced(MORNING, machine=XEON)
    shown = board(retime=yesterday)
    assert calibrated(shown) == ""
    assert calibration_of([]) is None

    def said(*races: Retime) -> str:
        return calibrated(replace(shown, calibration=calibration_of(races)))

    assert said(raced(MORNING)) == said(raced(MORNING), elsewhere) == f"The landmarks raced on {_moment(MORNING)}."
    assert "none has moved by more than its laps differ" in said(raced(MORNING, 0.61), elsewhere, yesterday)
    moved = said(raced(MORNING, 0.3), yesterday)
    assert f"since {_moment(MORNING - timedelta(days=1))} im2col has moved by 50%" in moved


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def test_a_watch_lets_the_landmarks_race_once_a_day_and_the_board_shows_it(tmp_path: Path) -> None:
    write(tmp_path / "hw", {"norman.py": SAMPLE["norman"]})
    (tmp_path / "rubric.yaml").write_text(RUBRIC)

    def watched() -> tuple[bool, dict[str, Any]]:
        done = grade(
            "watch", tmp_path / "hw", "--rubric", tmp_path / "rubric.yaml", "--out", tmp_path / "out", "--once"
        )
        assert done.returncode == 0, done.stderr
        shown = grade("leaderboard", tmp_path / "out", "--format", "json").stdout
        return "the day's race of the landmarks" in done.stderr, json.loads(shown)

    has_raced, shown = watched()
    assert has_raced
    assert {each["title"] for each in shown["landmarks"]} == {"one loop less", "all windows at once", "place by place"}
    assert shown["calibration"]["before"] is None
    assert "The landmarks raced on" in (tmp_path / "out" / "leaderboard.html").read_text()
    assert shown["together"] is None  # and nobody's rank comes from it
    assert watched() == (False, shown)
