"""The right numbers, in fewer digits."""

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, finish
from reference.conv2d.steps import Change, exchange, then
from reference.spec import Bug

_OUTPUTS = ("dx", "dw", "db")
_WHERE = "Where an array is made with a dtype of its own."
_HINT = "Let the dtype of the result follow from that of the inputs."


def _single(output: str, place: str) -> Bug:
    """Told in the same words of every output, since it is one mistake."""
    return bug(
        f"{output}-float32", "Computed in float32",
        "The inputs are float64, but the results have only the precision of float32.",
        _WHERE, _HINT, exchange(), place=place, precision=1e-5, rounded="float32",
    )  # fmt: skip


def _half(output: str, place: str) -> Bug:
    """As above. A sum that is rounded after each product comes out further off than one that is rounded at its end."""
    return bug(
        f"{output}-float16", "Computed in float16",
        "The results have only the precision of float16: three digits, and none above 65504.",
        _WHERE, _HINT, _rounded(output), place=place, precision=2e-2, rounded="float16",
    )  # fmt: skip


def _rounded(output: str) -> Change:
    if output == "out":
        return then("finish", lambda out, *_: _of_half(out))
    which = _OUTPUTS.index(output)
    return finish(which, lambda gradients, _: _of_half(gradients[which]))


def _of_half(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float64)


BUGS = (
    *(made(output, f"single in {output}") for made in (_single, _half) for output in _OUTPUTS),
    _single("out", "single"),
    _half("out", "single"),
)
