"""A made-up class hands in again and again while `grade watch` runs, and is killed: is anything lost, or graded twice?

    python -m benchmarks.watch [--students 60] [--hand-ins 400] [--seconds 600] [--kills 5] [--racing]

Every other hand-in is copied slowly, in two halves. In the end everybody's last one must be graded, none of them twice,
no half of one, and the marks and who is on the board must be those of a batch run. By default all are vectorised and
nothing is timed. `--racing` times them, and everybody gets faster; there are hostile hand-ins, and copies. Then the
order must be that of a batch run, too, but for ties; and so must be that by `grade retime`, twice for the results of
the watch and once for those of the batch run.

Printed: how long it took from the arrival of a hand-in to the board that knows it, in each tenth of the run, and what
the watch's own process had in memory at the end of it.
"""

import argparse
import csv
import json
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median

from tabulate import tabulate

from benchmarks.made_up_students import Students, quick, racing

_QUICK = """\
schema: convgrade/1
extends: correctness-only.yaml
name: watched
cases: {count: 16}
limits: {call_s: 0.2}
leaderboard: {rank_by: score, eligible: all, attempt: latest}
"""
_WORKLOAD = "points: 10, workload: {x: [6, 3, 16, 16], w: [4, 3, 3, 3], stride: 1, pad: 1}, full_at: 4, zero_at: 0.0001"
RACING = f"""\
schema: convgrade/1
extends: cs231n-conv.yaml
name: raced
cases: {{count: 16}}
limits: {{call_s: 0.5, timing_s: 0.3}}
leaderboard: {{attempt: latest}}
items:
  - {{id: speed-forward, kind: speed, function: forward, {_WORKLOAD}}}
  - {{id: speed-backward, kind: speed, function: backward, {_WORKLOAD}}}
"""
_LOOK_S, _LAST_S = 0.05, 1800
_PARTS = 10


@dataclass
class Watch:
    """`grade watch`, and since when each hand-in is on the board that it writes."""

    folder: Path
    rubric: Path
    results: Path
    on_board: dict[str, float] = field(default_factory=dict)
    """By the digest of a text."""
    attempts: list[tuple[str, str]] = field(default_factory=list)
    """Whose each is, and the digest of its text."""
    _stored: list[str] = field(default_factory=list)
    """Digests of what is graded, and on no board yet."""
    _board_at: float = 0.0

    def __post_init__(self) -> None:
        self.command = _command("watch", self.folder, "--rubric", self.rubric, "--out", self.results, "-q", "--jobs", 2)
        self.process = subprocess.Popen(self.command)

    def look(self) -> None:
        """See what is graded by now, and what is on the board: that is, was seen to be graded before it was written."""
        page = self.results / "leaderboard.html"
        written = page.stat().st_mtime if page.exists() else 0.0
        if written > self._board_at:
            self._board_at = written
            for digest in self._stored:
                self.on_board.setdefault(digest, written)
            self._stored.clear()
        new = self._new()
        self.attempts += new
        self._stored += (digest for _, digest in new)

    def _new(self) -> list[tuple[str, str]]:
        if not (self.results / "results.sqlite").is_file():
            return []
        with closing(sqlite3.connect(self.results / "results.sqlite")) as database:
            query = "SELECT id, sha256 FROM attempts ORDER BY number LIMIT -1 OFFSET ?"
            return database.execute(query, (len(self.attempts),)).fetchall()

    def memory_mib(self) -> float:
        """What its own process has now."""
        match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(match[1]) / 1024 if match else 0.0

    def kill(self) -> None:
        """SIGKILL, and start it again."""
        self.process.kill()
        self.process.wait()
        self.process = subprocess.Popen(self.command)

    def end_when(self, wanted: set[tuple[str, str]]) -> None:
        """End it once all of these are graded and on the board."""
        deadline = time.monotonic() + _LAST_S
        while not (wanted <= set(self.attempts) and not self._stored) and time.monotonic() < deadline:
            self.look()
            time.sleep(_LOOK_S)
        self.process.terminate()
        self.process.wait()


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "grader", *map(str, arguments)]


@dataclass(frozen=True)
class Board:
    """What a results folder says of a class."""

    marks: Mapping[str, tuple[str, ...]]
    """By id, the verdict and the points that depend on no clock."""
    rows: Mapping[str, tuple[int, float]]
    """By name, rank and speed of those who are on the board."""

    @classmethod
    def of(cls, results: Path) -> "Board":
        """That of this folder."""
        with (results / "grades.csv").open(newline="") as file:
            timeless = [
                (row["id"], tuple(row[key] for key in row if key in ("verdict", "forward", "backward")))
                for row in csv.DictReader(file)
            ]
        shown = subprocess.run(_command("leaderboard", results, "--format", "json"), capture_output=True, check=True)
        rows = json.loads(shown.stdout)["rows"]
        return cls(
            dict(timeless),
            {row["name"]: (row["rank"], row["speed"]["ratio"] if row["speed"] else 1.0) for row in rows},
        )

    def differences(self, other: "Board") -> list[float]:
        """How far the speed of each is from that on another board, as shares."""
        return sorted(abs(self.rows[name][1] / other.rows[name][1] - 1) for name in self._on_both(other))

    def turned(self, other: "Board") -> tuple[int, int, int]:
        """How many pairs stand the other way round on another board, tie on either, and how many there are."""
        pairs = list(combinations(self._on_both(other), 2))
        signs = [self._sign(*pair) * other._sign(*pair) for pair in pairs]
        return sum(sign < 0 for sign in signs), sum(sign == 0 for sign in signs), len(pairs)

    def _on_both(self, other: "Board") -> list[str]:
        """Who is on another board, too."""
        return [name for name in self.rows if name in other.rows]

    def _sign(self, one: str, other: str) -> int:
        return (self.rows[one][0] > self.rows[other][0]) - (self.rows[one][0] < self.rows[other][0])


def _hand_in(them: Students, watch: Watch, options: argparse.Namespace) -> list[float]:
    """Let all of them hand in; the memory of the watch after each part."""
    kill_after = {options.hand_ins * (number + 1) // (options.kills + 1) for number in range(options.kills)}
    begun, memory = time.monotonic(), list[float]()
    while them.handed_in < options.hand_ins:
        while time.monotonic() < begun + options.seconds * them.handed_in / options.hand_ins:
            them.finish_copies()
            watch.look()
            time.sleep(_LOOK_S)
        them.hand_in()
        if them.handed_in in kill_after:
            watch.kill()
        if them.handed_in * _PARTS // options.hand_ins > len(memory):
            memory.append(watch.memory_mib())
    while them.are_copying:
        them.finish_copies()
        time.sleep(_LOOK_S)
    return memory


def _table(them: Students, watch: Watch, memory: Sequence[float]) -> str:
    """Waits and memory, part by part."""
    every = list(them.when)
    rows = []
    for part, mib in enumerate(memory):
        mine = every[len(every) * part // len(memory) : len(every) * (part + 1) // len(memory)]
        waits = sorted(watch.on_board[digest] - them.when[digest] for digest in mine if digest in watch.on_board)
        seconds = (median(waits), waits[int(0.95 * len(waits))], waits[-1]) if waits else ()
        rows.append([len(every) * (part + 1) // len(memory), len(waits), *(f"{s:.1f}" for s in seconds), f"{mib:.0f}"])
    headers = ["hand-ins", "graded", "median s", "95 %", "longest", "MiB"]
    return tabulate(rows, headers=headers, disable_numparse=True)


def _run(base: Path, options: argparse.Namespace) -> bool:
    folder, rubric, results, batch = (base / name for name in ("class", "rubric.yaml", "results", "batch"))
    folder.mkdir()
    rubric.write_text(RACING if options.racing else _QUICK)
    chance, begun = random.Random(1), time.monotonic()
    them = Students(folder, options.students, (racing if options.racing else quick)(chance), chance)
    watch = Watch(folder, rubric, results)
    memory = _hand_in(them, watch, options)
    watch.end_when(set(them.last.items()))
    print(f"{options.hand_ins} hand-ins of {options.students} students in {options.seconds} s, {options.kills} times "
          f"SIGKILL; graded: {len(watch.attempts)}, all within {time.monotonic() - begun:.0f} s")  # fmt: skip
    print(_table(them, watch, memory))
    subprocess.run(_command(folder, "--rubric", rubric, "--out", batch, "-q"), stdout=subprocess.DEVNULL, check=True)
    ours, theirs = Board.of(results), Board.of(batch)
    checks = {
        "everybody's last hand-in is graded": set(them.last.items()) <= set(watch.attempts),
        "none is graded twice": max(Counter(watch.attempts).values()) == 1,
        "no half of one is graded": {digest for _, digest in watch.attempts} <= set(them.when),
        "verdicts and points for correctness are those of a batch run": ours.marks == theirs.marks,
        "the same are on the board": set(ours.rows) == set(theirs.rows),
    }
    for what, holds in checks.items():
        print(f"{what}: {'yes' if holds else 'NO'}")
    if not options.racing:
        return all(checks.values())
    is_same = [_is_same("the order is that of a batch run, ties apart", ours, theirs)]
    ours, again, theirs = (_raced(folder, options) for folder in (results, results, batch))
    is_same.append(_is_same("the order by two runs of grade retime is the same, ties apart", ours, again))
    is_same.append(_is_same("the order by grade retime is the same on both, ties apart", ours, theirs))
    return all(checks.values()) and all(is_same)


def _raced(results: Path, options: argparse.Namespace) -> Board:
    """What it says after a race of all leaders."""
    command = _command("retime", results, "--top", options.students, "--laps", options.laps, "-q")
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return Board.of(results)


def _is_same(what: str, ours: Board, theirs: Board) -> bool:
    """Whether two boards of the same people have one order, but for ties; printed, with how far they are apart."""
    (turned, ties, pairs), far = ours.turned(theirs), ours.differences(theirs)
    print(f"{what}: {'NO' if turned else 'yes'}")
    print(f"pairs the other way round: {turned} of {pairs}, {ties} tie on either; speeds differ by "
          f"{median(far):.1%} at the median, {far[-1]:.1%} at most")  # fmt: skip
    return not turned


def main() -> int:
    """Run it; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--hand-ins", type=int, default=400)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--laps", type=int, default=15, help="of the races of all leaders")
    parser.add_argument("--racing", action="store_true", help="timed, with hostile and copied hand-ins")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        return 0 if _run(Path(base), options) else 1


if __name__ == "__main__":
    sys.exit(main())
