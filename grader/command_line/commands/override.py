"""`grade override RESULTS ID`."""

import argparse
import getpass
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line.command import Command
from grader.errors import UsageError, did_you_mean
from grader.said import escape

if TYPE_CHECKING:
    from grader.classroom.folder import ResultsFolder
    from grader.classroom.store import Attempt
    from grader.records import Override


@dataclass(frozen=True, kw_only=True)
class OverrideOptions:
    """Options of `grade override`."""

    results: Path
    id: str
    item: str | None
    points: float | None
    undo: bool
    reason: str
    by: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="the results folder")
    parser.add_argument("id", metavar="ID", help="the submission")
    parser.add_argument("--item", metavar="ITEM", help="the item of the rubric; without it the whole mark")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--points", type=float, metavar="P", help="the points that count from now on")
    what.add_argument("--undo", action="store_true", help="let the computed points count again")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; the student reads it")
    parser.add_argument("--by", metavar="NAME", help="who decides (default: your user name)")


def run(options: OverrideOptions) -> int:
    """Keep what a person decided, and print what the mark is now; the exit status."""
    from grader.classroom.folder import open_results, results_in
    from grader.reports.base import marks, one_line

    override = _override(options)
    open_results(options.results).close()  # says so where it is none, before a lock is made in it
    with results_in(options.results, verbose=False) as folder:
        last, attempt = folder.store.last_run(), _attempt(folder, options)
        if last is None:
            raise UsageError(f"{options.results}: was graded by an older convgrade; grade the class again")
        _check(override, attempt)
        folder.override(options.id, override, last.rubric)
        now = _attempt(folder, options).report
    print(f"{one_line(now.who.name)}: {marks(now)}, before: {marks(attempt.report)}")
    return 3 if folder.failures.kinds else 0


def _override(options: OverrideOptions) -> "Override":
    from grader.records import Override

    if not (options.undo or options.reason.strip()):
        raise UsageError("--points needs a --reason: the student and the next instructor read it")
    by = _user() if options.by is None else options.by
    at = datetime.now(UTC).isoformat(timespec="seconds")
    reason, by = (escape(" ".join(text.split())) for text in (options.reason, by))
    return Override(options.item, options.points, reason, by, at)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a user without a name, as in some containers
        raise UsageError("your user has no name here; say who decides with --by NAME") from error


def _attempt(folder: "ResultsFolder", options: OverrideOptions) -> "Attempt":
    attempt = folder.store.latest_of(options.id)
    if attempt is None:
        known = did_you_mean(options.id, folder.store.ids())
        raise UsageError(f"{options.results}: has no submission {options.id}{known}")
    return attempt


def _check(override: "Override", attempt: "Attempt") -> None:
    """Whether there is such an item, and the points are within what it has; or something to undo."""
    if override.points is None:
        if all(each.item != override.item for each in attempt.overrides):
            what = f"the item {override.item}" if override.item else "the whole mark"
            raise UsageError(f"there is nothing to undo: nobody has decided about {what} of {attempt.id}")
        return
    most = {item.id: item.max_points for item in attempt.report.items}
    if override.item is not None and override.item not in most:
        raise UsageError(f"the rubric has no item {override.item}{did_you_mean(override.item, list(most))}")
    highest = math.fsum(most.values()) if override.item is None else most[override.item]
    if not 0 <= override.points <= highest:
        raise UsageError(f"--points {override.points:g}: has to be between 0 and {highest:g}, which is all there is")


COMMAND = Command(
    name="override",
    help="give points by hand, over those that were computed",
    usage="RESULTS ID --points P --reason TEXT [options]",
    add_options=add_options,
    options=OverrideOptions,
    run=run,
    description="Give points by hand, for an item or the whole mark. Reports show them with those\n"
    "that were computed. They hold when the class is graded again.",
)
