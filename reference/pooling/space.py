"""The sizes of a pooling: which fit together, and what is special about some."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.sizes import Ranges, Sizes, Space, Trait

_AXES = (("H", "pool_height"), ("W", "pool_width"))
_SPATIAL = ("H", "W", "pool_height", "pool_width", "stride")
RAGGED = "stride does not divide"


def _room(sizes: Any, size: str, window: str) -> Any:
    """How many places further the window can go."""
    return sizes[size] - sizes[window]


@dataclass(frozen=True, slots=True)
class _Space(Space):
    def fits(self, sizes: Any) -> Any:
        """Whether the window fits into the image."""
        return (_room(sizes, *_AXES[0]) >= 0) & (_room(sizes, *_AXES[1]) >= 0)

    def divides(self, sizes: Any) -> Any:
        """Whether the stride does, along both axes."""
        return ~_leaves_a_rest(sizes) if isinstance(sizes["H"], np.ndarray) else not _leaves_a_rest(sizes)

    def largest(self, ranges: Ranges) -> Sizes:
        """A small window with a small stride has the largest output."""
        return {name: bounds[name in ("N", "C", "H", "W")] for name, bounds in ranges.items()}


def _leaves_a_rest(sizes: Any) -> Any:
    rests = [_room(sizes, *axis) % sizes["stride"] for axis in _AXES]
    return (rests[0] != 0) | (rests[1] != 0)


SPACE = _Space(
    names=("N", "C", *_SPATIAL),
    # 8 - 2 = 6 divides by strides 1, 2 and 3
    plain={"N": 1, "C": 1, "H": 8, "W": 8, "pool_height": 2, "pool_width": 2, "stride": 2},
    lowest={"N": 1, "C": 1, "H": 1, "W": 1, "pool_height": 1, "pool_width": 1, "stride": 1},
    traits={
        "windows overlap": Trait(
            lambda s: (s["stride"] < s["pool_height"]) | (s["stride"] < s["pool_width"]),
            ("stride", "pool_height", "pool_width"),
            "windows that overlap",
        ),
        "gaps between windows": Trait(
            lambda s: (s["stride"] > s["pool_height"]) | (s["stride"] > s["pool_width"]),
            ("stride", "pool_height", "pool_width"),
        ),
        "H!=W": Trait(lambda s: s["H"] != s["W"], ("H", "W")),
        "pool_height!=pool_width": Trait(
            # those that overlap have a trait of their own, and are what far more programs get wrong; in a window of one
            # row or column, its cells have the same numbers from left to right as from top to bottom
            lambda s: (s["pool_height"] != s["pool_width"])
            & (np.minimum(s["pool_height"], s["pool_width"]) > 1)
            & (s["pool_height"] <= s["stride"])
            & (s["pool_width"] <= s["stride"]),
            ("pool_height", "pool_width", "stride"),
            named=lambda s: s["pool_height"] != s["pool_width"],
        ),
        "1x1 window": Trait(
            lambda s: (s["pool_height"] == 1) & (s["pool_width"] == 1), ("pool_height", "pool_width"), "a 1x1 window"
        ),
        "window fills the input": Trait(
            lambda s: (s["pool_height"] == s["H"]) & (s["pool_width"] == s["W"]),
            ("H", "W", "pool_height", "pool_width"),
            "a window that fills the input",
        ),
        RAGGED: Trait(_leaves_a_rest, _SPATIAL, "a stride that does not divide"),
        "N>1": Trait(lambda s: s["N"] > 1, ("N",)),
        "C>1": Trait(lambda s: s["C"] > 1, ("C",)),
    },
    # the ranges of the packaged rubrics
    enough={
        "N": (1, 3), "C": (1, 3), "H": (2, 9), "W": (2, 9), "pool_height": (1, 4), "pool_width": (1, 4),
        "stride": (1, 3),
    },
    groups=(("N", "C"), _SPATIAL),
    ragged=RAGGED,
)  # fmt: skip
