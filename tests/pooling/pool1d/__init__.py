"""Average pooling along one axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from reference.signature import Signature
from reference.sizes import Space, Trait
from reference.spec import Implementation, Operator, Timed

Array = NDArray[Any]
Cache = tuple[Array, Mapping[str, int]]
_HERE = Path(__file__).parent


def forward(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """Means of windows of x (N, C, L): `(out, cache)`, out of shape (N, C, L_out), in float64."""
    windows = sliding_window_view(x.astype(float), pool_param["width"], axis=2)
    return windows[:, :, :: pool_param["stride"]].mean(axis=-1), (x, pool_param)


def backward(dout: Array, cache: Cache) -> Array:
    """The gradient dx (N, C, L) of the upstream gradient dout (N, C, L_out): each window shares its own equally."""
    x, pool_param = cache
    dx = np.zeros(x.shape)
    for place in range(dout.shape[2]):
        start = place * pool_param["stride"]
        dx[:, :, start : start + pool_param["width"]] += dout[:, :, [place]] / pool_param["width"]
    return dx


@dataclass(frozen=True, slots=True)
class _Space(Space):
    def fits(self, sizes: Any) -> Any:
        return sizes["L"] >= sizes["width"]

    def divides(self, sizes: Any) -> Any:
        return (sizes["L"] - sizes["width"]) % sizes["stride"] == 0


OPERATOR = Operator(
    name="pool1d",
    summary="average pooling",
    signature=Signature(
        functions=("pool_forward", "pool_backward"),
        inputs=("x",),
        parameter_name="pool_param",
        parameters=("width", "stride"),
        forward_outputs=("out",),
        upstream="dout",
        backward_outputs=("dx",),
    ),
    axes={"x": "N C L", "dout": "N C L_out"},
    words={"N": "image", "C": "channel", "L": "place", "L_out": "place"},
    batch="N",
    lengths=lambda sizes: {"L_out": 1 + (sizes["L"] - sizes["width"]) // sizes["stride"]},
    forward=forward,
    backward=backward,
    space=_Space(
        names=("N", "C", "L", "width", "stride"),
        plain={"N": 1, "C": 1, "L": 6, "width": 2, "stride": 2},
        lowest={"N": 1, "C": 1, "L": 1, "width": 1, "stride": 1},
        traits={
            "windows overlap": Trait(lambda s: s["stride"] < s["width"], ("stride", "width"), "windows that overlap"),
            "gaps between windows": Trait(lambda s: s["stride"] > s["width"], ("stride", "width")),
            "stride does not divide": Trait(
                lambda s: (s["L"] - s["width"]) % s["stride"] != 0, ("L", "width", "stride")
            ),
            "N>1": Trait(lambda s: s["N"] > 1, ("N",)),
            "C>1": Trait(lambda s: s["C"] > 1, ("C",)),
        },
        enough={"N": (1, 2), "C": (1, 2), "L": (1, 8), "width": (1, 3), "stride": (1, 3)},
        groups=(("N", "C"), ("L", "width", "stride")),
        ragged="stride does not divide",
    ),
    timed=Timed(
        baseline=Implementation(_HERE / "baseline.py", ("forward", "backward")),
        loops=Implementation(_HERE / "loops.py", ("forward", "backward")),
    ),
)
