"""The newest snapshot of a results folder, and who waits for the next."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from grader.errors import GradeError
from grader.said import say
from grader.server.snapshot import Snapshot

_LOOK_S = 0.5
_REST = 4
"""After a snapshot has been read, rest so many times as long as that took: no more than a fifth of a processor."""


class Live:
    """Keeps a snapshot up to date.

    Args:
        stamp: something else once there may be another snapshot; cheap.
        read: the snapshot. It is called in a thread.
    """

    def __init__(self, stamp: Callable[[], object], read: Callable[[], Snapshot]) -> None:
        self._stamp, self._read = stamp, read
        self._seen = stamp()
        self.now = read()
        self.is_closed = False
        self._told: set[asyncio.Event] = set()
        self._failed = 0

    @contextmanager
    def telling(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is something else, or nothing more to come."""
        event = asyncio.Event()
        self._told.add(event)
        try:
            yield event
        finally:
            self._told.discard(event)

    async def watch(self) -> None:
        """Look for changes until cancelled."""
        while True:
            begun = monotonic()
            await self.look()
            await asyncio.sleep(max(_LOOK_S, _REST * (monotonic() - begun)))

    async def look(self) -> None:
        """Read the snapshot again if it has changed. What cannot be read now is shown as it was."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        try:
            found = await asyncio.to_thread(self._read)
        except Exception as error:  # whatever it is, the board stays
            self._failed += 1
            if self._failed == 2:  # once is no news: somebody may be writing
                what = str(error) if isinstance(error, GradeError) else f"{type(error).__name__}: {error}"
                say(f"{what}; showing what was there before")
            return
        self._seen, self._failed = stamp, 0
        is_news, self.now = found.version != self.now.version, found
        if is_news:
            self._tell()

    def close(self) -> None:
        """Nothing more will come."""
        self.is_closed = True
        self._tell()

    def _tell(self) -> None:
        for event in self._told:
            event.set()
