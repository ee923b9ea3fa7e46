"""`grade explain RESULTS ID`."""

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import WHOSE, Command
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.classroom.attempts import Attempt
    from grader.classroom.store import Store


@dataclass(frozen=True, kw_only=True)
class ExplainOptions:
    """Options of `grade explain`."""

    results: Path
    id: str
    format: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    parser.add_argument("id", metavar="ID", help=WHOSE)
    parser.add_argument("--format", choices=("terminal", "json"), default="terminal", help="default: terminal")


def run(options: ExplainOptions) -> int:
    """Print how a mark came about; the exit status."""
    from grader.classroom.folder import open_results
    from grader.classroom.meant import attempt_meant
    from grader.command_line.terminal import width
    from grader.judging.account import account
    from grader.reports import account as forms
    from grader.rubric.homework import Homework

    with open_results(options.results) as store:
        attempt = attempt_meant(store, options.id)
        rubric = store.rubric_of(attempt.rubric_sha256)
        if rubric is None:
            raise UsageError(f"{options.results}: was graded by an older convgrade; grade the class again")
        told = account(Homework.of(rubric), attempt.findings, attempt.report, _facts(store, attempt))
    print(forms.json(told) if options.format == "json" else forms.terminal(told, width()))
    return 0


def _text(sha256: str) -> str:
    return f"sha256 {sha256}" if sha256 else "none"


def _facts(store: "Store", attempt: "Attempt") -> list[str]:
    """What it was graded by and when, and what its text was."""
    from grader.messages import best_of

    report = attempt.report
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    facts = [
        f"Rubric: {report.rubric['name']} ({attempt.rubric_sha256[:12]}), seed {report.seed}.",
        f"Run: {report.started_at}, {report.wall_s:.1f} s, {versions}.",
        f"Text: {_text(report.sha256 or attempt.sha256)}, from {report.who.source}.",
        *([] if report.who.attempt is None else [best_of(*report.who.attempt, report.who.submitted_at)]),
        *([report.late_note] if report.late_note else []),
        f"Times graded or marked again: {store.attempts_of(attempt.id)}; this is the last.",
    ]
    if any(item.points is not None and item.points < item.max_points for item in report.items if not item.bonus):
        facts.append(f"Why marks were lost: `{shlex.join(['grade', 'report', str(store.path.parent), attempt.id])}`.")
    for override in store.all_overrides_of(attempt.id):
        what = "the computed points count" if override.points is None else f"{override.points:g} points"
        reason = f": {override.reason}" if override.reason else ""
        facts.append(f"Decision: {override.at}, {override.by}, {override.item or 'the whole mark'}, {what}{reason}.")
    for extension in store.all_extensions_of(attempt.id):
        due = f"due {extension.until}" if extension.until else "the rubric's due time counts"
        reason = f": {extension.reason}" if extension.reason else ""
        facts.append(f"Extension: {extension.at}, {extension.by}, {due}{reason}.")
    last = store.last_run()
    if last is not None and attempt.rubric_sha256 != last.rubric.sha256:
        facts.append(
            "The last run of the class was by another rubric; this mark and its arithmetic are by the one above."
        )
    return facts


COMMAND = Command(
    name="explain",
    help="show how a mark came about, to the last point",
    usage="RESULTS ID [options]",
    add_options=add_options,
    options=ExplainOptions,
    run=run,
)
