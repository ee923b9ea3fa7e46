"""The kinds of place, and how their lines are found."""

from collections.abc import Callable, Iterator, Mapping

from reference.shadows import used_behind

from . import (
    arrays,
    behind,
    biases,
    counted,
    counters,
    crops,
    ends_of_another,
    exchanged,
    firsts,
    flipped,
    keys,
    matrices,
    mixed,
    paddings,
    pixels,
    sizes,
    stepped,
    stored,
    sums,
    tables,
    taps,
    turns,
    unpadded,
    weights,
    windows,
)
from .indices import cut_elsewhere
from .names import Names
from .turned import turning, windows_exchanged

Find = Callable[[Names], Iterator[int]]


def _or(find: Find, other: Find) -> Find:
    """The places of one kind or, where there is none, those of another."""

    def found(names: Names) -> Iterator[int]:
        yield from list(find(names)) or other(names)

    return found


def _or_behind(find: Find) -> Find:
    """Where there is no such place, those where an index is that of a loop which is over: what is there is run once."""

    def found(names: Names) -> Iterator[int]:
        lines = list(find(names))
        yield from lines or (line for _, *uses in used_behind(names.function).values() for line in uses)

    return found


KINDS: Mapping[str, Find] = {
    **windows.KINDS, **paddings.KINDS, **sizes.KINDS, **sums.KINDS, **arrays.KINDS, **unpadded.KINDS,
    **exchanged.KINDS, **stored.KINDS, **counters.KINDS, **behind.KINDS, **biases.KINDS, **crops.KINDS, **firsts.KINDS,
    **flipped.KINDS, **keys.KINDS, **matrices.KINDS, **mixed.KINDS, **taps.KINDS, **weights.KINDS,
    **pixels.KINDS, **ends_of_another.KINDS, **counted.KINDS, **turns.KINDS, **stepped.KINDS,
    **tables.KINDS, "turned": turning, "cut elsewhere": cut_elsewhere,
}  # fmt: skip
KINDS = {
    **KINDS,
    "first only": _or(KINDS["return in loop"], KINDS["first only"]),
    "not over in dw": _or(KINDS["not over in dw"], KINDS["assigned into dw"]),
    "exchanged": _or(KINDS["exchanged"], KINDS["rows for columns"]),
    "weights moved": _or(windows_exchanged, _or(KINDS["weights moved"], KINDS["window moved"])),
    "dw moved": _or(windows_exchanged, _or(KINDS["dw moved"], KINDS["window moved"])),
}
_OF_THE_LAST = (
    "behind the loop",
    "not over",
    "not over in dw",
    "forgets",
    "assigned into dw",
    "assigned into db",
    "tap replaced",
)
KINDS = {**KINDS, **{kind: _or_behind(KINDS[kind]) for kind in _OF_THE_LAST}}
FORWARD_PARAMETERS = 4
"""x, w, b and conv_param."""
