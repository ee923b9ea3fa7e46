"""A connection that waits for nobody.

uvicorn says how long a connection may idle after a request, but not how long a request may take to arrive, nor how long
an answer may take to be read. So whoever sends a byte a minute, or reads none, would keep a connection for ever.
"""

import asyncio
from time import monotonic
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from grader.server.limits import Admission, Limits

REQUEST_S = 10.0
"""A request has to arrive within this time after the connection was made, or after the answer before."""
READING_S = 30.0
"""Within this time a client has to read what was written to it last: 64 KiB at most."""
ADMISSION = "admission"
"""In the `state` of a request, what `Limits.enter` said of its connection."""


class Connection(H11Protocol):
    """uvicorn's, with deadlines, and counted.

    Args:
        limits: of all connections.
        others: as uvicorn has them.
    """

    def __init__(self, limits: Limits, **others: Any) -> None:
        super().__init__(**others)
        self._limits = limits
        self._address: str | None = None
        self._deadlines: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and let the first request come."""
        connected = cast(asyncio.Transport, transport)
        super().connection_made(connected)
        connected.set_write_buffer_limits(high=0)  # `pause_writing` is called for any byte that cannot be sent at once
        if self.client is None:  # it has gone already
            connected.abort()
            return
        self._address = self.client[0]
        admission = self._limits.enter(self._address, monotonic())
        if admission is Admission.DROPPED:
            connected.abort()
        self.app_state = {ADMISSION: admission}
        self._set("request", REQUEST_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it off."""
        super().connection_lost(exc)
        for name in tuple(self._deadlines):
            self._lift(name)
        if self._address is not None:
            self._limits.leave(self._address)

    def data_received(self, data: bytes) -> None:
        """Once a request is whole, its deadline is kept."""
        super().data_received(data)
        if self._is_answering():
            self._lift("request")

    def on_response_complete(self) -> None:
        """Let the next request come, unless it is there already."""
        super().on_response_complete()
        if not self._is_answering():
            self._set("request", REQUEST_S)

    def pause_writing(self) -> None:
        """There is something to read for the client."""
        super().pause_writing()
        self._set("reading", READING_S)

    def resume_writing(self) -> None:
        """It has been read."""
        super().resume_writing()
        self._lift("reading")

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _set(self, name: str, seconds: float) -> None:
        self._lift(name)
        if not self.transport.is_closing() or name == "reading":
            self._deadlines[name] = self.loop.call_later(seconds, self.transport.abort)

    def _lift(self, name: str) -> None:
        if name in self._deadlines:
            self._deadlines.pop(name).cancel()
