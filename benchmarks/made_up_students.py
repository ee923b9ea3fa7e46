"""Made-up students who hand in again and again: right, wrong, faster, hostile and copied programs."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.copiers import renamed
from benchmarks.generated import sample

_ATTACKS = Path(__file__).parent.parent / "tests" / "attacks"
_HOSTILE = (
    "a03_exit_in_a_call", "a20_endless_python", "a21_memory_at_once", "a22_fork_storm", "a22_thread_storm",
    "a25_segfault",
)  # fmt: skip
_ON_THE_WAY = ("starter", "carol", "bob", "oscar", "alice")
"""What somebody hands in one after the other: nothing, wrong, nested loops, one loop less, none."""
_QUICK = ("alice", "alice", "starter")
_BROKEN = "def (:\n"
_HALF_S = 0.3
"""So long the second half of a file that is copied slowly takes to come."""

Writer = Callable[[str], str]
"""Whose turn it is -> what they hand in."""


def quick(chance: random.Random) -> Writer:
    """Vectorised programs, starters, and files that are no Python."""
    texts = [*map(sample, _QUICK), _BROKEN]
    return lambda name: chance.choice(texts)


def racing(chance: random.Random) -> Writer:
    """Everybody gets faster; one in six is hostile, and one in four is somebody else's, with other names."""
    prelude = (_ATTACKS / "prelude.py").read_text()
    hostile = [prelude + (_ATTACKS / f"{name}.py").read_text() for name in _HOSTILE]
    on_the_way, last = dict[str, Iterator[int]](), dict[str, str]()

    def write(name: str) -> str:
        kind = chance.random()
        if kind < 1 / 6:
            return chance.choice(hostile)
        if kind < 1 / 6 + 1 / 4 and last:
            return renamed(last[chance.choice(sorted(last))], np.random.default_rng(chance.getrandbits(32)))
        step = next(on_the_way.setdefault(name, count()))
        last[name] = sample(_ON_THE_WAY[min(step, len(_ON_THE_WAY) - 1)])
        return last[name]

    return write


class Students:
    """A class that hands into a folder, and what is known of it; every other file is copied slowly, in two halves.

    Args:
        folder: where hand-ins arrive.
        number: of students.
        write: what they hand in.
        chance: who does.
    """

    def __init__(self, folder: Path, number: int, write: Writer, chance: random.Random) -> None:
        self.folder, self.write, self.chance = folder, write, chance
        self.names = [f"student{one:03}" for one in range(number)]
        self.handed_in = 0
        self.when: dict[str, float] = {}
        """By the digest of a text, when it was there as a whole."""
        self.last: dict[str, str] = {}
        """By student, the digest of the newest."""
        self._halves: list[tuple[float, Path, bytes]] = []

    def hand_in(self) -> None:
        """The next hand-in: everybody's first one in turn, and then anybody's."""
        number, self.handed_in = self.handed_in, self.handed_in + 1
        name = self.names[number] if number < len(self.names) else self.chance.choice(self.names)
        path, text = self.folder / f"{name}.py", f"# {number}\n{self.write(name)}".encode()
        self._halves = [half for half in self._halves if half[1] != path]
        if number % 2:
            path.write_bytes(text[: len(text) // 2])
            self._halves.append((time.time() + _HALF_S, path, text))
        else:
            beside = self.folder.with_name("beside")
            beside.write_bytes(text)
            beside.replace(path)
            self.when[_digest(text)] = time.time()
        self.last[name] = _digest(text)

    @property
    def are_copying(self) -> bool:
        """Whether the second half of a file is to come."""
        return bool(self._halves)

    def finish_copies(self) -> None:
        """The second halves, whose time has come."""
        due = [half for half in self._halves if half[0] <= time.time()]
        self._halves = [half for half in self._halves if half not in due]
        for _, path, text in due:
            path.write_bytes(text)
            self.when[_digest(text)] = time.time()


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
