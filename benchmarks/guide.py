"""What each step of `docs/faster.md` gains: its ratio to the baseline, and how much faster it is than the one before.

    python -m benchmarks.guide

Prints the tables of that page, measured by `grade time`: all steps and the sample `alice.py` on the graded workload,
and those from the first product of matrices on with more channels. A step is the code of the page up to it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "faster.md"
MORE_CHANNELS = "x(16,32,32,32) w(32,32,3,3) s1 p1"
FUNCTIONS = {"forward": "def slide(", "backward": "def slide_back("}
_BLOCK = re.compile(r"<!-- (frame|step: (.+?)) -->\n```python\n(.*?)```\n", re.DOTALL)


def programs() -> dict[str, tuple[str, frozenset[str]]]:
    """For each step, by its name: the submission that it makes, and which functions it makes anew."""
    found, text = {}, ""
    for _, name, code in _BLOCK.findall(PAGE.read_text()):
        text += f"{code}\n\n"
        if name:
            new = frozenset(function for function, beginning in FUNCTIONS.items() if beginning in code)
            found[name] = (text, new)
    return found


def ratios(timed: str) -> Mapping[str, float]:
    """By function, the ratio of the baseline's time to the submission's, from what `grade time --format json` prints.

    Raises:
        ValueError: for a function that is not right, and therefore not timed.
    """
    found = {}
    for timing in json.loads(timed)["timings"]:
        if timing["speed"] is None:
            raise ValueError(f"{timing['function']} was not timed: {timing['message']}")
        found[timing["function"]] = timing["speed"]["ratio"]
    return found


def _timed(submission: Path, options: Sequence[str]) -> Mapping[str, float]:
    command = [sys.executable, "-m", "grader", "time", str(submission), "--format", "json", *options]
    return ratios(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)


def table(chosen: Mapping[str, tuple[str, frozenset[str]]], *options: str) -> str:
    """Measure these steps and alice, each beside the baseline."""
    rows, before = [], dict[str, float]()
    with TemporaryDirectory() as folder:
        for name, (text, new) in chosen.items():
            path = Path(folder, "step.py")
            path.write_text(text)
            found = _timed(path, options)
            rows.append([name, *(cell for each in FUNCTIONS for cell in _cells(each, found, before, new))])
            before |= {function: found[function] for function in new}
    alice = _timed(ROOT / "submissions" / "alice.py", options)
    rows.append(["the sample alice.py", *(cell for each in FUNCTIONS for cell in (f"{alice[each]:.2g}", ""))])
    headers = ["step", "forward", "times", "backward", "times"]
    return tabulate(rows, headers, disable_numparse=True, colalign=("left", *["right"] * 4))


def _cells(function: str, found: Mapping[str, float], before: Mapping[str, float], new: frozenset[str]) -> list[str]:
    """The ratio, and how many times as fast as before; nothing where the step leaves the function as it was."""
    if function not in new:
        return ["", ""]
    gained = f"{found[function] / before[function]:.2g}" if function in before else ""
    return [f"{found[function]:.2g}", gained]


def main() -> None:
    """Measure, and print both tables."""
    steps = {f"{number}. {name}": program for number, (name, program) in enumerate(programs().items(), 1)}
    print(table(steps))
    print(f"\n{MORE_CHANNELS}")
    print(table(dict(list(steps.items())[5:]), "--workload", MORE_CHANNELS))


if __name__ == "__main__":
    main()
