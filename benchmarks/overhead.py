"""The grader's own cost for each submission: CPU time, start-up apart, correctness only.

    python -m benchmarks.overhead [--times 30] [--rubric FILE] [--class] [--json]

For sample submissions and the packaged rubric (or another one) without timing, in milliseconds of CPU time: of the
trusted side; of the sandbox outside the student's functions (the zygote that forks, and the child until it is killed);
and of the student's functions themselves. For the two of the sandbox there is a grading of its own, in which the
functions take their own time. The middle of so many gradings counts. With `--class`, the secret cases come from the
secret of a results folder, and are drawn once; without, from each text, as where a submission is graded by itself.

Then where the trusted side's time goes, by the profiler (which makes everything slower: the shares count), and the
child's up to hello (fork and confinement), up to the end of loading, and from then on.
"""

import argparse
import cProfile
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tabulate import tabulate

from benchmarks.generated import SCALAR_LOOPS, entry_of, sample, timing_itself
from grader.pipeline import Grader, Options
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.child_process import Child
from grader.sandbox.clocks import Clocks
from grader.sandbox.keeper import Keeper
from grader.sandbox.loader import Loader

STAGES = {
    "fork and confine a child": ("keeper.py", "start"),
    "load the submission": ("loader.py", "_load_once"),
    "requests and answers": ("keeper.py", "ask"),
    "of that, take outputs": ("answers.py", "call_outcomes"),
    "compare outputs": ("compare.py", "compare_all"),
    "have it read": ("pipeline.py", "read"),
    "mark": ("report.py", "mark"),
}
"""Stages of the trusted side: the file and the function whose time, with all that it calls, is the stage's."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU time for one submission."""

    submission: str
    trusted_s: float
    sandbox_s: float
    """Outside the student's functions."""
    students_s: float
    ready_s: float
    """CPU time of the child when it says hello."""
    loaded_s: float
    """CPU time of the child when the submission is loaded."""

    @property
    def own_s(self) -> float:
        """Everything that is not the student's."""
        return self.trusted_s + self.sandbox_s


def measure(grader: Grader, folder: Path, name: str, code: str, times: int) -> Cost:
    """Grade a program again and again, with a comment that differs: what is found out of a text is not found anew."""
    grader.grade(entry_of(folder, name, code))
    trusted, students, whole, ready, loaded = [], [], [], [], []
    for number in range(times):
        entry = entry_of(folder, name, f"{code}# {number}\n")
        timed = entry_of(folder, f"{name}-timed", f"{timing_itself(code)}# {number}\n")
        before = time.process_time()
        grader.examine(entry)
        trusted.append(time.process_time() - before)
        with _watched() as seen:
            zygote = _zygote_s(grader)
            grader.examine(timed)
        own = sum(seen["own"])
        students.append(own)
        whole.append(sum(seen["end"]) + _zygote_s(grader) - zygote - own)
        ready.append(seen["start"][0])
        loaded.append(seen["load"][0])
    return Cost(name, *(median(values) for values in (trusted, whole, students, ready, loaded)))


def _zygote_s(grader: Grader) -> float:
    assert grader._zygote is not None
    return _cpu_s(grader._zygote._process.pid)


def _cpu_s(pid: int) -> float:
    clocks = Clocks.read(pid)
    return 0.0 if clocks is None else clocks.cpu_s


@contextmanager
def _watched() -> Iterator[dict[str, list[float]]]:
    """CPU time of each child at hello, after loading, and at its end; and of the functions, in secret cases too.

    What they print in those is in no report, so it is taken from where it is gathered.
    """
    seen: dict[str, list[float]] = {"start": [], "load": [], "end": [], "own": []}
    start, load, kill, close = Keeper.start, Loader._load_once, Child.kill, Keeper.close

    def note(keeper: Keeper, what: str) -> None:
        if keeper.child is not None:
            seen[what].append(_cpu_s(keeper.child.pid))

    def noted_start(self: Keeper) -> None:
        start(self)
        note(self, "start")

    def noted_load(self: Loader) -> object:
        outcome = load(self)
        note(self._keeper, "load")
        return outcome

    def noted_kill(self: Child) -> int:
        seen["end"].append(_cpu_s(self.pid))
        return kill(self)

    def noted_close(self: Keeper) -> None:
        seen["own"] += map(float, re.findall(rb"^cpu (\S+)$", self.printed, re.MULTILINE))
        close(self)

    with (
        patch.object(Keeper, "start", noted_start),
        patch.object(Keeper, "close", noted_close),
        patch.object(Loader, "_load_once", noted_load),
        patch.object(Child, "kill", noted_kill),
    ):
        yield seen


def stages(grader: Grader, folder: Path, name: str, code: str, times: int) -> dict[str, float]:
    """The share of the trusted side's CPU time that goes into each stage."""
    entries = [entry_of(folder, f"{name}-{number}", f"{code}# {number}\n") for number in range(times)]
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for entry in entries:
        grader.grade(entry)
    profile.disable()
    cumulative = {
        (Path(entry.code.co_filename).name, entry.code.co_name): entry.totaltime
        for entry in profile.getstats()
        if not isinstance(entry.code, str)  # the name of something that is no Python
    }
    total = cumulative["pipeline.py", "grade"]
    return {stage: cumulative[key] / total for stage, key in STAGES.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--rubric", type=Path, default=DEFAULT_RUBRIC)
    parser.add_argument("--class", dest="in_class", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    programs = {"oscar (vectorised)": sample("oscar"), "bob (4 loops)": sample("bob"), "7 loops": SCALAR_LOOPS}
    wanted = Options(timing=False, secret=(1, 2, 3, 4) if options.in_class else ())
    with TemporaryDirectory() as folder, Grader(load_rubric(options.rubric), wanted) as grader:
        costs = [measure(grader, Path(folder), name, code, options.times) for name, code in programs.items()]
        shares = stages(grader, Path(folder), "oscar", sample("oscar"), options.times)
    if options.json:
        print(json.dumps({"costs": [{**asdict(cost), "own_s": cost.own_s} for cost in costs], "stages": shares}))
        return
    rows = [
        [
            c.submission,
            *(f"{1000 * s:.1f}" for s in (c.trusted_s, c.sandbox_s, c.own_s, c.students_s, c.ready_s, c.loaded_s)),
        ]
        for c in costs
    ]
    headers = ["CPU ms", "trusted", "sandbox", "grader's own", "student's", "child at hello", "loaded"]
    print(tabulate(rows, headers=headers, disable_numparse=True), end="\n\n")
    print(tabulate([[stage, f"{share:.0%}"] for stage, share in shares.items()], headers=["trusted side", "share"]))


if __name__ == "__main__":
    main()
