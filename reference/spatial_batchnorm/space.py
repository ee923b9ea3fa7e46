"""The sizes of a spatial batch normalization, and what there is to choose: the mode, what `bn_param` holds."""

from dataclasses import dataclass
from typing import Any

from reference.normalization.sizes import EPS, NormalizationSpace
from reference.signature import Value
from reference.sizes import Sizes, Trait

CHOICES: dict[str, tuple[Value, ...]] = {
    "mode": ("train", "test"),
    "eps": EPS,
    "momentum": (None, 0.4),
    "averages": (False, True),
}
TEST = CHOICES["mode"].index("test")


@dataclass(frozen=True, slots=True)
class _Space(NormalizationSpace):
    def fits(self, sizes: Any) -> Any:
        """Test mode needs averages."""
        return (sizes["mode"] != TEST) | (sizes["averages"] == 1)

    def has_backward(self, sizes: Sizes) -> bool:
        """The course asks for the backward pass of train mode only."""
        return sizes["mode"] != TEST


SPACE = _Space(
    names=("N", "C", "H", "W", *CHOICES),
    plain={"N": 2, "C": 1, "H": 3, "W": 3, "mode": 0, "eps": 0, "momentum": 0, "averages": 0},
    # of two or three numbers the gradient is rounding and nothing else
    lowest={"N": 1, "C": 1, "H": 2, "W": 2, "mode": 0, "eps": 0, "momentum": 0, "averages": 0},
    traits={
        "one image": Trait(lambda s: s["N"] == 1, ("N",)),
        "C>1": Trait(lambda s: s["C"] > 1, ("C",)),
        "H!=W": Trait(lambda s: s["H"] != s["W"], ("H", "W")),
        "earlier running averages": Trait(lambda s: s["averages"] == 1, ("averages",)),
        "test mode": Trait(lambda s: s["mode"] == TEST, ("mode",)),
        "eps given": Trait(lambda s: s["eps"] > 0, ("eps",), "a given eps"),
        "momentum given": Trait(lambda s: s["momentum"] > 0, ("momentum",), "a given momentum"),
    },
    enough={
        "N": (1, 4), "C": (1, 4), "H": (2, 5), "W": (2, 5), "mode": (0, 1), "eps": (0, 1), "momentum": (0, 1),
        "averages": (0, 1),
    },
    groups=(("N", "H", "W"), ("C",), ("mode", "averages"), ("eps",), ("momentum",)),
)  # fmt: skip
