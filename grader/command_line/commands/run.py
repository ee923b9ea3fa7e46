"""`grade PATH...`, which is `grade run PATH...`."""

import argparse
import os
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.classroom.executors import executor_names
from grader.command_line import parsing
from grader.command_line.command import Command
from grader.command_line.isolation import IsolationOptions, add_isolation, layers
from grader.command_line.output import OutputOptions, add_output
from grader.errors import JudgeError

if TYPE_CHECKING:
    from grader.sandbox.spawn import Zygote

_DEFAULT_RESULTS = Path("results")
_SUFFIXES = (".py", ".ipynb")
_EXAMPLES = """\
examples:
  grade submissions/alice.py      one submission
  grade hw2/ --jobs 2             a class, into results/ (grades.csv, reports/)
  grade hw2/ --rubric mine.yaml   by your own rubric (`extends: cs231n-conv`)
  grade leaderboard results/      who is fastest
  grade report results/ alice -v  one report again, in full

"""


@dataclass(frozen=True, kw_only=True)
class RunOptions(OutputOptions, IsolationOptions):
    """Options of `grade run`."""

    paths: list[Path]
    rubric: Path | None
    seed: int | None
    due: str | None
    roster: Path | None
    source: str | None
    map: Path | None
    attempt: str
    no_timing: bool
    fail_under: float | None
    out: Path | None
    add: bool
    jobs: int
    fresh: bool
    executor: str
    scheduler: str | None

    @property
    def results(self) -> Path:
        """The results folder, where there is one."""
        return self.out or _DEFAULT_RESULTS

    @property
    def is_few(self) -> bool:
        """Whether no class can be meant, and nothing is kept."""
        files = all(path.suffix.lower() in _SUFFIXES for path in self.paths)
        return files and self.out is None and self.source is None and self.map is None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        type=parsing.path,
        metavar="PATH",
        help="a submission (.py, .ipynb, .zip or a folder), or a folder or .zip of many",
    )
    add(
        "--rubric",
        type=parsing.path,
        metavar="FILE",
        help="a rubric (YAML) or a packaged one's name; default: that of the results folder, or cs231n-conv",
    )
    add(
        "--seed",
        type=parsing.whole_number(0, 2**63 - 1),
        metavar="N",
        help="draw the cases from this seed, not the rubric's",
    )
    add(
        "--due",
        type=parsing.moment,
        metavar="TIME",
        help="a due time in place of the rubric's, as 2026-02-03T23:59-08:00",
    )
    add("--roster", type=parsing.path, metavar="FILE", help="who should hand in: a gradebook, or a CSV with ids")
    add(
        "--map",
        type=parsing.path,
        metavar="FILE",
        help="who handed in which file: a CSV, path,id,name,email,submitted_at",
    )
    add("--source", metavar="NAME", help="read a class as the export of canvas, moodle and others, or as plain")
    add("--attempt", choices=("latest", "best"), default="latest", help="which of a person's hand-ins counts")
    add("--no-timing", action="store_true", help="do not time; speed is then no part of the mark")
    add("--fail-under", type=parsing.percent, metavar="PERCENT", help="exit with 1 if a mark is below this")
    add("--out", type=parsing.path, metavar="DIR", help="write the results folder; default for a class: results/")
    add("--add", action="store_true", help="add to a results folder that holds other submissions")
    add(
        "--jobs",
        type=parsing.whole_number(1, 256),
        metavar="N",
        default=max(1, (os.cpu_count() or 1) // 2),
        help="submissions of a class at a time; default: half the processors",
    )
    add(
        "--resume",
        dest="fresh",
        action="store_false",
        default=False,
        help="in a class, run only what the results folder does not have (default)",
    )
    add("--fresh", dest="fresh", action="store_true", help="run everything again")
    names = executor_names()
    add("--executor", choices=names, default=names[0], help="where a class is graded; default: on this machine")
    add("--scheduler", metavar="ADDRESS", help="with --executor dask: the cluster's scheduler, as tcp://host:8786")
    add_isolation(parser)
    add_output(parser)


def run(options: RunOptions) -> int:
    """Grade what the command line names; the exit status."""
    with _early(options) or nullcontext() as zygote:
        from grader.command_line.grading import grade  # the rest, while the sandbox gets ready

        return grade(options, zygote)


def _early(options: RunOptions) -> "Zygote | None":
    """The sandbox process, begun before anything else where no class is graded, which starts its own.

    None where it cannot be started: the first submission's report says so.
    """
    if not options.is_few:
        return None
    from grader.sandbox.spawn import Zygote

    try:
        return Zygote(layers(options))
    except (OSError, JudgeError):
        return None


COMMAND = Command(
    name="run",
    help="grade submissions, which is what `grade PATH` does",
    usage="PATH... [options]",
    add_options=add_options,
    options=RunOptions,
    run=run,
    description="Grade NumPy convolutions: correctness on randomized shapes, speed against a\n"
    "fast baseline, a mark by a rubric, and the reason for every lost mark.",
    epilog=_EXAMPLES + parsing.exit_status("  1  a mark is below --fail-under\n"),
    stops="nothing was graded",
)
