"""The sizes of a spatial group normalization: the groups divide the channels."""

from dataclasses import dataclass
from typing import Any

from reference.normalization.sizes import EPS, NormalizationSpace
from reference.signature import Value
from reference.sizes import Trait

CHOICES: dict[str, tuple[Value, ...]] = {"eps": EPS}


@dataclass(frozen=True, slots=True)
class _Space(NormalizationSpace):
    def fits(self, sizes: Any) -> Any:
        """The groups divide the channels."""
        return sizes["C"] % sizes["G"] == 0


SPACE = _Space(
    names=("N", "C", "G", "H", "W", *CHOICES),
    # as many groups as channels in each, so that exchanging the two changes no shape
    plain={"N": 1, "C": 4, "G": 2, "H": 3, "W": 3, "eps": 0},
    # of two or three numbers the gradient is rounding and nothing else
    lowest={"N": 1, "C": 1, "G": 1, "H": 2, "W": 2, "eps": 0},
    traits={
        "N>1": Trait(lambda s: s["N"] > 1, ("N",)),
        "G=1": Trait(lambda s: (s["G"] == 1) & (s["C"] > 1), ("G", "C")),
        "G=C": Trait(lambda s: (s["G"] == s["C"]) & (s["C"] > 1), ("G", "C")),
        "groups of G+1 channels or more": Trait(lambda s: (s["G"] > 1) & (s["C"] > s["G"] * s["G"]), ("G", "C")),
        "groups of fewer than G channels": Trait(lambda s: (s["C"] < s["G"] * s["G"]) & (s["C"] > s["G"]), ("G", "C")),
        "H!=W": Trait(lambda s: s["H"] != s["W"], ("H", "W")),
        "eps given": Trait(lambda s: s["eps"] > 0, ("eps",), "a given eps"),
    },
    enough={"N": (1, 3), "C": (1, 6), "G": (1, 6), "H": (2, 5), "W": (2, 5), "eps": (0, 1)},
    groups=(("N",), ("C", "G"), ("H", "W"), ("eps",)),
)
