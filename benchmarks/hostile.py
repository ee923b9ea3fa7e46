"""What it costs to grade a class of two right people and one hostile hand-in, for each kind of them.

    python -m benchmarks.hostile [NAME...] [--json]

Wall time and CPU time of the whole run in seconds, and the most memory that all its processes together had at a time
(the sum of their resident sets, looked at every 20 ms).
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from tests.hostile import FILES, ON_DISK, make_class, remove

_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """One class run."""

    name: str
    status: int
    wall_s: float
    cpu_s: float
    peak_bytes: int
    marks: str
    """The marks of the two who are right, and of the third."""


def measure(name: str) -> Cost:
    """Grade a class with one hostile hand-in."""
    with TemporaryDirectory() as scratch:
        folder, out = make_class(Path(scratch, "class"), name), Path(scratch, "out")
        command = [sys.executable, "-m", "grader", str(folder), "--rubric", "correctness-only.yaml", "--out", str(out)]
        before, start = _cpu_s(), time.monotonic()
        process = subprocess.Popen([*command, "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(map(_resident_bytes, family(process.pid))))
            time.sleep(_LOOK_S)
        wall_s, cpu_s = time.monotonic() - start, _cpu_s() - before
        remove(folder)
        reports = json.loads((out / "grades.json").read_text())
        marks = ", ".join(f"{report['submission']['id']} {report['score']}" for report in reports)
        return Cost(name, process.returncode, wall_s, cpu_s, peak, marks)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        try:
            for task in Path(f"/proc/{found[-1]}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of tests/hostile.py; default: all")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    costs = []
    for name in options.names or (*FILES, *ON_DISK):
        costs.append(measure(name))
        print(f"{name}: {costs[-1].wall_s:.1f} s", file=sys.stderr)
    if options.json:
        print(json.dumps([asdict(cost) for cost in costs]))
        return
    rows = [
        [c.name, c.status, f"{c.wall_s:.1f}", f"{c.cpu_s:.1f}", f"{c.peak_bytes / 2**20:.0f}", c.marks] for c in costs
    ]
    print(tabulate(rows, headers=["hand-in", "status", "wall, s", "CPU, s", "MiB", "marks"], disable_numparse=True))


if __name__ == "__main__":
    main()
