"""Autolab: `autograde-Makefile`, and `autograde.tar` with everything else, also the libraries as they are imported.

Autolab puts both beside the hand-in, under its name in the assessment, into an empty folder, and runs `make` as a user
with few rights. Standard output and standard error are one to it, and students see both. The last line has the points;
where that is none, each problem gets 0. So standard error goes into a file, and the Makefile itself prints a last line
that leaves the points open where the grader did not come so far. Autolab tells neither who handed in nor when.
Source: the guide for lab authors and `assessment_autograde_core.rb` of autolab/Autolab;
`autodriver.c` of autolab/Tango.
"""

import shlex
import sys
from pathlib import Path

from grader.autograders.base import Autograder, Files, HandedIn, Parts
from grader.autograders.packing import as_tar, below, installed
from grader.autograders.results import rendered
from grader.autograders.scripts import PYTHON
from grader.messages import OUR_FAULT
from grader.records import Entry, GradeReport, Place
from grader.reports.forms.autolab import without_scores

_FOLDER, _TAR, _MAKEFILE = "convgrade-autograder", "autograde.tar", "Makefile"
_RUN = f"""\
#!/bin/sh
# Grades the hand-in in the current folder. The exit status is 0 or 3 where the last line has been printed.
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH="$here/convgrade:$here/libraries"
exec python{PYTHON} -P -m grader.autograders.inside autolab "$here" "$PWD" 2>"$here/errors.txt"
"""


def _files(parts: Parts) -> Files:
    packed = {**parts.grader, **below("libraries", installed(parts.wheels)), "run_autograder": _RUN.encode()}
    return {"autograde-Makefile": _makefile(parts).encode(), _TAR: as_tar(below(_FOLDER, packed))}


def _makefile(parts: Parts) -> str:
    """What Autolab runs; its shell gets `$` as `$$`."""
    lines = OUR_FAULT, without_scores(item.id for item in parts.rubric.items).rstrip("\n")
    told = " ".join(map(shlex.quote, lines)).replace("$", "$$")
    return f"""\
# Where the grader fails, the last line leaves the points open: run `make` again in a folder with these files and the
# hand-in, and see {_FOLDER}/errors.txt.
all:
\t@tar xzf {_TAR} && sh {_FOLDER}/run_autograder; \\
\tcase $$? in 0|3) ;; *) printf '%s\\n' {told} ;; esac
"""


def handed_in(root: Path) -> HandedIn:
    """The one thing that lies beside Autolab's own and ours."""
    found = [path for path in root.iterdir() if path.name not in (_MAKEFILE, _TAR, _FOLDER)]
    if len(found) != 1:
        raise ValueError(f"{root}: there are {len(found)} hand-ins: {sorted(path.name for path in found)}")
    return HandedIn(Entry("submission", "submission", str(found[0]), Place(str(found[0]))))


def _tell(root: Path, report: GradeReport) -> None:
    sys.stdout.write(rendered("autolab", report))
    sys.stdout.flush()


AUTOGRADER = Autograder(handed_in=handed_in, tell=_tell, failed=None, files=_files)
