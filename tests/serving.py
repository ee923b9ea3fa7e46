"""A server of a made-up results folder in a process of its own, and what is sent to it byte by byte."""

import csv
import io
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.made_up import MadeUp
from grader.records import Member, Who
from tests.cli import ENVIRONMENT, grade

DEADLINE_S = 2.0
"""In place of the server's own deadlines, which are longer than a test should wait."""
CLIENTS, CLIENTS_EACH = 280, 40
_PATCHED = f"""\
import grader.server.connection as connection
connection.REQUEST_S = connection.READING_S = {DEADLINE_S}
from grader.command_line.main import entry_point
entry_point()
"""
CLASS = (
    *(Who(f"id{i}", f"Student {i}", f"/home/prof/hw/id{i}.py", email=f"id{i}@example.edu") for i in range(5)),
    Who("idg", "Group", "/home/prof/hw/g.py", members=(Member("ida", "Ann", "a@x.edu"), Member("idb", "=Bob"))),
)
SECRET = "nobody may read this"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Running:
    """The server."""

    process: "subprocess.Popen[str]"
    results: Path
    url: str
    instructor: str
    """The path of the instructor's link."""
    _ratios: Iterator[float] = field(default_factory=lambda: (10 * 1.2**number for number in count()))

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    def connect(self, source: int) -> socket.socket:
        """A connection from 127.0.1.`source`, which is an address like any other: each test has one of its own."""
        return socket.create_connection(("127.0.0.1", self.port), 20, (f"127.0.1.{source}", 0))

    def exchange(self, sent: bytes, source: int) -> bytes:
        """All that is said to these bytes."""
        with self.connect(source) as connection:
            connection.sendall(sent)
            return read_all(connection)

    def ask(self, path: str, source: int, method: str = "GET", **headers: str) -> Reply:
        """Ask for a path exactly as it is given."""
        fields = {"Host": "localhost", "Connection": "close"} | {k.replace("_", "-"): v for k, v in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value)]
        return parsed(self.exchange("\r\n".join([*lines, "", ""]).encode("latin-1"), source))

    def links(self) -> dict[str, str]:
        """By name, the path of everybody's link."""
        done = grade("serve", self.results, "--links", "--url", self.url)
        return {
            row["name"]: row["link"].removeprefix(self.url[:-1]) for row in csv.DictReader(io.StringIO(done.stdout))
        }

    def hand_in(self, *people: Who) -> None:
        """Results come, each faster than all before."""
        with MadeUp.in_(self.results) as made_up:
            for who in people:
                made_up.hand_in(who, next(self._ratios))


def read_all(connection: socket.socket) -> bytes:
    """Until the server has no more to say, or cuts the connection off."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionError:
        pass
    return b"".join(pieces)


def parsed(answer: bytes) -> Reply:
    """An answer that was cut off has status 0."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
    return Reply(int(first.split(" ")[1]) if first else 0, headers, body)


@contextmanager
def running() -> Iterator[Running]:
    """Start it, and end it as a person would; nothing may have changed in the folder by its doing."""
    base = Path(mkdtemp(prefix="convgrade-served-"))
    results = base / "results"
    (base / "secret.txt").write_text(SECRET)
    with MadeUp.in_(results) as made_up:
        for number, who in enumerate(CLASS):
            made_up.hand_in(who, 0.1 * 2**number)
        made_up.publish()
    command = [sys.executable, "-c", _PATCHED, "serve", str(results), "--port", "0"]
    command += ["--clients", str(CLIENTS), "--clients-per-address", str(CLIENTS_EACH)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(3)]
        url, instructor = (re.findall(r"http\S+", line)[0] for line in said[:2])
        yield Running(process, results, url, instructor.removeprefix(url[:-1]))
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        shutil.rmtree(base)
