"""PrairieLearn: an image for external grading; its files are not where PrairieLearn puts its own.

Source: the documentation of external grading, PrairieLearn/PrairieLearn: the submission is in `/grade/student`, and
`/grade/results/results.json` is read. It tells neither who handed in nor when.
"""

from pathlib import Path

from grader.autograders.base import Autograder, HandedIn
from grader.autograders.scripts import SETUP, run_script
from grader.messages import OUR_FAULT
from grader.records import Entry, Place

_DOCKERFILE = """\
FROM debian:bookworm-slim
COPY source /convgrade/source
RUN cp /convgrade/source/run_autograder /convgrade/run_autograder \\
 && chmod +x /convgrade/run_autograder /convgrade/source/setup.sh \\
 && /convgrade/source/setup.sh
"""


def handed_in(root: Path) -> HandedIn:
    """What lies in the folder `student`."""
    place = root / "student"
    if not place.is_dir():
        raise ValueError(f"{place}: PrairieLearn put no submission there")
    return HandedIn(Entry("submission", "submission", str(place), Place(str(place))))


AUTOGRADER = Autograder(
    scripts={"setup.sh": SETUP, "run_autograder": run_script("prairielearn", "/grade")},
    dockerfile=_DOCKERFILE,
    handed_in=handed_in,
    failed={"gradable": False, "format_errors": [OUR_FAULT]},
    needs_image=True,
)
