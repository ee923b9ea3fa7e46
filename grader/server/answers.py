"""What the server says, and the headers that it says it with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from grader.server.snapshot import Body

Scope = Mapping[str, Any]
"""A request, as ASGI has it."""
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
_CHUNK = 64 * 2**10
"""So much of an answer is waiting at most for a client that reads slowly."""
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_FOR_ALL = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # a secret link does not go on to where its page leads
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
PRIVATE = {"cache-control": "private, no-store", "x-robots-tag": "noindex, nofollow"}
"""For what a secret link leads to."""
PUBLIC = {"cache-control": "no-cache"}
"""For what everybody sees: it may be kept, but is asked for again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, all of which is there."""

    status: int
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside those that all answers have."""

    def start(self) -> Mapping[str, Any]:
        """The message that begins it."""
        sizes = {} if self.status == HTTPStatus.NOT_MODIFIED else {"content-length": str(len(self.data))}
        return start(self.status, {**self.headers, **sizes})

    async def send(self, send: Send) -> None:
        """Send it piece by piece, each when the one before has been read."""
        await send(self.start())
        for begin in range(0, len(self.data), _CHUNK):
            await send({"type": "http.response.body", "body": self.data[begin : begin + _CHUNK], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def start(status: int, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """The message that begins an answer with the headers of all answers and these."""
    shown = {**_FOR_ALL, "content-security-policy": _NOTHING, **headers}
    pairs = [(name.encode(), value.encode()) for name, value in shown.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def said(status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A sentence for a person."""
    kind = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return Answer(status, f"{text}\n".encode(), {**kind, **(headers or {})})


def page(data: bytes) -> Answer:
    """A page that a secret link leads to."""
    return Answer(HTTPStatus.OK, data, {**PRIVATE, **html("script-src 'unsafe-inline'")})


def html(scripts: str, *more: str) -> dict[str, str]:
    """The headers of a page that asks nothing of any other server.

    Args:
        scripts: the directive that says which scripts may run.
        more: directives.
    """
    policy = "; ".join([_NOTHING, "style-src 'unsafe-inline'", "img-src data:", scripts, *more])
    return {"content-type": "text/html; charset=utf-8", "content-security-policy": policy}


def shared(body: Body, asked: Sequence[tuple[bytes, bytes]], headers: Mapping[str, str]) -> Answer:
    """What everybody sees: zipped for those who take it, and nothing for those who have it already.

    Args:
        body: of the answer.
        asked: the headers of the request.
        headers: of the answer.
    """
    given = dict(asked)
    tags = {"etag": f'"{body.etag}"', "vary": "accept-encoding"}
    if f'"{body.etag}"'.encode() in given.get(b"if-none-match", b""):
        return Answer(HTTPStatus.NOT_MODIFIED, b"", {**PUBLIC, **headers, **tags})
    if b"gzip" in given.get(b"accept-encoding", b""):
        return Answer(HTTPStatus.OK, body.gzipped, {**PUBLIC, **headers, **tags, "content-encoding": "gzip"})
    return Answer(HTTPStatus.OK, body.data, {**PUBLIC, **headers, **tags})
