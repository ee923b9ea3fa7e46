"""Whether reports depend on the machine's load: `python -m tests.same_reports [--against CHECKOUT] [PATH...]`.

Grades the samples, injected programs and the files named (without timing) by one job, and by two jobs beside busy
loops, and compares JSON and pages byte for byte, but for when they were made and how long it took. With --against, it
compares with the reports of another checkout of this program instead.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli import ENVIRONMENT, ROOT, SUBMISSIONS
from tests.injected import programs

_OF_THE_CLOCK = re.compile(r"<dt>(started|took)</dt><dd>.*?</dd>")
BUSY = 6
INJECTED = 40


def make_class(folder: Path, files: Sequence[Path], injected: int = INJECTED) -> Path:
    """A folder with these files, each under a name of its own, and so many injected programs of all structures."""
    folder.mkdir()
    for number, file in enumerate(files):
        shutil.copy(file, folder / f"{number:03}-{file.stem}{file.suffix}")
    every = list(programs())
    for program in every[:: max(1, len(every) // injected)][:injected]:
        (folder / f"{program.bug}-{program.structure}.py").write_text(program.code)
    return folder


def reports(folder: Path, results: Path, jobs: int, checkout: Path = ROOT) -> dict[str, str]:
    """The JSON and the page of every submission of a class, by their names, without what a clock tells.

    What is to be compared is graded into the same results folder: each has secret cases of its own.
    """
    command = [sys.executable, "-m", "grader", str(folder), "--no-timing", "--quiet", "--fresh"]
    command += ["--out", str(results), "--jobs", str(jobs)]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(checkout)}
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, cwd=checkout, check=True)
    found = {path.name: _OF_THE_CLOCK.sub("", path.read_text()) for path in (results / "reports").glob("*.html")}
    for report in json.loads((results / "grades.json").read_text()):
        del report["started_at"], report["wall_s"]
        found[f"{report['submission']['id']}.json"] = json.dumps(report)
    return found


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """So many programs that use all the time they get."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def differing(folder: Path, results: Path, busy: int = BUSY) -> list[str]:
    """The reports that are not, by two jobs beside busy loops, what one job gives on the machine as it is."""
    usual = reports(folder, results, 1)
    with busy_loops(busy):
        beside_others = reports(folder, results, 2)
    return unlike(usual, beside_others)


def unlike(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The names of the reports that are not the same."""
    return [key for key in one if one[key] != other.get(key)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        chosen = make_class(Path(scratch, "class"), [*sorted(SUBMISSIONS.glob("*.py")), *options.files])
        results = Path(scratch, "results")
        if options.against is None:
            differ = differing(chosen, results)
        else:
            differ = unlike(reports(chosen, results, 1), reports(chosen, results, 1, options.against.resolve()))
        sys.stdout.write(f"{len(differ)} of {2 * len(list(chosen.iterdir()))} reports differ\n")
        sys.stdout.writelines(f"  {name}\n" for name in differ)
