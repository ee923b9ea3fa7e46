"""The inputs as forward passes leave them, for the backward passes that get their caches.

A cache may hold the very arrays that forward was called with, and forward may have changed their numbers. Inputs lie in
memory that both sides share, and each call gets its own there. So what a forward pass left is put back before a
backward pass is called on its cache, as if nothing else had been there meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.records import Array, Function
from grader.sandbox.inside import wire
from grader.sandbox.requests import CacheMode

Named = Sequence[tuple[str, Array]]


@dataclass(frozen=True, slots=True)
class _Placed:
    """The inputs of a forward pass that has returned."""

    cache: CacheMode
    arrays: Named
    described: Sequence[wire.Frame]
    free: int


class LeftBehind:
    """What the forward passes of one process left in the memory that it shares, where they changed their inputs."""

    def __init__(self) -> None:
        self._placed: _Placed | None = None
        """The last call's, where that was a forward pass: its inputs still lie there."""
        self._left: dict[CacheMode, bytes] = {}

    def forget(self) -> None:
        """There are no caches any more."""
        self._placed = None
        self._left.clear()

    def note(self, cache: CacheMode, arrays: Named, described: Sequence[wire.Frame], free: int) -> None:
        """A forward pass has left a cache; its inputs lie before `free`."""
        self._placed = _Placed(cache, arrays, described, free)

    def keep(self, memory: Any, function: Function, cache: CacheMode) -> None:
        """Another call is about to be made, whose inputs will lie where those of the last one do."""
        placed, self._placed = self._placed, None
        if placed is not None and (function == "backward" or cache != placed.cache):
            views = [wire.view(memory, frame) for frame in placed.described]
            if changed(placed.arrays, views):
                self._left[placed.cache] = memory[: placed.free]
        if function == "forward":
            self._left.pop(cache, None)

    def put_back(self, memory: Any, cache: CacheMode) -> bool:
        """Have a backward pass find the inputs as its cache's forward pass left them; whether they are others."""
        left = self._left.get(cache)
        if left is not None:
            memory[: len(left)] = left
        return left is not None


def changed(arrays: Named, views: Sequence[Array]) -> tuple[str, ...]:
    """Names of the inputs whose numbers in the shared memory are others than went in."""
    return tuple(name for (name, values), view in zip(arrays, views, strict=True) if not np.array_equal(view, values))
