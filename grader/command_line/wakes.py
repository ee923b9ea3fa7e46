"""When a watch looks: each item of these iterators is a time to."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.arrivals import SETTLE_S

_TICK_MS, _TOGETHER_MS = 1000, 300
_LOOK_ANYWAY_S = 30.0
"""Some file systems do not tell of what other machines change."""


def twice() -> Iterator[None]:
    """Twice, so that what is still changing can be told."""
    yield
    time.sleep(SETTLE_S)
    yield


def whenever(path: Path, stop: Callable[[], bool], is_waiting: Callable[[], bool]) -> Iterator[None]:
    """At once, when something changes, every second while somebody waits, and now and then in any case.

    Args:
        path: the folder.
        stop: whether to end.
        is_waiting: whether somebody waits.
    """
    from watchfiles import watch as changes

    looked = time.monotonic()
    yield
    told = changes(
        path, stop_event=_Stopped(stop), rust_timeout=_TICK_MS, debounce=_TOGETHER_MS, yield_on_timeout=True,
        raise_interrupt=False, ignore_permission_denied=True, watch_filter=None,
    )  # fmt: skip
    for changed in told:
        if changed or is_waiting() or time.monotonic() - looked > _LOOK_ANYWAY_S:
            looked = time.monotonic()
            yield


@dataclass(frozen=True)
class _Stopped:
    """What `watchfiles` asks whether it is to stop."""

    stop: Callable[[], bool]

    def is_set(self) -> bool:
        return self.stop()
