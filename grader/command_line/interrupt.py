"""How a run that takes long is interrupted."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from grader.said import say


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Ctrl-C or SIGTERM: what runs is finished, what waits is left; a second time ends at once.

    Yields what tells whether that has happened.
    """
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        if stopped:
            raise KeyboardInterrupt
        stopped = True
        say("finishing the submissions that are running; press Ctrl-C again to stop at once")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
