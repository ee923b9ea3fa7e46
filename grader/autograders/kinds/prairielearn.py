"""PrairieLearn: an image for external grading; its files are not where PrairieLearn puts its own.

Source: the documentation of external grading, PrairieLearn/PrairieLearn: the submission is in `/grade/student`, and
`/grade/results/results.json` is read. It tells neither who handed in nor when.
"""

from pathlib import Path

from grader.autograders.base import Autograder, HandedIn
from grader.autograders.results import failure_into_file, into_file
from grader.autograders.scripts import in_image, with_setup
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
    handed_in=handed_in,
    tell=into_file("prairielearn"),
    failed=failure_into_file({"gradable": False, "format_errors": [OUR_FAULT]}),
    image=lambda parts: in_image(_DOCKERFILE, with_setup("prairielearn", "/grade", parts)),
)
