"""What a person decides about a mark: for the commands `override`, `mark` and `extend`."""

import argparse
import getpass
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import WHOSE
from grader.errors import UsageError, did_you_mean
from grader.said import escape

if TYPE_CHECKING:
    from grader.classroom.attempts import Attempt
    from grader.classroom.folder import ResultsFolder
    from grader.records import GradeReport, Override
    from grader.rubric.model import WholeRubric


@dataclass(frozen=True, kw_only=True)
class DecisionOptions:
    """Options of both."""

    results: Path
    id: str
    item: str | None
    points: float | None
    undo: bool
    reason: str
    by: str | None


def add_decision(parser: argparse.ArgumentParser, *, any_item: bool, reason: str) -> None:
    """Add them.

    Args:
        parser: of the command.
        any_item: whether no item is the whole mark; otherwise one has to be named.
        reason: help of `--reason`.
    """
    without = "; without it the whole mark" if any_item else ""
    parser.add_argument("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    parser.add_argument("id", metavar="ID", help=WHOSE)
    parser.add_argument("--item", required=not any_item, metavar="ITEM", help=f"the item of the rubric{without}")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--points", type=parsing.number, metavar="P", help="the points that count from now on")
    what.add_argument("--undo", action="store_true", help="take them back")
    parser.add_argument("--reason", default="", metavar="TEXT", help=reason)
    parser.add_argument("--by", metavar="NAME", help="who decides (default: your user name)")


def decide(options: DecisionOptions, kind: str | None = None) -> int:
    """Keep what a person decided, and print what the mark is now; the exit status.

    Args:
        options: of the command.
        kind: the only kind of item that may be decided about; None for all, and the whole mark.
    """
    override = _override(options)
    with deciding(options.results, options.id) as (folder, rubric, attempt):
        _check(override, attempt, kind)
        folder.override(attempt.id, replace(override, out_of=_most(attempt.report, override.item)), rubric)
    return 3 if folder.failures.kinds else 0


@contextmanager
def deciding(results: Path, whose: str) -> "Iterator[tuple[ResultsFolder, WholeRubric, Attempt]]":
    """A results folder, what it is graded by and a submission, to keep a decision about it; prints the mark then.

    Raises:
        UsageError: where there is no such folder or submission.
    """
    from grader.classroom.folder import open_results, results_in
    from grader.classroom.meant import attempt_meant
    from grader.reports.base import marks, one_line

    open_results(results).close()  # says so where it is none, before a lock is made in it
    with results_in(results, verbose=False) as folder:
        last, attempt = folder.store.last_run(), attempt_meant(folder.store, whose)
        if last is None:
            raise UsageError(f"{results}: was graded by an older convgrade; grade the class again")
        before = attempt.report
        yield folder, last.rubric, attempt
        now = folder.store.decided(attempt.computed)
    print(f"{one_line(now.who.name)}: {marks(now)}, before: {marks(before)}")


def _override(options: DecisionOptions) -> "Override":
    from grader.records import Override

    reason, by = told_by(options.reason, options.by)
    return Override(options.item, options.points, reason, by, datetime.now(UTC).isoformat(timespec="seconds"))


def told_by(reason: str, by: str | None) -> tuple[str, str]:
    """Why, and who decides (None for whoever runs this), each as a line to show."""
    return escape(" ".join(reason.split())), escape(" ".join((_user() if by is None else by).split()))


def _most(report: "GradeReport", item: str | None) -> float | None:
    """The most points of an item, or of the whole mark; None where it has no such item any more."""
    if item is None:
        return report.max_score
    return next((each.max_points for each in report.items if each.id == item), None)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a user without a name, as in some containers
        raise UsageError("your user has no name here; say who decides with --by NAME") from error


def _check(override: "Override", attempt: "Attempt", kind: str | None) -> None:
    """Whether there is such an item, and the points are within what it has; or something to undo."""
    if override.points is None:
        if all(each.item != override.item for each in attempt.overrides):
            what = f"the item {override.item}" if override.item else "the whole mark"
            raise UsageError(f"there is nothing to undo: nobody has decided about {what} of {attempt.id}")
        return
    items = {item.id: item for item in attempt.report.items if kind in (None, item.kind)}
    if override.item is not None and override.item not in items:
        of_kind = f" of `kind: {kind}`" if kind else ""
        if not items:
            raise UsageError(f"the rubric has no item{of_kind}; `grade override` changes points that were computed")
        meant, there = did_you_mean(override.item, list(items)), ", ".join(items)
        raise UsageError(f"the rubric has no item {override.item}{of_kind}{meant}; there are: {there}")
    counted = items.values() if override.item is None else [items[override.item]]
    highest = math.fsum(item.max_points for item in counted)
    if not 0 <= override.points <= highest:
        raise UsageError(f"--points {override.points:g}: has to be between 0 and {highest:g}, which is all there is")
