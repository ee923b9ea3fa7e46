"""How often a class run says of the same program, timed twice, that one of the two is faster.

    python -m benchmarks.coverage [--runs 10] [--copies 2] [--rubric FILE] [--program alice ...] [--jobs 2] [--laps 0]

Every run grades a class in which each program is handed in so many times, into a results folder of its own. Two that
run the same program should tie on the board: their intervals should overlap. With `--laps`, `grade retime` lets all of
them race in so many laps after each run, and those times count.
Printed for each program: how many measurements there are, their median, how far they scatter (the standard deviation of
the logarithm), and by how much of that the intervals are too narrow to explain it (`between`); the share that was not
stable; and the share of pairs whose intervals are disjoint, as they are measured, and as they rank on one board and on
two.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from statistics import mean, median, stdev
from tempfile import TemporaryDirectory

from tabulate import tabulate

from benchmarks.generated import make_class, sample
from benchmarks.watch import RACING
from grader.classroom.entrants import Entrant
from grader.classroom.folder import open_results
from grader.classroom.roll import Roll
from grader.rubric.model import Leaderboard

_PROGRAMS = ("alice", "ruth", "rupert", "peggy", "oscar", "norman", "bob", "sybil")
"""Right samples: matrix products, einsum, some loops, nothing but loops."""
_SIGMAS = 1.96
"""From a standard deviation to half of an interval that holds 95 %."""

Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What measurements of one program say of each other."""

    program: str
    count: int
    ratio: float
    scatter: float
    """Standard deviation of the logarithms of the measured ratios."""
    between: float
    """The part of it that is in no interval, as a standard deviation; to be added to theirs in squares."""
    unstable: float
    """Share."""
    apart_measured: float | None
    """Share of the pairs whose measured intervals are disjoint."""
    apart_on_one: float | None
    """Share of the pairs on one board that do not tie by themselves; None where there are none."""
    apart_on_two: float | None
    """The same of pairs on two boards: for what runs beside nested loops, those have been measured twice, too."""

    @classmethod
    def of(cls, program: str, boards: Sequence[Sequence[Entrant]], settings: Leaderboard) -> "Coverage":
        """Of everybody who handed it in, board by board."""
        found = [entrant for board in boards for entrant in board]
        speeds = [entrant.speed for entrant in found if entrant.speed is not None]
        ends = [(number, entrant.span(settings)) for number, board in enumerate(boards) for entrant in board]
        pairs = [(here == there, one, other) for (here, one), (there, other) in combinations(ends, 2)]
        scatter = stdev(math.log(speed.median) for speed in speeds)
        known = mean((math.log(speed.high / speed.low) / 2 / _SIGMAS) ** 2 for speed in speeds)
        return cls(
            program, len(speeds), median(speed.median for speed in speeds), scatter,
            math.sqrt(max(0.0, scatter**2 - known)), mean(not entrant.is_stable for entrant in found),
            _share_apart([((one.low, one.high), (other.low, other.high)) for one, other in combinations(speeds, 2)]),
            _share_apart([(one, other) for is_one, one, other in pairs if is_one]),
            _share_apart([(one, other) for is_one, one, other in pairs if not is_one]),
        )  # fmt: skip


def _share_apart(pairs: Sequence[tuple[Ends, Ends]]) -> float | None:
    return mean(one[1] < other[0] or other[1] < one[0] for one, other in pairs) if pairs else None


def _run(base: Path, number: int, options: argparse.Namespace) -> tuple[Leaderboard, list[Entrant]]:
    """One class run, and who is on its board."""
    texts = {
        f"{name}-{copy:02}": f"{sample(name)}\n\nNUMBER = {copy}\n"
        for copy in range(options.copies)
        for name in options.program
    }
    rubric, results = options.rubric or base / "rubric.yaml", base / f"results{number}"
    folder = make_class(base / f"class{number}", texts)
    command = [sys.executable, "-m", "grader", folder, "--rubric", rubric, "--out", results, "--jobs", options.jobs]
    subprocess.run([*map(str, command), "-q"], stdout=subprocess.DEVNULL, check=True)
    if options.laps:
        command = [sys.executable, "-m", "grader", "retime", results, "--top", len(texts), "--laps", options.laps, "-q"]
        subprocess.run([*map(str, command)], stdout=subprocess.DEVNULL, check=True)
    with open_results(results) as store:
        run = store.last_run()
        assert run is not None
        key = run.key(timing=True)
        reports = [attempt.report_by(run.rubric) for attempt in store.attempts_at([key])]
        retime = store.last_retime(key) if options.laps else None
    return run.rubric.leaderboard, Roll.of(reports, run.rubric).field(retime).chosen


def measure(options: argparse.Namespace, tell: Callable[[str], None]) -> list[Coverage]:
    """Run them all; a `Coverage` for each program."""
    found: dict[str, list[list[Entrant]]] = {name: [] for name in options.program}
    with TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "rubric.yaml").write_text(RACING)
        for number in range(options.runs):
            settings, entrants = _run(base, number, options)
            for name, boards in found.items():
                boards.append([entrant for entrant in entrants if entrant.id.startswith(f"{name}-")])
            tell(f"run {number + 1} of {options.runs}")
    return [Coverage.of(name, boards, settings) for name, boards in found.items()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--copies", type=int, default=2, help="of each program in a class")
    parser.add_argument("--rubric", type=Path, help="by default that of benchmarks.watch --racing")
    parser.add_argument("--program", nargs="+", default=_PROGRAMS, help="samples in submissions/, all of them right")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--laps", type=int, default=0, help="of a race of all after each run; 0 for none")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options, lambda text: print(text, file=sys.stderr, flush=True))
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    shares = [[r.unstable, r.apart_measured, r.apart_on_one, r.apart_on_two] for r in rows]
    table = [
        [r.program, r.count, f"{r.ratio:.3g}", f"{r.scatter:.1%}", f"{r.between:.1%}",
         *("" if share is None else f"{share:.0%}" for share in those)]
        for r, those in zip(rows, shares, strict=True)
    ]  # fmt: skip
    headers = ["program", "timed", "ratio", "scatter", "between", "unstable", "apart", "on one board", "on two"]
    print(tabulate(table, headers=headers, disable_numparse=True))


if __name__ == "__main__":
    main()
