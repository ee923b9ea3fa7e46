"""A zip that lost its end, where the directory is: by the headers before its members, whether it was an export."""

import struct
from collections.abc import Iterator
from pathlib import Path

from grader.sources.choice import unwrapped
from grader.sources.platforms import hand_ins_of
from grader.sources.tree import Tree, is_ignored

_MOST_BYTES = 64 * 1024 * 1024
_HEADER = struct.Struct("<4sHHHHHLLLHH")
"""Signature, version, flags, method, time, date, CRC, size, size unpacked, lengths of the name and of what follows."""
_BEGINS, _FOLLOWS = b"PK\3\4", b"PK\7\x08"
_SIZE_FOLLOWS = 8
"""The flag that the size stands behind the member, after a signature and a CRC."""


def platform_of_rest(path: Path) -> str:
    """The platform whose export a damaged zip was, empty where it does not look like one."""
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    tree = Tree(str(path), dict.fromkeys(_names(data), lambda limit: b""))
    levels = (tree, unwrapped(tree)[0])  # of one person that is left, a folder is theirs
    return next((found.name for found, _ in map(hand_ins_of, levels) if found is not None), "")


def _names(data: bytes) -> Iterator[str]:
    """The names of the members that are left."""
    at = 0
    while data[at : at + 4] == _BEGINS and at + _HEADER.size <= len(data):
        _, _, flags, _, _, _, _, size, _, length, more = _HEADER.unpack_from(data, at)
        start = at + _HEADER.size
        name = data[start : start + length].decode("utf-8", "replace")
        if not name.endswith("/") and not is_ignored(name):
            yield name
        at = start + length + more + size
        if flags & _SIZE_FOLLOWS:
            end = data.find(_FOLLOWS, at)
            at = len(data) if end < 0 else max(end, data.find(_BEGINS, end))
