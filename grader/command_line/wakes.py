"""When a watch looks: each item of these iterators is a time to."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.arrivals import SETTLE_S

_TICK_MS, _TOGETHER_MS = 1000, 300
_LOOK_ANYWAY_S = 30.0
"""Some file systems do not tell of what other machines change."""
_MOST_FOLDERS = 4096
"""So many are watched: the system has a limit for each user. What changes in others is seen later."""
_NO_TEXT = re.compile("[\ud800-\udfff]")
"""Stands for a byte of a name that is no UTF-8."""


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
    looked = time.monotonic()
    yield
    for changed in _changes(path, stop):
        if changed or is_waiting() or time.monotonic() - looked > _LOOK_ANYWAY_S:
            looked = time.monotonic()
            yield


def _changes(path: Path, stop: Callable[[], bool]) -> Iterator[bool]:
    """Every second, and when it happens, whether something may have changed.

    What students hand in ends this never: a name that the watcher cannot read, links to large trees, or more folders
    than the system watches.
    """
    from watchfiles import watch

    while not stop():
        folders, is_watched = _folders_in(path), False
        told = watch(
            *folders, recursive=False, stop_event=_Stopped(stop), rust_timeout=_TICK_MS, debounce=_TOGETHER_MS,
            yield_on_timeout=True, raise_interrupt=False, ignore_permission_denied=True, watch_filter=None,
        )  # fmt: skip
        try:
            for changed in told:
                yield bool(changed) or not is_watched  # whatever happened before it was watched
                is_watched = True
                if changed and _folders_in(path) != folders:
                    break
        except (RuntimeError, OSError, ValueError):
            time.sleep(_TICK_MS / 1000)
            yield is_watched


def _folders_in(path: Path) -> list[str]:
    """It and the folders below it whose names are text, those near it first; links are not followed."""
    found = [os.fspath(path)]
    for folder in found:
        with suppress(OSError), os.scandir(folder) as inside:
            found += sorted(one.path for one in inside if _can_be_watched(one))
        if len(found) > _MOST_FOLDERS:
            break
    return found[:_MOST_FOLDERS]


def _can_be_watched(one: os.DirEntry[str]) -> bool:
    return one.is_dir(follow_symlinks=False) and not _NO_TEXT.search(one.name)


@dataclass(frozen=True)
class _Stopped:
    """What `watchfiles` asks whether it is to stop."""

    stop: Callable[[], bool]

    def is_set(self) -> bool:
        return self.stop()
