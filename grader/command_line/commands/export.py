"""`grade export RESULTS --to NAME`."""

import argparse
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.command_line.command import Command
from grader.errors import UsageError, did_you_mean, system_says
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
    add("--to", required=True, metavar="NAME", help="canvas, csv, junit or moodle")
    add("--into", type=Path, metavar="FILE", help="the gradebook that was downloaded: the marks are filled in")
    add("--out", type=Path, metavar="FILE", help="write there, and leave what was downloaded as it is")
    add("--column", metavar="TITLE", help="which column of the gradebook, where there are several")
    add("--overwrite", action="store_true", help="replace marks that are in the gradebook already")
    add("--scale", action="store_true", help="convert marks to the gradebook's maximum, where it is another")


def run(options: ExportOptions) -> int:
    """Write the marks; the exit status is 1 where somebody's could not be placed."""
    from grader.classroom.folder import open_results
    from grader.exports import exports
    from grader.exports.base import Options

    known = exports()
    export = known.get(options.to)
    if export is None:
        raise UsageError(f"--to {options.to}: there are {', '.join(known)}{did_you_mean(options.to, list(known))}")
    if export.needs_file != (options.into is not None):
        need = "name the file that was downloaded with --into" if export.needs_file else "--into is not for it"
        raise UsageError(f"--to {options.to}: {need}")
    data = None if options.into is None else _read(options.into)
    with open_results(options.results) as store:
        reports = [attempt.report for attempt in store.latest(store.ids())]
    filled = export.fill(reports, data, Options(options.column, options.overwrite, options.scale))
    _write(options.out or options.into, filled.data)
    for line in filled.left:
        say(line)
    if options.out or options.into:
        say(f"{filled.written} marks are in {options.out or options.into}")
    return int(bool(filled.left))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {system_says(error)}") from error


def _write(path: Path | None, data: bytes) -> None:
    """Whole or not at all, or to standard output."""
    if path is None:
        print(data.decode(), end="")
        sys.stdout.flush()
        return
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(f"{path}: cannot be written: {system_says(error)}") from error


COMMAND = Command(
    name="export",
    help="write marks into a gradebook",
    usage="RESULTS --to NAME [options]",
    add_options=add_options,
    options=ExportOptions,
    run=run,
    description="Write marks into a gradebook: canvas and moodle fill in the file that was\n"
    "downloaded and change nothing else in it; csv and junit make a file.",
    stops="nothing was written",
)
