"""Loops over images, filters or channels run as often as there are of another of them."""

from itertools import permutations
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, Geometry, both, exchange, then
from reference.conv2d.windows import products

_PAIRS = tuple(permutations("NCF", 2))
"""What a loop is over, and whose size it ends at."""


def _first(values: Array, axis: int, count: int) -> Array:
    """The first ones along an axis, and zeros in the place of the others; IndexError where there are fewer."""
    if count > values.shape[axis]:
        raise IndexError("index is out of bounds")
    kept = np.zeros_like(values)
    along: Any = (slice(None),) * axis + (slice(count),)
    kept[along] = values[along]
    return kept


def _sizes(view: Array, w: Array) -> dict[str, int]:
    return {"N": len(view), "C": w.shape[1], "F": len(w)}


def _out(over: str, by: str) -> tuple[Change, ...]:
    """The bias is added in these loops, or to all of out behind them."""
    if over == "C":
        return (exchange(products=lambda view, w: products(view, _first(w, 1, _sizes(view, w)[by]))),)
    axis = "NF".index(over)
    return (
        then("bias", lambda out, _, b, g: _first(out, axis, getattr(g, by))),
        then("products", lambda sums, view, w: _first(sums, axis, _sizes(view, w)[by])),
    )


def _fewer(over: str, by: str) -> Change:
    """The output is made so small."""
    return then("bias", lambda out, _, b, g: _cut(_first(out, "NF".index(over), getattr(g, by)), over, getattr(g, by)))


def _cut(out: Array, over: str, count: int) -> Array:
    return out[:count] if over == "N" else out[:, :count]


def _gradients(over: str, by: str) -> tuple[Change, ...]:
    """All of dout, or dx and dw alone."""

    def cut_dw(dw: Array, dout: Array, _: Array) -> Array:
        return _first(dw, 1, len(dout) if by == "N" else dout.shape[1])

    if over == "C":
        return (both(then("dw", cut_dw), then("crop", lambda dx, _, g: _first(dx, 1, getattr(g, by)))),)

    def upstream(dout: Array, g: Geometry) -> Array:
        return _first(dout, "NF".index(over), getattr(g, by))

    return tuple(exchange(upstream=upstream, db_of_all=of_all) for of_all in (False, True))


_TOLD = (
    "N counts images, C channels and F filters. A loop over one of these runs as often as there are of another: where "
    "those are fewer the rest is left out, and where they are more an index runs past the end.",
    "The ends of the loops over images, channels and filters, and the lines that the sizes come from.",
    "For each loop: which axis of which array does its variable count, and where do you find the length of that axis?",
)
BUGS = (
    bug(
        "out-ends-of-another", "A loop ends at the size of another axis", *_TOLD,
        *(variant for pair in _PAIRS for variant in _out(*pair)), *(_fewer(*pair) for pair in _PAIRS if pair[0] != "C"),
        place="ends at another", in_text=True,
    ),
    bug(
        "bwd-ends-of-another", "A loop ends at the size of another axis in backward", *_TOLD,
        *(variant for pair in _PAIRS for variant in _gradients(*pair)), spoils=("dx", "dw", "db"),
        place="ends at another", in_text=True,
    ),
)  # fmt: skip
