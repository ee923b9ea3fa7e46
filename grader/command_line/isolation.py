"""The layers of isolation that the command line wants."""

import argparse
from dataclasses import dataclass

from grader.sandbox.inside.confine import LAYERS


@dataclass(frozen=True, kw_only=True)
class IsolationOptions:
    """Options of the commands that run submissions."""

    isolation: str
    """`strict`, `auto` or `none`."""
    without: list[str]
    """Layers that are left out."""


def add_isolation(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "--isolation",
        choices=("strict", "auto", "none"),
        default="auto",
        help="strict refuses to run with a layer missing; none runs submissions unconfined; default: auto",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=LAYERS,
        metavar="LAYER",
        help=f"leave out a layer of isolation ({', '.join(LAYERS)}), to find out what it does; may be repeated",
    )


def layers(options: IsolationOptions) -> tuple[str, ...]:
    """All of them, but for what `--isolation none` and `--without` leave out."""
    if options.isolation == "none":
        return ()
    return tuple(layer for layer in LAYERS if layer not in options.without)
