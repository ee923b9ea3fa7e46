"""What is told on stderr while something else is done. Whoever read it may have gone; that stops nothing."""

import sys
from contextlib import suppress


def say(text: str) -> None:
    """A line for a person."""
    with suppress(OSError):
        print(f"grade: {text}", file=sys.stderr, flush=True)
