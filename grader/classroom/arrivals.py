"""What has arrived in a folder that is watched, and whose turn it is.

A hand-in is graded when it has stood still for a moment: a file that is being copied or synced grows, and its signature
changes. A signature is what the file system says (names, sizes, times), so no hand-in is opened here. Everybody has at
most one hand-in in the queue, the newest, and whoever was served longest ago comes first. So nobody waits longer for
somebody who hands in every second.

All of this may be lost at any moment. After a restart every hand-in counts as arrived, and the class run keeps those
that the store has.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from grader.records import Entry, Place
from grader.records.sources import first_names
from grader.sources.places import on_disk
from grader.sources.tree import MAX_FILES

SETTLE_S = 1.0
"""So long a hand-in has to stand still."""
AGAIN_S = 30.0
"""So much later one that was held back is looked at again."""


def tops_of(place: Place) -> list[Path]:
    """The files and folders on disk that a hand-in is in."""
    path, steps = on_disk(place)
    return [path / name for name in sorted(first_names(steps))] if steps and path.is_dir() else [path]


def signature_of(place: Place) -> bytes:
    """What changes when the files at a place do; that of nothing where there are none."""
    files = islice((file for top in tops_of(place) for file in _files_of(top)), MAX_FILES)
    return hashlib.blake2b(repr([_facts(file) for file in files]).encode(), digest_size=16).digest()


def _files_of(top: Path) -> Iterator[str]:
    """It, and what is below it; links are not followed."""
    yield os.fspath(top)
    for folder, folders, files in os.walk(top):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(files))  # noqa: PTH118  # a Path for each of thousands takes long


def _facts(file: str) -> tuple[object, ...]:
    """What the file system says of a file; its time of change cannot be set, as that of its content can."""
    try:
        found = os.lstat(file)
    except OSError as error:  # gone, or a name that is too long
        return file, error.errno
    return file, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


@dataclass(slots=True)
class _Arrival:
    """One hand-in that has to be dealt with."""

    entry: Entry
    signature: bytes
    since: float
    """When it is its turn at the earliest."""


@dataclass(slots=True)
class Arrivals:
    """The queue. Times are seconds of one clock that only goes forward."""

    waiting: dict[str, _Arrival] = field(default_factory=dict)
    """By id."""
    dealt_with: dict[str, bytes] = field(default_factory=dict)
    """By id, the signature of what was graded or kept last."""
    served: dict[str, float] = field(default_factory=dict)
    """By id, when."""

    def look(self, entries: Sequence[Entry], now: float) -> None:
        """Take note of what lies there now; what is gone waits no longer."""
        found = {entry.id: _Arrival(entry, signature_of(entry.place), now + SETTLE_S) for entry in entries}
        self.waiting = {id: self._newer(id, new) for id, new in found.items() if self._is_open(id, new)}

    def _is_open(self, id: str, new: _Arrival) -> bool:
        return self.dealt_with.get(id) != new.signature

    def _newer(self, id: str, new: _Arrival) -> _Arrival:
        old = self.waiting.get(id)
        return old if old is not None and (old.entry, old.signature) == (new.entry, new.signature) else new

    def turn(self, now: float, most: int) -> Mapping[str, Entry]:
        """By id, the hand-ins whose turn it is, up to so many: those first whose owner was served longest ago."""
        still = [(self.served.get(id, 0.0), each.since, id) for id, each in self.waiting.items() if each.since <= now]
        return {id: self.waiting[id].entry for _, _, id in sorted(still)[:most]}

    def has_changed(self, id: str) -> bool:
        """Whether a hand-in is no longer as it was when it was seen."""
        each = self.waiting[id]
        return signature_of(each.entry.place) != each.signature

    def deal(self, id: str, now: float) -> None:
        """Take note that a hand-in is graded, or kept."""
        self.dealt_with[id] = self.waiting.pop(id).signature
        self.served[id] = now

    def hold(self, id: str, now: float) -> None:
        """Leave a hand-in for later."""
        self.waiting[id].since = now + AGAIN_S
