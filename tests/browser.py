"""A page in headless Chromium, watched: what it logs and what it asks of a network."""

import atexit
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

_FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
WIDTHS = (320, 390, 710, 880, 1100)
"""The screens on which a page has to fit: phones, and a window around each change of the layout."""

INK = "getComputedStyle(document.body).color"
"""Says in a page which colour its text has."""


def chromium() -> str:
    """Where the browser is. `sh .ci/setup --with-chromium` installs it."""
    names = (os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "google-chrome")
    found = [path for name in names if (path := shutil.which(name))]
    assert found, "no Chromium: run `sh .ci/setup --with-chromium`, or name one in CHROMIUM"
    return found[0]


@cache
def _browser() -> Browser:
    """One until this process ends. Chromium's own sandbox needs an ordinary user, so as root it runs without."""
    flags = [*_FLAGS, "--no-sandbox"] if os.getuid() == 0 else _FLAGS
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)  # and the browser with it
    return playwright.chromium.launch(executable_path=chromium(), args=flags)


@dataclass
class Opened:
    """A page with what was seen of it."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


_idle: list[Page] = []
"""A page that nobody looks at: a new one is a new process of the browser, which takes half a second of CPU time."""


def _blank() -> Page:
    return _idle.pop() if _idle else _browser().new_context(device_scale_factor=2).new_page()


@contextmanager
def opened(
    file: Path | str, *, width: int = 1100, height: int = 800, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Opened]:
    """Open a file, or a URL, where nothing is left of what was open before.

    A page on which a test failed is not used again.
    """
    page = _blank()
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(media="null", color_scheme=scheme, reduced_motion="null")
    seen = Opened(page)
    watched: tuple[tuple[Any, Callable[[Any], None]], ...] = (
        ("console", lambda message: seen.console.append(message.text)),
        ("pageerror", lambda error: seen.console.append(str(error))),
        ("request", lambda request: seen.requests.append(request.url)),
    )
    for event, note in watched:
        page.on(event, note)
    try:
        page.goto(file if isinstance(file, str) else file.as_uri())
        yield seen
    except BaseException:  # an interrupt, too, leaves a page of which nobody knows what it shows
        page.context.close()
        raise
    for event, note in watched:
        page.remove_listener(event, note)
    page.context.clear_permissions()
    page.mouse.move(0, 0)
    page.goto("about:blank")
    _idle.append(page)
