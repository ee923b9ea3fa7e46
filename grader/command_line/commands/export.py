"""`grade export RESULTS --to NAME`."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.command_line.command import Command
from grader.errors import UsageError, system_says
from grader.exports.kinds import export_names
from grader.said import say


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Options of `grade export`."""

    results: Path
    to: str
    into: Path | None
    out: Path | None
    column: str | None
    overwrite: bool
    scale: bool


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("results", type=Path, metavar="RESULTS", help="the results folder")
    add("--to", required=True, choices=export_names(), help="the gradebook or the form of table")
    add("--into", type=Path, metavar="FILE", help="the gradebook that was downloaded: the marks are filled in")
    add("--out", type=Path, metavar="FILE", help="write there, and leave what was downloaded as it is")
    add("--column", metavar="TITLE", help="which column of the gradebook, where there are several")
    add("--overwrite", action="store_true", help="replace marks that are in the gradebook already")
    add("--scale", action="store_true", help="convert marks to the gradebook's maximum, where it is another")


def run(options: ExportOptions) -> int:
    """Write the marks; the exit status is 1 where somebody's could not be placed."""
    from grader.classroom.files import write_asked_for
    from grader.classroom.folder import open_results
    from grader.exports.base import Options, find_export

    export = find_export(options.to)
    if export.needs_file != (options.into is not None):
        need = "name the file that was downloaded with --into" if export.needs_file else "--into is not for it"
        raise UsageError(f"--to {options.to}: {need}")
    data = None if options.into is None else _read(options.into)
    with open_results(options.results) as store:
        reports = [attempt.report for attempt in store.latest(store.ids())]
    filled = export.fill(reports, data, Options(options.column, options.overwrite, options.scale))
    path = options.out or options.into
    if path is None:
        print(filled.data.decode(), end="")
        sys.stdout.flush()
    else:
        write_asked_for(path, filled.data)
    for line in filled.left:
        say(line)
    if path is not None:
        say(f"{filled.written} marks are in {path}")
    return int(bool(filled.left))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {system_says(error)}") from error


COMMAND = Command(
    name="export",
    help="write marks into a gradebook",
    usage="RESULTS --to NAME [options]",
    add_options=add_options,
    options=ExportOptions,
    run=run,
    description="Write marks into the gradebook that was downloaded, in which nothing else\n"
    "changes, or into a new table.",
    stops="nothing was written",
)
