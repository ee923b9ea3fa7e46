"""GitHub: a workflow for the repository that students get, and a zip beside it with the grader and the rubric.

The libraries are not in it: the workflow fetches these very files, by their hashes. It grades what is pushed, writes
the report into the job's summary, and each lost mark as an annotation of the line that it is about. Actions are pinned
to the commits of their releases. When something was pushed is what students say, so lateness is not applied.
Source: GitHub's documentation of workflow syntax; the tags of actions/checkout and actions/setup-python.
"""

import hashlib
import os
from pathlib import Path

from grader.autograders.base import Autograder, Files, HandedIn, Parts
from grader.autograders.packing import as_zip
from grader.autograders.scripts import PYTHON
from grader.exports.base import Options
from grader.exports.kinds.github import EXPORT
from grader.messages import OUR_FAULT
from grader.records import Entry, GradeReport, Place

_ZIP = ".github/convgrade.zip"
_WORKFLOW = f"""\
# Grades what is pushed, and shows the mark in the job's summary. Made by `grade build github`.
name: grade
on: [push, workflow_dispatch]
permissions:
  contents: read
concurrency:
  group: grade-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  grade:
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "{PYTHON}"
      - name: Install the grader
        run: |
          python -P -m zipfile -e {_ZIP} "$RUNNER_TEMP/convgrade"
          python -P -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \\
            --requirement "$RUNNER_TEMP/convgrade/requirements.txt"
      - name: Grade
        run: |
          export PYTHONPATH="$RUNNER_TEMP/convgrade/convgrade"
          python -P -m grader.autograders.inside github "$RUNNER_TEMP/convgrade" "$GITHUB_WORKSPACE"
"""


def _files(parts: Parts) -> Files:
    packed = as_zip({**parts.grader, "requirements.txt": _requirements(parts.wheels).encode()})
    return {".github/workflows/convgrade.yml": _WORKFLOW.encode(), _ZIP: packed}


def _requirements(wheels: Files) -> str:
    """Lines for pip that take these very files."""
    return "".join(
        f"{'=='.join(name.split('-')[:2])} --hash=sha256:{hashlib.sha256(data).hexdigest()}\n"
        for name, data in wheels.items()
    )


def handed_in(root: Path) -> HandedIn:
    """What lies in the repository, under its name: that is the student's or the team's."""
    name = os.environ.get("GITHUB_REPOSITORY", "").rpartition("/")[2] or root.name
    return HandedIn(Entry(name, name, str(root), Place(str(root))))


def _tell(root: Path, report: GradeReport) -> None:
    filled = EXPORT.fill([report], None, Options())
    _say(filled.data.decode(), filled.printed)


def _failed(root: Path) -> None:
    _say(f"{OUR_FAULT}\n", f"::error title=grade::{OUR_FAULT}\n")


def _say(summary: str, annotations: str) -> None:
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        file.write(summary)
    print(annotations, end="", flush=True)


AUTOGRADER = Autograder(handed_in=handed_in, tell=_tell, failed=_failed, files=_files)
