"""What a large class costs that is only read, written and told: people, tables, the index, gradebooks.

    python -m benchmarks.people [--counts 500 5000] [--json]

Each step is a process of its own: reading who is in a made-up Canvas export; writing the tables and `index.html` of a
results folder; `grade export` into a Canvas gradebook and into a Moodle worksheet. No submission is run: two samples
are graded, and everybody has one of the two reports. Printed are seconds of CPU time, of a step's sandbox too, and the
largest resident set.
"""

import argparse
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from benchmarks.class_run import peak_bytes
from benchmarks.generated import sample
from grader.classroom.attempts import Evidence
from grader.classroom.conditions import Run
from grader.classroom.folder import results_in
from grader.classroom.store import Store
from grader.command_line.main import main
from grader.pipeline import VERSIONS, Grader, Options, marked
from grader.reading.reader import OwnReader
from grader.records import Who
from grader.rubric.homework import Homework
from grader.rubric.reading import PACKAGED, load_rubric
from grader.sandbox.inside.confine import LAYERS
from grader.sources import find_entries

RUBRIC = load_rubric(PACKAGED / "correctness-only.yaml")
"""What everybody is marked by."""
_SUBMISSIONS = Path(__file__).parents[1] / "submissions"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step took."""

    step: str
    people: int
    cpu_s: float
    peak_bytes: int


def name_of(number: int) -> str:
    """As a Canvas export and a Moodle worksheet have it."""
    return f"last{number} first{number}"


def make_export(path: Path, count: int) -> None:
    """A download of Canvas."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            name = name_of(number).replace(" ", "")
            archive.writestr(f"{name}_{1000 + number}_{500_000 + number}_layers.py", sample("alice"))


def make_results(folder: Path, count: int) -> None:
    """A results folder in which everybody has one of two real reports, and pages."""
    (folder / "reports").mkdir(parents=True)
    with Store(folder) as store, Grader(RUBRIC, Options(timing=False)) as grader:
        store.add_run(Run(RUBRIC, VERSIONS))
        entries = find_entries([_SUBMISSIONS / "alice.py", _SUBMISSIONS / "carol.py"])
        graded = [(found := grader.examine(entry), marked(grader.homework, entry, found)) for entry in entries]
        for number in range(count):
            who = Who(str(1000 + number), name_of(number), f"a.zip/{number}_layers.py")
            findings, report = graded[number % 2]
            store.add(Evidence("0", "key", findings), replace(report, who=who))
            store.note_written(who.id)
            for ending in (".html", ".md", ".txt", ".json"):
                (folder / "reports" / f"{who.id}{ending}").touch()


def make_gradebooks(folder: Path, count: int) -> None:
    """Canvas's and Moodle's, without marks."""
    numbers = range(count)
    canvas = ["Student,ID,SIS Login ID,Section,A2 (78)", "    Points Possible,,,,100"]
    canvas += [f"{name_of(number)},{1000 + number},u{number},S1," for number in numbers]
    (folder / "canvas.csv").write_text("\n".join(canvas) + "\n")
    moodle = ["Identifier,Full name,Status,Grade,Maximum grade,Grade can be changed"]
    moodle += [f"Participant {1000 + number},{name_of(number)},Submitted,,100.00,Yes" for number in numbers]
    (folder / "moodle.csv").write_text("\n".join(moodle) + "\n")


def read(folder: Path) -> None:
    """See who is in the export."""
    with OwnReader(LAYERS) as reader:
        find_entries([folder / "submissions.zip"], Homework.of(RUBRIC).names, None, reader.people_at)


def publish(folder: Path) -> None:
    """Write tables and index."""
    with results_in(folder / "results", verbose=True) as results:
        results.publish(RUBRIC, any_new=False)


def export(folder: Path, to: str) -> None:
    """Fill a gradebook."""
    main(["export", str(folder / "results"), "--to", to, "--into", str(folder / f"{to}.csv")])


STEPS: Mapping[str, Callable[[Path], None]] = {
    "who is in a Canvas export": read,
    "tables and index.html": publish,
    "export to Canvas": lambda folder: export(folder, "canvas"),
    "export to Moodle": lambda folder: export(folder, "moodle"),
}


def measure(count: int) -> list[Cost]:
    """All steps for so many people."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_export(folder / "submissions.zip", count)
        make_results(folder / "results", count)
        make_gradebooks(folder, count)
        return [_measured(step, folder, count) for step in STEPS]


def _measured(step: str, folder: Path, count: int) -> Cost:
    command = [sys.executable, "-m", "benchmarks.people", "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    cpu_s, peak_bytes = json.loads(done.stdout.splitlines()[-1])
    return Cost(step, count, cpu_s, peak_bytes)


def be(step: str, folder: Path) -> None:
    """Be the process of a step, and print what it took."""
    STEPS[step](folder)
    used = os.times()
    print(json.dumps([sum(used[:4]), peak_bytes(os.getpid())]))


def print_costs() -> None:
    """Measure and print; with `--step`, be one of the processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="*", default=[500, 5000])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        return be(options.step, options.folder)
    costs = [cost for count in options.counts for cost in measure(count)]
    if options.json:
        print(json.dumps([asdict(cost) for cost in costs]))
        return None
    rows = [(c.step, c.people, f"{c.cpu_s:.1f}", f"{c.peak_bytes / 2**20:.0f}") for c in costs]
    print(tabulate(rows, headers=["step", "people", "CPU s", "MiB"]))
    return None


if __name__ == "__main__":
    print_costs()
