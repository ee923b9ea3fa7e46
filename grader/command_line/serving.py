"""Serve a results folder, or print its links: what the command line says is checked, and what is risky is said."""

import ipaddress
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from grader.classroom.folder import open_results
from grader.command_line.commands.serve import ServeOptions
from grader.errors import UsageError
from grader.said import say
from grader.server.links import Links, links_of, mail_merge, url_of


def print_links(options: ServeOptions) -> int:
    """Everybody's link, as a table; the exit status."""
    url = _checked_url(options) or url_of(options.host, options.port)
    with open_results(options.results) as store:
        links = links_of(options.results)
        print(mail_merge(links, (attempt.report.who for attempt in store.latest(store.ids())), url), end="")
    return 0


def serve(options: ServeOptions) -> int:
    """Serve until interrupted; the exit status."""
    try:
        from grader.server.run import Served
        from grader.server.run import serve as run
    except ModuleNotFoundError as missing:
        raise UsageError("grade serve needs uvicorn; install it: pip install 'convgrade[serve]'") from missing
    url = _checked_url(options)
    with open_results(options.results):  # a key is made only where there are results
        links = links_of(options.results)
    if not _is(options.host, "is_loopback"):
        say("WARNING: whoever reaches this machine sees the board, and whoever listens on the way sees secret links; "
            "let a proxy with TLS stand in front (docs/serve.md)")  # fmt: skip
    limits = options.clients, options.clients_per_address
    run(Served(options.results, links, options.host, options.port, url, *limits), partial(_tell, links))
    return 0


def _tell(links: Links, url: str) -> None:
    say(f"the board is at {url}")
    say(f"the pages of all, for instructors only: {url}i/{links.instructor()}/")
    say("press Ctrl-C to stop")


def _checked_url(options: ServeOptions) -> str | None:
    """The URL that links begin with, ending in a slash, if there is one.

    Raises:
        UsageError: where it is none, or is missing.
    """
    if options.url is None:
        if _is(options.host, "is_unspecified"):
            raise UsageError(f"--host {options.host} needs --url: how students reach the server")
        return None
    parts = urlsplit(options.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"--url {options.url}: is not the URL of a server, such as https://board.example.edu/")
    return options.url.rstrip("/") + "/"


def _is(host: str, what: Literal["is_loopback", "is_unspecified"]) -> bool:
    """Whether a host is an address of this kind; names but `localhost` are of none."""
    try:
        return bool(getattr(ipaddress.ip_address("127.0.0.1" if host == "localhost" else host), what))
    except ValueError:
        return False
