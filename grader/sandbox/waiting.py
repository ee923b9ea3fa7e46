"""Waiting for another process, and doing meanwhile what has to be done anyway."""

import select
from collections.abc import Callable

Meanwhile = Callable[[], bool]
"""Does a bit of it, in a millisecond or so; whether there was something to do."""


def nothing() -> bool:
    """There is nothing to do meanwhile."""
    return False


def ready(poll: select.poll, longest_s: float, meanwhile: Meanwhile) -> list[tuple[int, int]]:
    """As `poll.poll`: what is ready, nothing after so many seconds in which there was nothing to do either."""
    while meanwhile():
        if found := poll.poll(0):
            return found
    return poll.poll(1000 * longest_s)
