"""The benchmarks run, and what they say of memory holds here too."""

import json
import subprocess
import sys
from statistics import geometric_mean
from typing import Any

from tests.cli import ENVIRONMENT, ROOT


def measured_by(benchmark: str, *options: str) -> Any:
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", *options, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=True, timeout=300)
    return json.loads(done.stdout)


def test_baseline_is_faster_than_unfolding_the_whole_batch() -> None:
    """Each way is right, too: the benchmark ends where one is not."""
    measured = measured_by("baseline", "--seconds", "0.1")
    assert len(measured) == 2 * 2 * 6
    ratios = [row["median_s"]["baseline"] / row["median_s"]["strided"] for row in measured]
    assert geometric_mean(ratios) < 1


def test_memory_does_not_grow_with_the_class() -> None:
    measured = measured_by("class_run", "--small", "20", "--large", "120", "--loops", "2")
    small, large = measured["vectorised"], measured["vectorised, more"]
    assert (small["submissions"], large["submissions"]) == (20, 120)
    assert large["rss_bytes"] < 1.1 * small["rss_bytes"]
    for loops in ("4 nested loops", "7 nested loops"):
        assert 0 < measured[loops]["students_cpu_s"] < measured[loops]["cpu_s"]
