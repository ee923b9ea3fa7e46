"""`grade doctor`."""

import argparse
from dataclasses import dataclass

from grader.command_line.command import Command
from grader.command_line.isolation import IsolationOptions, add_isolation, layers


@dataclass(frozen=True, kw_only=True)
class DoctorOptions(IsolationOptions):
    """Options of `grade doctor`."""

    format: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("--format", choices=("terminal", "json"), default="terminal", help="default: terminal")
    add_isolation(parser)


def run(options: DoctorOptions) -> int:
    """Look at this machine and print what was found; the exit status."""
    from grader.command_line.terminal import width
    from grader.doctor import examine
    from grader.reports import doctor

    found = examine(layers(options))
    print(doctor.as_json(found) if options.format == "json" else doctor.terminal(found, width()))
    return 0


COMMAND = Command(
    name="doctor",
    help="say how well this machine isolates submissions and measures time",
    usage="[options]",
    add_options=add_options,
    options=DoctorOptions,
    run=run,
)
