"""Serve a results folder until interrupted."""

import asyncio
import resource
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import uvicorn

from grader.errors import UsageError, system_says
from grader.said import say
from grader.server.connection import REQUEST_S, Connection
from grader.server.limits import Limits
from grader.server.links import Links, url_of
from grader.server.live import Live
from grader.server.site import LONGEST_REQUEST, Site
from grader.server.snapshot import Snapshots, stamp_of

_BACKLOG = 4096
_GOODBYE_S = 3
_SPARE_FILES = 64
"""Descriptors for all but connections."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is to be served, and how."""

    results: Path
    links: Links
    host: str
    """An address of this machine, or a name of one."""
    port: int
    """0 for any that is free."""
    url: str | None
    """How students reach the server, where it is not by `host` and `port`; ends in a slash."""
    clients: int
    clients_each: int


def serve(served: Served, tell: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        served: what, and how.
        tell: is called with the server's URL once it listens.

    Raises:
        UsageError: where the address cannot be had, or nothing can be read in the folder.
    """
    folder, links = served.results, served.links
    live = Live(partial(stamp_of, folder), Snapshots(folder, links).read)
    limits = Limits(_affordable(served.clients), served.clients_each)
    site = Site(folder, live, links.instructor(), limits, _names(served))
    with _listening(served) as listening:
        tell(served.url or url_of(served.host, listening.getsockname()[1]))
        asyncio.run(_Server(_config(site), live).run_with(listening))


def _config(site: Site) -> uvicorn.Config:
    """uvicorn's, for HTTP/1.1 and nothing else."""
    return uvicorn.Config(
        cast(Any, site), http=cast(Any, partial(Connection, site.limits)), ws="none", loop="asyncio", lifespan="off",
        interface="asgi3", h11_max_incomplete_event_size=LONGEST_REQUEST, timeout_keep_alive=int(REQUEST_S),
        timeout_graceful_shutdown=_GOODBYE_S, backlog=_BACKLOG, proxy_headers=False, server_header=False,
        access_log=False,  # secret links would be in it
        log_config=None, log_level="critical",  # whoever sends nonsense would fill the disk
    )  # fmt: skip


class _Server(uvicorn.Server):
    """One that looks for new results, says goodbye to those who listen, and takes a signal as a wish to end."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def run_with(self, listening: socket.socket) -> None:
        """Serve, and watch the results folder meanwhile."""
        watching = asyncio.create_task(self._live.watch())
        try:
            await self.serve(sockets=[listening])
        finally:
            watching.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which would never end."""
        self._live.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, which raises them again in the end; here that end is as it should be."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listening(served: Served) -> socket.socket:
    """A socket at the first address of a host.

    Raises:
        UsageError: where that is not possible.
    """
    host, port = served.host, served.port
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(cast(Any, address[:2]), family=family, backlog=_BACKLOG)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the end of an answer may wait for 40 ms
        return listening
    except OSError as error:
        raise UsageError(f"cannot listen at {host}, port {port}: {system_says(error)}") from error


def _names(served: Served) -> Sequence[str]:
    """By which the server may be asked for."""
    url = urlsplit(served.url or "").hostname
    return [served.host.lower(), *([url] if url else [])]


def _affordable(clients: int) -> int:
    """So many clients, or as many as this process may have files for: those who are turned away take one, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * clients + _SPARE_FILES
    if soft < wanted:
        with suppress(ValueError, OSError):
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    possible = (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _SPARE_FILES) // 2
    if possible < clients:
        say(f"{possible} clients at a time, not {clients}: raise the limit of open files (`ulimit -n {wanted}`)")
    return max(1, min(clients, possible))
