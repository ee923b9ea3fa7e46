"""The benchmarks run, and what they say of memory holds here too."""

import json
import subprocess
import sys

from tests.cli import ENVIRONMENT, ROOT


def test_memory_does_not_grow_with_the_class() -> None:
    sizes = ["--small", "20", "--large", "120", "--loops", "2", "--json"]
    command = [sys.executable, "-m", "benchmarks.class_run", *sizes]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=True, timeout=300)
    measured = json.loads(done.stdout)
    small, large = measured["vectorised"], measured["vectorised, more"]
    assert (small["submissions"], large["submissions"]) == (20, 120)
    assert large["rss_bytes"] < 1.1 * small["rss_bytes"]
    for loops in ("4 nested loops", "7 nested loops"):
        assert 0 < measured[loops]["students_cpu_s"] < measured[loops]["cpu_s"]
