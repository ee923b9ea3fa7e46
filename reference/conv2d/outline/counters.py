"""Places where one counter says both the row and the column of a window."""

from collections.abc import Callable, Iterator, Mapping

from reference.counted import one_counter

from .names import Names
from .windows import counters


def _one_counter(names: Names) -> Iterator[int]:
    yield from one_counter(names.function, {*counters(names)})


KINDS: Mapping[str, Callable[[Names], Iterator[int]]] = {"one counter": _one_counter}
