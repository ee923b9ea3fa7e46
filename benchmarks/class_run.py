"""A class run, correctness only: throughput, memory of the trusted side, and CPU time outside the students' functions.

    python -m benchmarks.class_run [--small 300] [--large 3000] [--loops 20] [--jobs 2] [--cases 60] [--json]

Memory is the largest resident set of any trusted process (the first one and its workers, not the sandbox), read from
`VmHWM` in /proc. CPU time is that of all processes together; of the nested loops, which are graded by one job so that
every process is counted, the part that is not their two functions' own. They measure that themselves, by
`time.thread_time`: the clock of a whole process moves in steps of a scheduler tick once its CPU time is limited. What
they take in secret cases is in no report, so here it counts as the grader's; `benchmarks.overhead` tells it apart.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from benchmarks.generated import SCALAR_LOOPS, fast_programs, loop_programs, make_class, sample


@dataclass(frozen=True, slots=True)
class Measured:
    """One class run."""

    submissions: int
    jobs: int
    wall_s: float
    again_s: float
    """The same once more, with nothing changed."""
    cpu_s: float
    students_cpu_s: float | None
    rss_bytes: int
    """Memory of the largest trusted process."""


RUBRIC = """\
schema: convgrade/1
extends: correctness-only.yaml
name: class run
cases: {{count: {cases}}}
"""


def measure(texts: Mapping[str, str], jobs: int, cases: int = 60) -> Measured:
    """Grade a class of these programs, correctness only, with so many cases drawn in the open."""
    with TemporaryDirectory() as scratch:
        folder, out = make_class(Path(scratch, "class"), texts), Path(scratch, "out")
        rubric = Path(scratch, "rubric.yaml")
        rubric.write_text(RUBRIC.format(cases=cases))
        command = [sys.executable, "-m", "grader", str(folder), "--rubric", str(rubric)]
        command += ["--out", str(out), "--jobs", str(jobs), "--quiet"]
        before, start = _cpu_s(), time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        largest = 0
        while process.poll() is None:
            largest = max(largest, *(peak_bytes(pid) for pid in (process.pid, *_workers(process.pid))))
            time.sleep(0.05)
        wall_s, cpu_s = time.monotonic() - start, _cpu_s() - before
        assert process.returncode == 0
        start = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        again_s = time.monotonic() - start
        return Measured(len(texts), jobs, wall_s, again_s, cpu_s, _students_cpu_s(out), largest)


def _students_cpu_s(out: Path) -> float | None:
    """What the submissions say that they used."""
    printed = [report["stdout"] for report in json.loads((out / "grades.json").read_text())]
    seconds = [float(match) for text in printed for match in re.findall(r"^cpu ([\d.e-]+)$", text, re.MULTILINE)]
    return sum(seconds) if seconds else None


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _workers(pid: int) -> list[int]:
    """The processes of the pool, which are as trusted as the first."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []


def peak_bytes(pid: int) -> int:
    """The largest resident set of a process so far; 0 where it has ended."""
    try:
        match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return 1024 * int(match[1]) if match else 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=300)
    parser.add_argument("--large", type=int, default=3000)
    parser.add_argument("--loops", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measured = {
        "vectorised": measure(fast_programs(options.small), options.jobs, options.cases),
        "vectorised, more": measure(fast_programs(options.large), options.jobs, options.cases),
        "4 nested loops": measure(loop_programs(options.loops, sample("bob")), 1, options.cases),
        "7 nested loops": measure(loop_programs(options.loops, SCALAR_LOOPS), 1, options.cases),
    }
    if options.json:
        print(json.dumps({name: asdict(one) for name, one in measured.items()}))
        return
    rows = []
    for name, one in measured.items():
        outside = None if one.students_cpu_s is None else f"{1 - one.students_cpu_s / one.cpu_s:.1%}"
        rate = f"{one.submissions / one.wall_s:.1f}"
        memory = f"{one.rss_bytes / 2**20:.0f}"
        rows.append([name, one.submissions, one.jobs, rate, f"{one.again_s:.2f}", memory, outside])
    headers = ["class", "submissions", "jobs", "per second", "again, s", "MiB, trusted", "CPU outside functions"]
    print(tabulate(rows, headers=headers, tablefmt="simple"))
    small, large = list(measured.values())[:2]
    print(f"memory, {large.submissions} to {small.submissions}: {large.rss_bytes / small.rss_bytes:.2f} times")


if __name__ == "__main__":
    main()
