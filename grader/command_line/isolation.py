"""The layers of isolation that the command line wants."""

import argparse

from grader.sandbox.inside.confine import LAYERS


def layers(options: argparse.Namespace) -> tuple[str, ...]:
    """All of them, but for what `--isolation none` and `--without` leave out."""
    if options.isolation == "none":
        return ()
    return tuple(layer for layer in LAYERS if layer not in options.without)
