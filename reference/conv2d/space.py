"""The sizes of a convolution: which fit together, what is special about some, how a problem becomes smaller.

N, C and F combine freely with everything. H, W, the kernel, the stride and the padding do not: the kernel has to fit
into the padded image, and the stride has to divide what it leaves, unless a rubric allows a rest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from reference.sizes import (
    MOST_TRIES,
    Published,
    Ranges,
    Sizes,
    Space,
    Table,
    Trait,
    as_table,
    near,
)

_AXES = (("H", "HH"), ("W", "WW"))
_CHANNELS = ("N", "C", "F")
_SPATIAL = ("H", "HH", "W", "WW", "stride", "pad")
_NEAREST = 40
"""Pairs of size and kernel along one axis that are kept."""
RAGGED = "stride does not divide"


def _room(sizes: Any, size: str, kernel: str) -> Any:
    """How many places further the kernel can go."""
    return sizes[size] + 2 * sizes["pad"] - sizes[kernel]


@dataclass(frozen=True, slots=True)
class _Space(Space):
    """As `Space`, but the spatial sizes have too many combinations to go through them all."""

    def fits(self, sizes: Any) -> Any:
        """Whether the kernel fits into the padded image."""
        return (_room(sizes, *_AXES[0]) >= 0) & (_room(sizes, *_AXES[1]) >= 0)

    def divides(self, sizes: Any) -> Any:
        """Whether the stride does, along both axes."""
        rests = [_room(sizes, *axis) % sizes["stride"] for axis in _AXES]
        return (rests[0] == 0) & (rests[1] == 0)

    def tables(self, ranges: Ranges, *, ragged: bool) -> tuple[Table, ...]:
        """For N, C and F, and for the spatial sizes.

        Where an axis allows very many pairs of size and kernel, those near the plain case and those of special traits
        (a 1x1 kernel, a kernel that fills the input) are kept.
        """
        blocks = []
        strides, pads = (near(ranges[name], self.plain[name]) for name in ("stride", "pad"))
        for stride, pad in product(strides, pads):
            vertical, horizontal = (self._pairs(ranges, *axis, stride, pad, ragged=ragged) for axis in _AXES)
            rows = np.empty((len(vertical), len(horizontal), len(_SPATIAL)), np.int64)  # as `product` has them
            rows[..., :2] = np.reshape(vertical, (-1, 1, 2))
            rows[..., 2:4] = np.reshape(horizontal, (1, -1, 2))
            rows[..., 4:] = stride, pad
            blocks.append(rows.reshape(-1, len(_SPATIAL)))
        channels = list(product(*(near(ranges[name], self.plain[name]) for name in _CHANNELS)))
        return as_table(_CHANNELS, channels), as_table(_SPATIAL, np.concatenate(blocks))

    def _pairs(
        self, ranges: Ranges, size: str, kernel: str, stride: int, pad: int, *, ragged: bool
    ) -> list[tuple[int, int]]:
        """Pairs of size and kernel along one axis that fit together."""
        sizes, kernels = (range(ranges[name][0], ranges[name][1] + 1) for name in (size, kernel))
        rooms = ((pair, pair[0] + 2 * pad - pair[1]) for pair in product(sizes, kernels))
        fitting = [pair for pair, room in rooms if room >= 0 and (ragged or room % stride == 0)]
        fitting.sort(key=lambda pair: abs(pair[0] - self.plain[size]) + abs(pair[1] - self.plain[kernel]))
        special = [p for p in fitting[_NEAREST:] if p[1] == 1 or p[1] == p[0] + 2 * pad]
        return fitting[:_NEAREST] + special[:4]

    def any_sizes(self, ranges: Ranges, rng: np.random.Generator, *, ragged: bool) -> dict[str, int] | None:
        """Everything drawn evenly, H and W from those that fit the rest; None if none were met with."""
        for _ in range(MOST_TRIES):
            sizes = {name: int(rng.integers(*bounds, endpoint=True)) for name, bounds in ranges.items()}
            for size, kernel in _AXES:
                least = max(ranges[size][0], sizes[kernel] - 2 * sizes["pad"])
                step = 1 if ragged else sizes["stride"]
                first = least + (sizes[kernel] - 2 * sizes["pad"] - least) % step
                fitting = range(first, ranges[size][1] + 1, step)
                if not fitting:
                    break
                sizes[size] = int(rng.choice(fitting))
            else:
                return sizes
        return None

    def largest(self, ranges: Ranges) -> Sizes:
        """A stride of 1 has the largest output."""
        return {name: high for name, (_, high) in ranges.items()} | {"stride": 1}

    def range_problems(self, ranges: Ranges, *, ragged: bool) -> Iterator[tuple[str | None, str]]:
        """A kernel that never fits, or a stride that never divides."""
        large = False
        for size, kernel in _AXES:
            largest = ranges[size][1] + 2 * ranges["pad"][1]
            if ranges[kernel][0] > largest:
                large = True
                yield kernel, f"a kernel of {ranges[kernel][0]} never fits into the largest padded image ({largest})"
        if not large and not self.feasible(ranges, ragged=ragged):
            text = "no combination of these sizes is one that the stride divides (set ragged: true to allow others)"
            yield None, text

    def misfits(self, sizes: Sizes, *, ragged: bool) -> Iterator[str]:
        """Along each axis."""
        for size, kernel in _AXES:
            room = _room(sizes, size, kernel)
            if room < 0:
                yield f"the kernel never fits into the padded image along {size}"
            elif room % sizes["stride"] and not ragged:
                yield f"the stride does not divide along {size}: ({sizes[size]} + 2*{sizes['pad']} - {sizes[kernel]})"

    def small_sizes(self, numbers: Callable[[Any], Any]) -> Sequence[Sizes]:
        """With at most 40 numbers, the upstream gradient's too: of as many, small strides and paddings first."""
        values = ((1, 2), (1, 2), (1, 2), range(1, 6), range(1, 6), (1, 2, 3), (1, 2, 3), (1, 2, 3), (0, 1, 2))
        table = as_table(self.names, list(product(*values)))
        return self.fewest_first(table, numbers, lambda sizes: sizes["stride"] + sizes["pad"])

    def descents(self, sizes: Sizes) -> Iterator[Sizes]:
        """All sizes at their lowest, then one lower, by a stride too; then an axis and its kernel together."""
        yield self.lowest
        for name, least in self.lowest.items():
            now = sizes[name]
            values = {least, now // 2, now - sizes["stride"], now - 1} & set(range(least, now))
            yield from ({name: value} for value in sorted(values))
        yield from ({size: sizes[size] - 1, kernel: sizes[kernel] - 1} for size, kernel in _AXES)


def _fills(sizes: Any) -> Any:
    return (_room(sizes, *_AXES[0]) == 0) & (_room(sizes, *_AXES[1]) == 0)


def _leaves_a_rest(sizes: Any) -> Any:
    rests = [_room(sizes, *axis) % sizes["stride"] for axis in _AXES]
    return (rests[0] != 0) | (rests[1] != 0)


_NAMES = ("N", "C", "F", "H", "W", "HH", "WW", "stride", "pad")


def _published(*sizes: int, **more: Any) -> Published:
    return Published(dict(zip(_NAMES, sizes, strict=True)), **more)


SPACE = _Space(
    names=_NAMES,
    # 7 + 2 - 3 = 6 divides by strides 1, 2 and 3
    plain={"N": 1, "C": 1, "F": 1, "H": 7, "W": 7, "HH": 3, "WW": 3, "stride": 1, "pad": 1},
    lowest={"N": 1, "C": 1, "F": 1, "H": 1, "W": 1, "HH": 1, "WW": 1, "stride": 1, "pad": 0},
    traits={
        "stride>1": Trait(lambda s: s["stride"] > 1, ("stride",)),
        "pad>0": Trait(lambda s: s["pad"] > 0, ("pad",)),
        "pad=0": Trait(lambda s: s["pad"] == 0, ("pad",)),
        "H!=W": Trait(lambda s: s["H"] != s["W"], ("H", "W")),
        "HH!=WW": Trait(lambda s: s["HH"] != s["WW"], ("HH", "WW")),
        "1x1 kernel": Trait(lambda s: (s["HH"] == 1) & (s["WW"] == 1), ("HH", "WW"), "a 1x1 kernel"),
        "kernel fills the input": Trait(_fills, ("H", "W", "HH", "WW", "pad"), "a kernel that fills the input"),
        RAGGED: Trait(
            _leaves_a_rest, ("H", "W", "HH", "WW", "stride", "pad"), "a stride that does not divide"
        ),
        "N>1": Trait(lambda s: s["N"] > 1, ("N",)),
        "C>1": Trait(lambda s: s["C"] > 1, ("C",)),
        "F>1": Trait(lambda s: s["F"] > 1, ("F",)),
        "C!=F": Trait(lambda s: s["C"] != s["F"], ("C", "F")),
    },
    # the ranges of the packaged rubric
    enough={
        "pad": (0, 2), "stride": (1, 3), "H": (3, 9), "W": (3, 9), "HH": (1, 5), "WW": (1, 5), "N": (1, 3),
        "C": (1, 4), "F": (1, 4),
    },
    groups=(_CHANNELS, _SPATIAL),
    ragged=RAGGED,
    by_value={"pad": ("pad>0", "pad=0")},
    # of CS231n's ConvolutionalNetworks.ipynb; its image pair (integer bias) made smaller
    published=(
        _published(
            2, 3, 3, 4, 4, 4, 4, 2, 1,
            spaced={"x": (-0.1, 0.5), "w": (-0.2, 0.3), "b": (-0.1, 0.2), "dout": (-0.1, 0.5)},
        ),
        _published(4, 3, 2, 5, 5, 3, 3, 1, 1),
        _published(2, 3, 2, 12, 12, 3, 3, 1, 1, kinds=("integer bias",)),
    ),
)  # fmt: skip
