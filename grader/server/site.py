"""Which request gets which answer. It is an ASGI application; all of a path is compared as it came, undecoded."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from time import monotonic

from grader.reports import leaderboard_page
from grader.said import say
from grader.server.answers import PRIVATE, Answer, Receive, Scope, Send, html, page, said, shared, start
from grader.server.connection import ADMISSION
from grader.server.hosts import is_ours
from grader.server.limits import Admission, Limits
from grader.server.live import Live
from grader.server.pages import REPORTS, read_page

_BEAT_S = 15.0
"""Something is sent to who listens at least as often, so that proxies do not take the connection for dead."""
_RETRY_MS = 3000
LONGEST_REQUEST = 16 * 2**10
"""Bytes of a request's path and headers, whether it comes at once or, which is for uvicorn to see, in pieces."""
_WRONG_COSTS = 9
"""More than a request for what is there."""
_BOARD = html(f"script-src {' '.join(leaderboard_page.script_hashes())}", "connect-src 'self'")


@dataclass(frozen=True, slots=True)
class Site:
    """What is served of a results folder."""

    results: Path
    live: Live
    instructor: str
    """The secret of the instructor's link."""
    limits: Limits
    names: Collection[str]
    """The names, in small letters, by which the server may be asked for, beside localhost and addresses."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self._turned_away(scope) or self._refusal(scope)
        if answer is None and scope["raw_path"] == b"/events" and scope["method"] == "GET":
            return await self._stream(receive, send)
        return await (answer or await self._answer(scope)).send(send)

    def _turned_away(self, scope: Scope) -> Answer | None:
        """What is said where too much is asked at a time."""
        if self.limits.may_ask(scope["client"][0], monotonic()) and scope["state"][ADMISSION] is Admission.SERVED:
            return None
        later = {"retry-after": "5", "connection": "close"}
        return said(HTTPStatus.TOO_MANY_REQUESTS, "Too many at a time; try again in a moment.", later)

    def _refusal(self, scope: Scope) -> Answer | None:
        """Why this is not even looked at, if it is not."""
        headers, closing = dict(scope["headers"]), {"connection": "close"}
        if not is_ours(headers.get(b"host", b"").decode("latin-1"), self.names):
            return said(HTTPStatus.MISDIRECTED_REQUEST, "This server has another name.", closing)
        if scope["method"] not in ("GET", "HEAD"):
            allowed = {"allow": "GET, HEAD", **closing}
            return said(HTTPStatus.METHOD_NOT_ALLOWED, "Nothing can be handed in or changed here.", allowed)
        if sum(map(len, (scope["raw_path"], scope["query_string"], *chain(*scope["headers"])))) > LONGEST_REQUEST:
            return said(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "This request is too long.", closing)
        if headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
            return said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A request has no body here.", closing)
        return None

    async def _answer(self, scope: Scope) -> Answer:
        try:
            answer = await self._found(scope)
        except Exception as error:  # a defect of ours: it costs this answer
            say(f"a defect in the server: {type(error).__name__}: {error}")
            return said(HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed; tell your instructor.")
        if answer is None:
            self.limits.charge(scope["client"][0], _WRONG_COSTS)
            return said(HTTPStatus.NOT_FOUND, "There is nothing here.", PRIVATE)
        return answer

    async def _found(self, scope: Scope) -> Answer | None:
        snapshot = self.live.now
        match scope["raw_path"].decode("ascii").split("/"):
            case ["", ""]:
                return shared(snapshot.board, scope["headers"], _BOARD)
            case ["", "api", "results"]:
                return shared(snapshot.results, scope["headers"], {"content-type": "application/json"})
            case ["", "s", secret]:
                return await self._page(self._name_of(secret), REPORTS)
            case ["", "i", secret, ""] if compare_digest(secret, self.instructor):
                return await self._page("index.html")
            case ["", "i", secret, "reports", name] if (
                compare_digest(secret, self.instructor) and name in snapshot.pages
            ):
                return await self._page(name, REPORTS)
        return None

    def _name_of(self, secret: str) -> str | None:
        """The file that a student's secret leads to. All are compared, so that time does not tell how near it came."""
        found = None
        for known, name in self.live.now.students.items():
            if compare_digest(known, secret):
                found = name
        return found

    async def _page(self, name: str | None, below: str | None = None) -> Answer | None:
        data = None if name is None else await asyncio.to_thread(read_page, self.results, name, below=below)
        return None if data is None else page(data)

    async def _stream(self, receive: Receive, send: Send) -> None:
        """Tell of each new board, as server-sent events, until the client has gone."""
        kind = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
        await send(start(HTTPStatus.OK, kind))
        await _event(send, f"retry: {_RETRY_MS}\n")
        with self.live.telling() as news:
            gone = asyncio.create_task(_wait_for_end(receive))
            gone.add_done_callback(lambda _: news.set())
            try:
                while not (gone.done() or self.live.is_closed):
                    news.clear()
                    await _event(send, f"event: board\ndata: {self.live.now.version}\n\n")
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), _BEAT_S)
            finally:
                gone.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _event(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _wait_for_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
