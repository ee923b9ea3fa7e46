"""`grade extend RESULTS ID`."""

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import WHOSE, Command
from grader.command_line.decisions import deciding, told_by
from grader.errors import UsageError
from grader.said import escape, say

if TYPE_CHECKING:
    from grader.classroom.attempts import Attempt
    from grader.rubric.model import WholeRubric


@dataclass(frozen=True, kw_only=True)
class ExtendOptions:
    """Its options."""

    results: Path
    id: str
    until: str | None
    undo: bool
    reason: str
    by: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    parser.add_argument("id", metavar="ID", help=WHOSE)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--until", type=parsing.moment, metavar="TIME", help="the due time, as 2026-02-03T23:59-08:00")
    what.add_argument("--undo", action="store_true", help="let the rubric's due time count again")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; the student reads it")
    parser.add_argument("--by", metavar="NAME", help="who decides (default: your user name)")


def run(options: ExtendOptions) -> int:
    """Keep the due time that a person gives; the exit status."""
    from grader.records import Extension

    if not (options.undo or options.reason.strip()):
        raise UsageError("--until needs a --reason: the student and the next instructor read it")
    reason, by = told_by(options.reason, options.by)
    extension = Extension(options.until, reason, by, datetime.now(UTC).isoformat(timespec="seconds"))
    with deciding(options.results, options.id) as (folder, rubric, attempt):
        _check(extension.until, attempt, rubric)
        folder.extend(attempt.id, extension, rubric)
        if folder.store.has_several(attempt.id):
            again = "grade the class again with --attempt best, and the one that is best now counts"
            say(escape(f"{attempt.id} handed in several times: {again}"))
    return 3 if folder.failures.kinds else 0


def _check(until: str | None, attempt: "Attempt", rubric: "WholeRubric") -> None:
    """Whether it changes anything: what is late, when that was handed in, and that the time is a later one."""
    if until is None:
        if attempt.extension is None:
            raise UsageError(f"there is nothing to undo: {attempt.id} has no extension")
        return
    if rubric.late is None:
        raise UsageError("the rubric has no `late`, so nothing has a due time; see docs/rubric.md")
    if attempt.computed.late is None and attempt.verdict != "missing":  # who was ill may hand in later
        why = f"{attempt.id}: it is not known when this was handed in, so a due time changes nothing"
        raise UsageError(f"{why}. A --map with a column submitted_at tells it: grade the hand-in with one first")
    if datetime.fromisoformat(until) <= datetime.fromisoformat(rubric.late.due):
        raise UsageError(f"--until {until}: is no later than the rubric's due time, {rubric.late.due}")


COMMAND = Command(
    name="extend",
    help="give one submission a later due time",
    usage="RESULTS ID --until TIME --reason TEXT [options]",
    add_options=add_options,
    options=ExtendOptions,
    run=run,
    description="Give one submission a later due time than the rubric's `late.due`. Reports say\n"
    "so. It holds when the class is graded again.",
)
