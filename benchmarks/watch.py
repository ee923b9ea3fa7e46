"""A made-up class hands in again and again while `grade watch` is killed: is anything lost, or graded twice?

    python -m benchmarks.watch [STUDENTS] [HAND_INS] [SECONDS] [KILLS]        (60 400 600 5)

Every other hand-in is copied slowly, in two halves. In the end everybody's last one must be graded, none of them twice,
no half of one, and the marks must be those of a batch run.
"""

import csv
import hashlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_SAMPLES = ("alice", "carol", "leo", "starter", "dave", "erin")
_OTHERS = ("import os\ndef conv_forward_naive(*a): os.abort()\n", "def (:")
_RUBRIC = """\
schema: convgrade/1
extends: correctness-only.yaml
name: watched
cases: {count: 16}
limits: {call_s: 0.2}
leaderboard: {rank_by: score, eligible: all}
"""
_HALF_S = 0.3


class _Class:
    """The students, and what they handed in."""

    def __init__(self, folder: Path, students: int) -> None:
        self.folder = folder
        self.names = [f"student{number:02}" for number in range(students)]
        self.random = random.Random(1)
        self.when: dict[str, float] = {}
        """By the digest of a text, when it was there as a whole."""
        self.last: dict[str, str] = {}
        """By student, the digest of the newest."""
        self.texts = [(_ROOT / "submissions" / f"{name}.py").read_text() for name in _SAMPLES] + list(_OTHERS)

    def hand_in(self, number: int) -> None:
        """Somebody hands something in; every other time it is copied slowly."""
        name = self.names[number % len(self.names)] if number < len(self.names) else self.random.choice(self.names)
        text = f"# {number}\n{self.random.choice(self.texts)}".encode()
        path = self.folder / f"{name}.py"
        if number % 2:
            path.write_bytes(text[: len(text) // 2])
            time.sleep(_HALF_S)
            path.write_bytes(text)
        else:
            beside = self.folder.with_name("beside")
            beside.write_bytes(text)
            beside.replace(path)
        self.last[name] = hashlib.sha256(text).hexdigest()
        self.when[self.last[name]] = time.time()


class _Watch:
    """`grade watch`, and when each attempt was first seen in its database."""

    def __init__(self, folder: Path, rubric: Path, results: Path) -> None:
        self.command = _command("watch", folder, "--rubric", rubric, "--out", results, "-q", "--jobs", 2)
        self.results = results
        self.seen: dict[str, float] = {}
        """By the digest of the text."""
        self.process = subprocess.Popen(self.command)

    def poll(self) -> None:
        """See what is graded by now."""
        for _, sha256 in self.attempts():
            self.seen.setdefault(sha256, time.time())

    def attempts(self) -> list[tuple[str, str]]:
        """Whose each is, and the digest of its text."""
        if not (self.results / "results.sqlite").is_file():
            return []
        with closing(sqlite3.connect(self.results / "results.sqlite")) as database:
            return database.execute("SELECT id, sha256 FROM attempts").fetchall()

    def kill(self) -> None:
        """SIGKILL, and start it again."""
        self.process.kill()
        self.process.wait()
        self.process = subprocess.Popen(self.command)

    def wait_for(self, wanted: set[tuple[str, str]]) -> None:
        """Until all of these are graded; then end it."""
        deadline = time.monotonic() + 300
        while not wanted <= set(self.attempts()) and time.monotonic() < deadline:
            self.poll()
            time.sleep(0.1)
        self.process.terminate()
        self.process.wait()


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "grader", *map(str, arguments)]


def _marks(results: Path) -> list[list[str]]:
    with (results / "grades.csv").open(newline="") as file:
        return sorted([row["id"], row["verdict"], row["score"]] for row in csv.DictReader(file))


def _run(base: Path, students: int, hand_ins: int, seconds: float, kills: int) -> bool:
    folder, rubric, results, batch = (base / name for name in ("class", "rubric.yaml", "results", "batch"))
    folder.mkdir()
    rubric.write_text(_RUBRIC)
    them, watch = _Class(folder, students), _Watch(folder, rubric, results)
    kill_after = {hand_ins * (number + 1) // (kills + 1) for number in range(kills)}
    begun = time.monotonic()
    for number in range(hand_ins):
        them.hand_in(number)
        if number in kill_after:
            watch.kill()
        while time.monotonic() < begun + seconds * (number + 1) / hand_ins:
            watch.poll()
            time.sleep(0.05)
    watch.wait_for(set(them.last.items()))
    subprocess.run(_command(folder, "--rubric", rubric, "--out", batch, "-q"), stdout=subprocess.DEVNULL, check=True)
    attempts = watch.attempts()
    waits = sorted(watch.seen[sha256] - when for sha256, when in them.when.items() if sha256 in watch.seen)
    print(f"{hand_ins} hand-ins of {students} students in {time.monotonic() - begun:.0f} s, {kills} times SIGKILL")
    print(f"graded: {len(attempts)}; from arrival to result: median {statistics.median(waits):.1f} s, "
          f"95th percentile {waits[int(0.95 * len(waits))]:.1f} s")  # fmt: skip
    checks = {
        "everybody's last hand-in is graded": set(them.last.items()) <= set(attempts),
        "none is graded twice": max(Counter(attempts).values()) == 1,
        "no half of one is graded": {sha256 for _, sha256 in attempts} <= set(them.when),
        "the marks are those of a batch run": _marks(results) == _marks(batch),
    }
    for what, holds in checks.items():
        print(f"{what}: {'yes' if holds else 'NO'}")
    return all(checks.values())


def main() -> int:
    """Run it; 1 where something does not hold."""
    given = [int(text) for text in sys.argv[1:]]
    students, hand_ins, seconds, kills = given + [60, 400, 600, 5][len(given) :]
    with tempfile.TemporaryDirectory() as base:
        return 0 if _run(Path(base), students, hand_ins, seconds, kills) else 1


if __name__ == "__main__":
    sys.exit(main())
