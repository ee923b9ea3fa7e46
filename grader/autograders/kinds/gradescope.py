"""Gradescope: a zip with `setup.sh` and `run_autograder`, or an image made from Gradescope's own.

Source: Gradescope's autograder documentation (gradescope/autograder_samples and its docs repository, 2025).
"""

import json
from collections.abc import Mapping
from pathlib import Path

from grader.autograders.base import Autograder, Files, HandedIn, Parts
from grader.autograders.results import failure_into_file, into_file
from grader.autograders.scripts import in_image, with_setup
from grader.messages import OUR_FAULT
from grader.records import Entry, Member, Place

_DOCKERFILE = """\
FROM gradescope/autograder-base:ubuntu-22.04
COPY source /autograder/source
RUN cp /autograder/source/run_autograder /autograder/run_autograder \\
 && chmod +x /autograder/run_autograder /autograder/source/setup.sh \\
 && /autograder/source/setup.sh
"""


def handed_in(root: Path) -> HandedIn:
    """Who handed in and when, and when it is due, as `submission_metadata.json` says."""
    told = json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))
    members = tuple(_member(user) for user in told["users"])
    if not members:
        raise ValueError("submission_metadata.json names no user")
    place = root / "submission"
    entry = Entry(
        members[0].id,
        ", ".join(member.name for member in members),
        str(place),
        Place(str(place)),
        submitted_at=told["created_at"],
        email=members[0].email,
        members=members if len(members) > 1 else (),
    )
    return HandedIn(entry, told["assignment"].get("due_date"))


def _member(user: Mapping[str, object]) -> Member:
    email = user.get("email")
    return Member(str(user["id"]), str(user["name"]), None if email is None else str(email))


def _files(parts: Parts) -> Files:
    return with_setup("gradescope", "/autograder", parts)


AUTOGRADER = Autograder(
    handed_in=handed_in,
    tell=into_file("gradescope"),
    failed=failure_into_file({"output": OUR_FAULT, "output_format": "text"}),
    files=_files,
    image=lambda parts: in_image(_DOCKERFILE, _files(parts)),
)
