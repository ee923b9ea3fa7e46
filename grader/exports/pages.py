"""A student's page as a file with any ending, for platforms that show it under the name of what was handed in."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

Report = Callable[[str], bytes]
"""A student's report as a file with this ending: `.html`, `.md` or `.txt`."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def _zipped(report: Report) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("report.html", _EPOCH), report(".html"), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _commented(report: Report) -> bytes:
    lines = report(".txt").decode().splitlines()
    return "".join(f"# {line}".rstrip() + "\n" for line in lines).encode()


def _notebook(report: Report) -> bytes:
    cell = {"cell_type": "markdown", "id": "report", "metadata": {}, "source": report(".md").decode()}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


_MADE: Mapping[str, Callable[[Report], bytes]] = {
    ".html": lambda report: report(".html"),
    ".txt": lambda report: report(".txt"),
    ".md": lambda report: report(".md"),
    ".py": _commented,
    ".ipynb": _notebook,
    ".zip": _zipped,
}


def can_be(name: str) -> bool:
    """Whether a page can be a file of this name."""
    return PurePosixPath(name).suffix.lower() in _MADE


def page_as(name: str, report: Report) -> bytes:
    """A page that opens as what its name says: HTML, or for code a comment, a notebook of one cell, or an archive."""
    return _MADE[PurePosixPath(name).suffix.lower()](report)
