"""`grade export RESULTS [ID] --to NAME`."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import WHOSE, Command
from grader.errors import UsageError, system_says
from grader.exports.kinds import export_names

if TYPE_CHECKING:
    from grader.classroom.store import Store
    from grader.exports.base import Export
    from grader.records import GradeReport


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Options of `grade export`."""

    results: Path
    id: str | None
    to: str
    into: Path | None
    out: Path | None
    feedback: Path | None
    column: str | None
    overwrite: bool
    scale: bool


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    add("id", nargs="?", metavar="ID", help=f"{WHOSE}; without it the whole class")
    names = export_names()
    add("--to", required=True, choices=names, metavar="NAME", help=f"the gradebook or form: {', '.join(names)}")
    add("--into", type=parsing.path, metavar="FILE", help="the gradebook that was downloaded: it is filled in")
    add(
        "--out",
        type=parsing.path,
        metavar="PATH",
        help="write the marks to this path, and leave the gradebook as it is",
    )
    add(
        "--feedback",
        type=parsing.path,
        metavar="ZIP",
        help="write each student's page, for the platform's bulk upload; --into is filled in, too",
    )
    add("--column", metavar="TITLE", help="which column of the gradebook, where there are several")
    add("--overwrite", action="store_true", help="replace marks that are in the gradebook already")
    add("--scale", action="store_true", help="convert marks to the gradebook's maximum, where it is another")


def run(options: ExportOptions) -> int:
    """Write the marks, the pages, or both; the exit status is 1 where somebody's could not be placed."""
    from grader.classroom.folder import open_results
    from grader.command_line.exporting import write_feedback, write_filled
    from grader.exports.base import Filled, Handed, Options, find_export
    from grader.said import say

    export = find_export(options.to)
    _check(options, export)
    data = None if options.into is None else _read(options.into)
    with open_results(options.results) as store:
        reports = [_as_needed(report, export) for report in _reports(store, options)]
    chosen = Options(options.column, options.overwrite, options.scale)
    handed, filled = Handed({}), Filled()
    if options.feedback is not None and export.feedback is not None:
        handed = export.feedback(reports, data, chosen)
    is_filled = data is not None or not export.needs_file
    if is_filled:
        filled = export.fill(reports, data, chosen)
    if options.feedback is not None and options.into is not None and options.out is None:
        say(f"the marks are filled into {options.into}, too; --out FILE leaves it as it is")
    if options.feedback is not None:
        write_feedback(options.feedback, options.results, handed)
    if is_filled:
        write_filled(filled, options.out or options.into, export, one=None if options.id is None else reports[0].who.id)
        for note in filled.notes:
            say(note)
        _say_what_is_unmarked(reports)
        _say_who_is_untimed(reports)
    left = dict.fromkeys([*filled.left, *handed.left])
    for line in left:
        say(line)
    return int(bool(left))


def _say_what_is_unmarked(reports: "Sequence[GradeReport]") -> None:
    """How many marks a person has yet to give points for, and are marks all the same."""
    from grader.said import escape, say

    waiting = [report.unmarked for report in reports if report.unmarked]
    items = " and ".join(dict.fromkeys(item.title for some in waiting for item in some))
    if waiting:
        count = "1 mark lacks" if len(waiting) == 1 else f"{len(waiting)} marks lack"
        say(escape(f"{count} the points that a person gives for {items}: `grade mark`, and export again"))


def _say_who_is_untimed(reports: "Sequence[GradeReport]") -> None:
    """Whose marks are without speed, where others' are with it."""
    from grader.said import escape, say

    untimed = [report.who.name for report in reports if report.is_untimed]
    if untimed and any(report.is_timed for report in reports):
        say(escape(f"marked without speed, while others are marked with it: {'; '.join(untimed)}"))


def _reports(store: "Store", options: ExportOptions) -> "Iterator[GradeReport]":
    from grader.classroom.meant import attempt_meant

    if options.id is not None:
        return iter([attempt_meant(store, options.id).report])
    return (attempt.report for attempt in store.latest(store.ids()))


def _as_needed(report: "GradeReport", export: "Export") -> "GradeReport":
    """Without what is told of a result, where only the mark is wanted: a large class is in memory at once."""
    if not export.needs_file:
        return report
    items = (replace(item, explanation=None, counterexample=None, traits=None) for item in report.items)
    return replace(report, items=tuple(items), listings=(), stdout="")


def _check(options: ExportOptions, export: "Export") -> None:
    """Raise where the options do not go together."""
    to = f"--to {options.to}"
    if options.feedback is not None and export.feedback is None:
        raise UsageError(f"{to}: --feedback is not for it: there is no upload of feedback for all students")
    needs_file = export.needs_file if options.feedback is None else export.feedback_needs_file
    if needs_file and options.into is None:
        raise UsageError(f"{to}: name the file that was downloaded with --into")
    if options.into is not None and not export.needs_file:
        raise UsageError(f"{to}: --into is not for it, since it makes a new file: leave it out")
    if options.out is None and export.out == "file":
        raise UsageError(f"{to}: name the file with --out")
    if options.out is None and export.out == "files" and options.id is None:
        raise UsageError(f"{to}: name a new folder with --out, or one submission: grade export RESULTS ID {to}")
    if options.out is not None and export.needs_file and options.into is None:
        raise UsageError(f"{to}: --out is where marks are written: name the file that was downloaded with --into")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {system_says(error)}") from error


COMMAND = Command(
    name="export",
    help="write marks into a gradebook",
    usage="RESULTS [ID] --to NAME [options]",
    add_options=add_options,
    options=ExportOptions,
    run=run,
    description="Write marks into the gradebook that was downloaded, in which nothing else\n"
    "changes, or into a new table; and each student's page for a platform's upload.",
    stops="nothing was written",
)
