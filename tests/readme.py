"""The commands of the README and of docs/, run as a reader would run them."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from tests.cli import ROOT, SUBMISSIONS, Done, grade_in_a_process

README = ROOT / "README.md"
DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))
SMALLER = "workload: {x: [100, 3, 17, 17], w: [25, 3, 3, 3], stride: 2, pad: 1}, zero_at: 0.02"
BLOCK = re.compile(r"<!-- output of: grade (.*?) -->\n```text\n(.*?)```\n", re.DOTALL)


def run_commands(
    folder: Path, *, timing_s: float | None = None, run: Callable[..., Done] = grade_in_a_process
) -> list[tuple[str, str, str]]:
    """Run them in order where only `submissions/` and `docs/samples/` are: (arguments, shown, printed) of each.

    With `timing_s`, what times is graded by the packaged rubric with this as the budget of its stopwatch.
    """
    shutil.copytree(SUBMISSIONS, folder / "submissions", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "docs" / "samples", folder / "docs" / "samples", ignore=shutil.ignore_patterns("__pycache__")
    )
    found = []
    for arguments, shown in BLOCK.findall("".join(file.read_text() for file in DOCUMENTS)):
        in_haste = timing_s is not None and arguments.startswith("submissions/")
        options = ("--rubric", _hasty(folder / "hasty.yaml", timing_s)) if in_haste else ()
        done = run(*arguments.split(), *options, cwd=folder)
        found.append((arguments, shown, done.stdout))
    return found


def _hasty(path: Path, timing_s: float | None) -> Path:
    """The packaged rubric, which calls itself the same, with smaller images.

    There are so many that loops are timed on a few of them, however unevenly they run, and loops earn nothing, so that
    six pairs of calls tell enough of them.
    """
    rubric = load_rubric(DEFAULT_RUBRIC)
    items = "".join(f"  - {{id: {item.id}, {SMALLER}}}\n" for item in rubric.items if item.kind == "speed")
    path.write_text(
        f"schema: convgrade/1\nextends: {DEFAULT_RUBRIC.name}\nname: {rubric.name}\n"
        f"limits: {{timing_s: {timing_s}}}\nitems:\n{items}"
    )
    return path
