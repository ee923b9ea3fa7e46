"""How far a speed ratio and its mark move when the same submission is timed again and again.

    python -m benchmarks.repeatability [--runs 20] [--rubric FILE] [--submission alice] [--alone] [--json]

Each submission is timed so many times with the machine as it is, and as often while a process on every CPU does nothing
but count. As in the run of a class, how far nested loops are from the baseline is measured once, at the beginning;
`--alone` takes it from what is kept for this user's single runs, as `grade bob.py` does.
Printed for each function: the median ratio, its coefficient of variation (standard deviation over mean) over the runs,
the largest change of the item's points, the share of runs that were called stable, and the seconds of a run.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median, stdev
from tempfile import TemporaryDirectory

from tabulate import tabulate

from benchmarks.generated import entry_of, sample
from grader.judging.points import score_speed
from grader.pipeline import Grader, Options
from grader.records import Entry, Timing
from grader.rubric.model import SpeedItem
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric


@dataclass(frozen=True, slots=True)
class Spread:
    """How one speed item of one submission varies."""

    submission: str
    item: str
    machine: str
    ratio: float
    variation: float
    """Standard deviation over mean."""
    points_moved: float
    max_points: float
    stable_share: float
    run_s: float
    """Seconds of one timing of the submission, all its items."""


def measure(grader: Grader, entry: Entry, machine: str, runs: int) -> list[Spread]:
    """Time a sample submission again and again."""
    timings: list[tuple[Timing, ...]] = []
    start = time.perf_counter()
    for _ in range(runs):
        found = grader.examine(entry)
        timings.append(found.timings)
    run_s = (time.perf_counter() - start) / runs
    spreads = []
    for number, item in enumerate(item for item in grader.rubric.items if isinstance(item, SpeedItem)):
        mine = [timing[number] for timing in timings]
        speeds = [timing.speed for timing in mine if timing.speed is not None]
        ratios = [speed.ratio.median for speed in speeds]
        points = [score_speed(item, timing).points or 0 for timing in mine]
        spreads.append(
            Spread(
                submission=entry.name,
                item=item.id,
                machine=machine,
                ratio=median(ratios),
                variation=stdev(ratios) / mean(ratios),
                points_moved=max(points) - min(points),
                max_points=item.points,
                stable_share=sum(speed.stable for speed in speeds) / runs,
                run_s=run_s,
            )
        )
    return spreads


_COUNTING = """\
import os
parent, number = os.getppid(), 0
while number % 1_000_000 or os.getppid() == parent:  # it ends when the one that began it has
    number += 1
"""


@contextmanager
def every_cpu_busy() -> Iterator[None]:
    """A process on each CPU that does nothing but count."""
    pinned = hasattr(os, "sched_setaffinity")
    cpus = sorted(os.sched_getaffinity(0)) if pinned else range(os.cpu_count() or 1)
    processes = [subprocess.Popen([sys.executable, "-I", "-S", "-c", _COUNTING]) for _ in cpus]
    for process, cpu in zip(processes, cpus, strict=True):
        if pinned:
            os.sched_setaffinity(process.pid, {cpu})
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--rubric", type=Path, default=DEFAULT_RUBRIC)
    parser.add_argument("--submission", action="append", help="a sample in submissions/")
    parser.add_argument("--alone", action="store_true", help="as single submissions are timed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    spreads = []
    how = Options(verification=False, remembers=options.alone)
    with TemporaryDirectory() as folder, Grader(load_rubric(options.rubric), how) as grader:
        if not options.alone:
            grader.landmark()
        for name in options.submission or ["alice", "bob"]:
            entry = entry_of(Path(folder), name, sample(name))
            spreads += measure(grader, entry, "as it is", options.runs)
            with every_cpu_busy():
                spreads += measure(grader, entry, "every CPU busy", options.runs)
    if options.json:
        print(json.dumps([asdict(spread) for spread in spreads]))
        return
    rows = [
        [s.submission, s.item, s.machine, f"{s.ratio:.3g}", f"{s.variation:.1%}",
         f"{s.points_moved:.2f} of {s.max_points:g}", f"{s.stable_share:.0%}", f"{s.run_s:.1f}"]
        for s in spreads
    ]  # fmt: skip
    headers = ["submission", "item", "machine", "ratio", "variation", "mark moved", "stable", "s a run"]
    print(tabulate(rows, headers=headers, disable_numparse=True))


if __name__ == "__main__":
    main()
