"""A class that looks at the live board while results come: how long does it wait, and is anybody sent away?

    python -m benchmarks.serve [CLIENTS] [RESULTS] [SECONDS] [STUDENTS]        (200 40 40 60)

`grade serve` is a process, and what stores a result now and then another. Every client does what the page does in a
browser: it listens to the events, and within 1.5 s after each it asks for the board, zipped, on a connection that it
keeps. One of ten looks at a student's page then, another at the JSON. All come from one address, as from a lecture
hall. Printed are milliseconds as the clients see them, beside those of a client that is alone with the server.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from benchmarks.class_run import peak_bytes
from benchmarks.made_up import MadeUp
from grader.records import Who
from grader.server.links import links_of

_SPREAD_S = 1.5
_BOARD, _PAGE, _JSON, _TOLD = "the board", "a student's page", "the JSON", "from stored to told"


@dataclass
class _Seen:
    """What all clients saw."""

    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds, by what was asked for."""
    statuses: Counter[object] = field(default_factory=Counter)
    """An error of the connection has its name for a status."""


@dataclass
class _Client:
    """Somebody with the board in a browser."""

    port: int
    page: str
    seen: _Seen
    stored: list[float]
    """When each result was stored, the latest last."""
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    version: str = ""

    async def listen(self) -> None:
        """Listen to the events, and ask for what they tell of, until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        asking: set[asyncio.Task[None]] = set()
        try:
            status, _ = await _head(reader)
            self.seen.statuses[status] += 1
            while line := await reader.readline():
                version = line.decode().strip().removeprefix("data: ")
                if not line.startswith(b"data: ") or version == self.version:
                    continue
                if self.version:
                    self.seen.times[_TOLD].append(time.time() - self.stored[-1])
                self.version = version
                if not any(not task.done() for task in asking):
                    asking = {asyncio.create_task(self.look())}
        finally:
            for task in asking:
                task.cancel()
            writer.close()

    async def look(self) -> None:
        """Ask for the board, as the page does, and sometimes for more."""
        await asyncio.sleep(random.uniform(0, _SPREAD_S))
        await self.ask(_BOARD, "/")
        match random.randrange(10):
            case 0:
                await self.ask(_PAGE, self.page)
            case 1:
                await self.ask(_JSON, "/api/results")

    async def ask(self, what: str, path: str) -> None:
        """Ask, and note how long all of the answer takes."""
        begun = time.perf_counter()
        try:
            if self.connection is None or self.connection[1].is_closing() or self.connection[0].at_eof():
                self.connection = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.connection
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
            status, length = await _head(reader)
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.seen.statuses[type(error).__name__] += 1
            self.connection = None
            return
        self.seen.times[what].append(time.perf_counter() - begun)
        self.seen.statuses[status] += 1


async def _head(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Status and length of an answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = re.search(r"content-length: (\d+)", head)
    return int(head.split(" ")[1]), int(length[1]) if length else 0


async def _alone(port: int, page: str) -> _Seen:
    """One client that asks for everything, one after the other."""
    client = _Client(port, page, _Seen(), [])
    for _ in range(100):
        for what, path in ((_BOARD, "/"), (_PAGE, page), (_JSON, "/api/results")):
            await client.ask(what, path)
    return client.seen


async def _run(port: int, pages: list[str], clients: int, results: Path, count: int, seconds: float) -> _Seen:
    """So many clients, while results come."""
    seen, stored = _Seen(), [0.0]
    people = [_Client(port, pages[number % len(pages)], seen, stored) for number in range(clients)]
    listening = [asyncio.create_task(each.listen()) for each in people]
    await asyncio.sleep(3)
    storing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.serve", "--store", str(results), str(count), str(seconds),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert storing.stdout is not None
    while line := await storing.stdout.readline():
        stored.append(float(line))
    await storing.wait()
    await asyncio.sleep(4)
    for task in listening:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*listening)
    return seen


def store(results: Path, count: int, seconds: float) -> None:
    """Be the process that stores a result now and then, and say when each was stored."""
    with MadeUp.in_(results) as made_up:
        for number in range(count):
            print(time.time(), flush=True)
            made_up.hand_in(_who(random.randrange(60)), 0.01 * 1.1**number)
            time.sleep(seconds / count)


def _who(number: int) -> Who:
    return Who(f"s{number}", f"Student {number}", f"s{number}.py")


def _print(sizes: dict[int, _Seen]) -> bool:
    """The tables; whether there was no error but 429."""
    rows = []
    for clients, seen in sizes.items():
        for what in (_BOARD, _PAGE, _JSON, _TOLD):
            times = sorted(1000 * each for each in seen.times[what])
            if len(times) > 1:
                cuts = statistics.quantiles(times, n=100)
                shown = (f"{time:.1f}" for time in (cuts[49], cuts[94], cuts[98], times[-1]))
                rows.append([clients, what, len(times), *shown])
    print(tabulate(rows, ["clients", "what", "answers", "median ms", "95 %", "99 %", "most"]))
    statuses = sum((seen.statuses for seen in sizes.values()), Counter[object]())
    print("statuses:", ", ".join(f"{count} times {status}" for status, count in statuses.most_common()))
    return set(statuses) <= {200, 304, 429}


def _serve_and_look(base: Path, clients: int, count: int, seconds: float, students: int) -> bool:
    results = base / "results"
    with MadeUp.in_(results) as made_up:
        for number in range(students):
            made_up.hand_in(_who(number), 10 ** random.uniform(-2.5, -0.5))
        made_up.publish()
    pages = [f"/s/{links_of(results).student(_who(number).id)}" for number in range(students)]
    command = [sys.executable, "-m", "grader", "serve", str(results), "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        port = int(re.findall(r":(\d+)/", server.stderr.readline())[0])
        sizes = {1: asyncio.run(_alone(port, pages[0]))}
        before = _cpu_s(server.pid)
        sizes[clients] = asyncio.run(_run(port, pages, clients, results, count, seconds))
        used, peak = _cpu_s(server.pid) - before, peak_bytes(server.pid) / 2**20
    finally:
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=30)
    holds = _print(sizes)
    print(f"the server: {used:.1f} s of CPU time with {clients} clients, {peak:.0f} MiB at most, "
          f"exit status {server.returncode} after Ctrl-C")  # fmt: skip
    return holds and server.returncode == 0 and "defect" not in said


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Run it; 1 where there was another error than 429."""
    if sys.argv[1:2] == ["--store"]:
        store(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[])
    given = parser.parse_args().sizes
    clients, count, seconds, students = given + [200, 40, 40, 60][len(given) :]
    with TemporaryDirectory() as base:
        return 0 if _serve_and_look(Path(base), clients, count, seconds, students) else 1


if __name__ == "__main__":
    sys.exit(main())
