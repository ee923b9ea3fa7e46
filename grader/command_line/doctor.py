"""`grade doctor`."""

import argparse

from grader.command_line.isolation import layers
from grader.doctor import examine
from grader.reports import doctor


def run(options: argparse.Namespace) -> int:
    """Look at this machine and print what was found; the exit status."""
    found = examine(layers(options))
    print(doctor.as_json(found) if options.format == "json" else doctor.terminal(found))
    return 0
