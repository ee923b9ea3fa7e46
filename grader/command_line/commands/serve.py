"""`grade serve RESULTS`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from grader.command_line import parsing
from grader.command_line.command import Command


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """Options of `grade serve`."""

    results: Path
    host: str
    port: int
    url: str | None
    links: bool
    clients: int
    clients_per_address: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    add("--host", default="127.0.0.1", help="the address to listen at; default: 127.0.0.1, for this machine alone")
    add("--port", type=parsing.whole_number(0, 65535), default=8000, help="default: 8000; 0 for any that is free")
    add(
        "--url",
        metavar="URL",
        help="how students reach the server, through a proxy for example: https://board.example.edu/",
    )
    add("--links", action="store_true", help="print everybody's secret link (CSV) and end, for a mail merge")
    number = parsing.whole_number(1, 100_000)
    add("--clients", type=number, default=2000, metavar="N", help="connections at a time; default: 2000")
    add(
        "--clients-per-address",
        type=number,
        default=500,
        metavar="N",
        help="connections from one address, and its requests within two seconds; default: 500",
    )


def run(options: ServeOptions) -> int:
    """Serve until interrupted, or print the links; the exit status."""
    from grader.command_line import serving

    return serving.print_links(options) if options.links else serving.serve(options)


COMMAND = Command(
    name="serve",
    help="show the live board and students' pages in browsers",
    usage="RESULTS [options]",
    add_options=add_options,
    options=ServeOptions,
    run=run,
    description="Serve a results folder until Ctrl-C: the board, which moves when a result comes,\n"
    "and each student's page by a secret link. Nothing can be handed in or changed.",
)
