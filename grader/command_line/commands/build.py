"""`grade build PLATFORM`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from grader.autograders.kinds import autograder_names
from grader.command_line import parsing
from grader.command_line.command import Command
from grader.errors import UsageError, named_paths


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """Its options."""

    platform: str
    rubric: Path | None
    out: Path
    docker: bool


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    names = autograder_names()
    parser.add_argument("platform", choices=names, metavar="PLATFORM", help=", ".join(names))
    parser.add_argument("--rubric", type=parsing.path, metavar="FILE", help="to grade by (default: cs231n-conv)")
    parser.add_argument("--out", type=parsing.path, required=True, metavar="ZIP", help="the file to write")
    parser.add_argument("--docker", action="store_true", help="write a context for `docker build`")


def run(options: BuildOptions) -> int:
    """Write the autograder; the exit status."""
    from grader.autograders.base import find_autograder
    from grader.autograders.packing import as_zip, parts_of
    from grader.classroom.files import write_asked_for
    from grader.command_line.options import rubric_file
    from grader.rubric.reading import load_rubric
    from grader.said import say

    autograder = find_autograder(options.platform)
    files = autograder.image if options.docker else autograder.files
    if files is None:
        only = "no image; leave out --docker" if options.docker else "an image only; say --docker with it"
        raise UsageError(f"{options.platform} takes {only}")
    with named_paths():
        rubric = load_rubric(rubric_file(options.rubric))
    say("fetching the libraries that it needs")
    data = as_zip(files(parts_of(rubric)))
    write_asked_for(options.out, data)
    print(f"{options.out}: {len(data) / 1e6:.0f} MB, {rubric.name}")
    return 0


COMMAND = Command(
    name="build",
    help="make an autograder for a platform",
    usage="PLATFORM --out ZIP [options]",
    add_options=add_options,
    options=BuildOptions,
    run=run,
    description="Make an autograder for a platform: the grader and a rubric in one zip, with what\n"
    "the platform needs to run it.",
)
