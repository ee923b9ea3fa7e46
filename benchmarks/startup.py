"""How long a command takes from its start to its end, beside what any program that uses NumPy takes.

    python -m benchmarks.startup [--times 25] [--json]

Runs `python -c "import numpy"`, `grade --version`, and the grading of one submission without timing by the command and
from Python, in alternation, each in a new process. Prints for each the median of its time, of its CPU time (with its
sandbox), and of its time over that of the import in the same round, with the middle half of these ratios. Then, in one
interpreter each time, what somebody at a prompt waits for: the import, and the grading after it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

from tabulate import tabulate

ROOT = Path(__file__).parent.parent
FROM_PYTHON = "import grader; grader.grade('submissions/alice.py', timing=False)"
IMPORT = 'python -c "import numpy"'
COMMANDS = {
    IMPORT: ["-c", "import numpy"],
    "grade --version": ["-m", "grader", "--version"],
    "grade submissions/alice.py --no-timing -q": ["-m", "grader", "submissions/alice.py", "--no-timing", "-q"],
    'python -c "import grader"': ["-c", "import grader"],
    f'python -c "{FROM_PYTHON}"': ["-c", FROM_PYTHON],
}
PROMPT = """\
import time; before = time.perf_counter()
import grader; imported = time.perf_counter()
grader.grade("submissions/alice.py", timing=False)
print(imported - before, time.perf_counter() - imported)
"""


@dataclass(frozen=True, slots=True)
class Start:
    """Medians for one command; `ratio` is its time over that of the import in the same round."""

    command: str
    wall_s: float
    cpu_s: float
    ratio: float
    low: float
    """Lower quartile of the ratios."""
    high: float


def once(arguments: Sequence[str]) -> tuple[float, float]:
    """Run the interpreter; seconds until it has ended, and of CPU time, its children's too."""
    before, start = _children_cpu_s(), time.perf_counter()
    _run(arguments)
    return time.perf_counter() - start, _children_cpu_s() - before


def _run(arguments: Sequence[str]) -> str:
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", os.defpath)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def at_a_prompt(times: int) -> tuple[float, float]:
    """Medians of so many prompts: seconds of the import, and of the grading after it."""
    found = [[*map(float, _run(["-c", PROMPT]).split())] for _ in range(times)]
    return median(imported for imported, _ in found), median(graded for _, graded in found)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(times: int) -> list[Start]:
    """Run every command so many times, in alternation, after a first time that does not count."""
    found: dict[str, list[tuple[float, float]]] = {command: [] for command in COMMANDS}
    for number in range(times + 1):
        for command in list(COMMANDS)[:: 1 if number % 2 else -1]:
            used = once(COMMANDS[command])
            if number > 0:
                found[command].append(used)
    return [_start(command, found[command], found[IMPORT]) for command in COMMANDS]


def _start(command: str, found: Sequence[tuple[float, float]], imports: Sequence[tuple[float, float]]) -> Start:
    ratios = [wall_s / import_s for (wall_s, _), (import_s, _) in zip(found, imports, strict=True)]
    low, _, high = quantiles(ratios, method="inclusive")
    return Start(command, median(w for w, _ in found), median(c for _, c in found), median(ratios), low, high)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    starts = measure(max(2, options.times))
    if options.json:
        print(json.dumps([asdict(start) for start in starts]))
        return
    rows = [
        [s.command, f"{1000 * s.wall_s:.0f}", f"{1000 * s.cpu_s:.0f}", f"{s.ratio:.2f}", f"{s.low:.2f} to {s.high:.2f}"]
        for s in starts
    ]
    print(tabulate(rows, headers=["command", "ms", "CPU ms", "ratio", "middle half"], disable_numparse=True))
    imported, graded = at_a_prompt(max(2, options.times))
    print(
        f"\nAt a prompt: {imported:.3f} s for the import of the grader, then {graded:.2f} s for alice without timing."
    )


if __name__ == "__main__":
    main()
