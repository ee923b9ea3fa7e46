"""Secret links: who has one sees one student's page, and nothing else. They follow from a key and an id."""

import csv
import hashlib
import hmac
import io
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.classroom.pseudonyms import load_key
from grader.errors import UsageError, named_paths
from grader.records import Who
from grader.reports.base import spreadsheet_cell

KEY = "links.key"
"""Lies in the results folder. Without it every link is another one."""
_TOKEN_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Links:
    """What makes the secret part of a link."""

    key: bytes = field(repr=False)

    def student(self, id: str) -> str:
        """The secret of a student's page: HMAC-SHA256 (RFC 2104) of the id, 160 bits of it.

        >>> Links(b"key").student("alice")
        '9b9da4e99ddc89b4c0ac6553b58fc1753f1569fe'
        """
        return self._token("student", id)

    def instructor(self) -> str:
        """The secret of the pages of all."""
        return self._token("instructor", "")

    def _token(self, kind: str, id: str) -> str:
        message = f"{kind}\0{id}".encode("utf-8", "surrogatepass")
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()[:_TOKEN_DIGITS]


def links_of(results: Path) -> Links:
    """Those of a results folder; its key is made if it is not there.

    Raises:
        UsageError: where the key can be neither read nor made, or where others than its owner can read it.
    """
    path = results / KEY
    with named_paths():
        if path.is_symlink():
            raise UsageError(f"{path}: is a link; put the key itself there, or delete it for a new one")
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UsageError(
                f"{path}: others can read it, and with it every link; delete it for new links, or `chmod 600 {path}`"
            )
    return Links(load_key(path, "secret links")[0])


def url_of(host: str, port: int) -> str:
    """A URL of this server, as a person on this machine can use it."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def mail_merge(links: Links, people: Iterable[Who], url: str) -> str:
    """A table of everybody's link (CSV); a row for each member of a group, who share one.

    Args:
        links: of the results folder.
        people: who handed in.
        url: of the server, ending in a slash.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "name", "email", "link"])
    for who in people:
        link = f"{url}s/{links.student(who.id)}"
        writer.writerows([*map(spreadsheet_cell, person), link] for person in _persons(who))
    return text.getvalue()


def _persons(who: Who) -> Iterator[tuple[str, str, str]]:
    for person in who.members or (who,):
        yield person.id, person.name, person.email or ""
