"""How reports are printed, as the command line wants it."""

import argparse
from dataclasses import dataclass

from grader.reports.forms import form_names


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """Options of the commands that print reports."""

    format: str
    audience: str
    """`instructor` or `student`."""
    verbosity: int
    """-1 quiet, 0, 1 verbose."""

    @property
    def is_for_one(self) -> bool:
        """Whether what is printed in this form can hold one submission only."""
        from grader.reports.form import find_form

        return find_form(self.format).is_alone

    def all_of(self, folder: str) -> str:
        """Where the same is for each submission of a results folder."""
        from grader.reports.form import find_form

        if find_form(self.format).ending:
            return f"the pages of all are in {folder}/reports/"
        return f"`grade export {folder} --to {self.format}` writes all"


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "--format",
        choices=form_names(),
        default="terminal",
        help="default: terminal; json is JSON Lines, html a page of one submission",
    )
    parser.add_argument(
        "--audience",
        choices=("instructor", "student"),
        default="instructor",
        help="student: only pass, partial or fail for hidden items, and no total; default: instructor",
    )
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument(
        "-q", "--quiet", dest="verbosity", action="store_const", const=-1, default=0, help="one line for each"
    )
    loudness.add_argument(
        "-v", "--verbose", dest="verbosity", action="store_const", const=1,
        help="add traits, printed output, isolation, and tracebacks of judge errors",
    )  # fmt: skip
