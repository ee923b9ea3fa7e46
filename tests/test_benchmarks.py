"""The benchmarks run, and what they say of memory holds here too."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import pytest

from tests.cli import ENVIRONMENT, ROOT
from tests.test_retime import RUBRIC, UNTIMED
from tests.test_timing import quick_rubric


def measured_by(benchmark: str, *options: str) -> Any:
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", *options, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=True, timeout=300)
    return json.loads(done.stdout)


def test_baseline_is_faster_than_unfolding_the_whole_batch() -> None:
    """Each way is right, too: the benchmark ends where one is not."""
    measured = measured_by("baseline", "--seconds", "0", "--images", "2")
    assert len(measured) == 2 * 2 * 6
    ratios = [row["median_s"]["baseline"] / row["median_s"]["strided"] for row in measured]
    assert geometric_mean(ratios) < 1


def test_memory_does_not_grow_with_the_class() -> None:
    measured = measured_by("class_run", "--small", "4", "--large", "16", "--loops", "1", "--cases", "16")
    small, large = measured["vectorised"], measured["vectorised, more"]
    assert (small["submissions"], large["submissions"]) == (4, 16)
    assert large["rss_bytes"] < 1.1 * small["rss_bytes"]
    for loops in ("4 nested loops", "7 nested loops"):
        assert 0 < measured[loops]["students_cpu_s"] < measured[loops]["cpu_s"]


def test_overhead_is_told_apart_from_the_students_own_time(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(UNTIMED)
    measured = measured_by("overhead", "--times", "1", "--rubric", str(tmp_path / "rubric.yaml"))
    for cost in measured["costs"]:
        assert 0 < cost["ready_s"] < cost["loaded_s"] < cost["sandbox_s"]
        assert cost["own_s"] == pytest.approx(cost["trusted_s"] + cost["sandbox_s"])
    vectorised, loops = (cost["students_s"] for cost in (measured["costs"][0], measured["costs"][-1]))
    assert loops > 2 * vectorised
    assert 0 < sum(measured["stages"].values()) < 2  # some are part of others


def test_repeatability_tells_an_idle_from_a_busy_machine(tmp_path: Path) -> None:
    rubric = quick_rubric(tmp_path, timing_s=0.03)
    spreads = measured_by("repeatability", "--runs", "2", "--submission", "alice", "--rubric", str(rubric))
    assert [(s["item"], s["machine"]) for s in spreads] == [
        (item, machine) for machine in ("as it is", "every CPU busy") for item in ("speed-forward", "speed-backward")
    ]
    for spread in spreads:
        assert spread["points_moved"] <= 1
        assert 0 <= spread["variation"] < 0.5


def test_coverage_compares_on_one_board_and_on_two(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    options = "--runs", "2", "--copies", "2", "--program", "alice", "--laps", "6", "--jobs", "1"
    (found,) = measured_by("coverage", *options, "--rubric", str(tmp_path / "rubric.yaml"))
    assert (found["program"], found["count"]) == ("alice", 4)
    for what in ("apart_measured", "apart_on_one", "apart_on_two", "unstable"):
        assert 0 <= found[what] <= 1
    assert 0 <= found["between"] <= found["scatter"] < 0.5


def test_startup_is_measured_beside_the_import_of_numpy() -> None:
    numpy, version, grading, library, from_python = measured_by("startup", "--times", "2")
    assert numpy["ratio"] == 1
    assert version["ratio"] < grading["ratio"]
    assert library["ratio"] < 1 < from_python["ratio"]
    for start in (numpy, version, grading, library, from_python):
        assert 0 < start["low"] <= start["ratio"] <= start["high"]
        assert start["wall_s"] > 0 < start["cpu_s"]


def test_shrinking_ends_at_no_more_numbers_than_hypothesis_does() -> None:
    efforts = measured_by("shrinking")
    ours, theirs = ([e for e in efforts if e["way"] == way] for way in ("grader.shrink", "Hypothesis"))
    assert len(ours) == len(theirs) >= 8
    for mine, other in zip(ours, theirs, strict=True):
        assert mine["numbers"] <= other["numbers"], (mine, other)
