"""The 2-D convolution: everything that is true of this operator. Knows nothing of the grader."""

from pathlib import Path
from typing import Any

from reference.conv2d.oracle import conv_backward, conv_forward, out_size
from reference.conv2d.space import SPACE
from reference.signature import Signature
from reference.spec import Bank, Einsum, Implementation, Landmark, Operator, Timed

_HERE = Path(__file__).parent


def _lengths(sizes: Any) -> dict[str, Any]:
    axes = (("H_out", "H", "HH"), ("W_out", "W", "WW"))
    return {out: out_size(sizes[size], sizes[kernel], sizes["stride"], sizes["pad"]) for out, size, kernel in axes}


def _bank() -> Bank:
    from reference.conv2d.bank import BANK  # noqa: PLC0415  # right submissions do without

    return BANK


def _way(name: str) -> Implementation:
    return Implementation.of_landmark(_HERE, "conv", name)


_LANDMARKS = (
    Landmark("one loop less", "Let one operation of NumPy do what your innermost loop does.", _way("three_loops")),
    Landmark("einsum", "Leave no loop in Python: one operation over a view of all windows.", _way("einsum")),
    Landmark(
        "einsum(optimize=True)",
        "Have the same sum done as a matrix product, for which there are very fast programs.",
        _way("optimized"),
    ),
    Landmark(
        "im2col",
        "Lay the windows out as the columns of a matrix yourself, so that a single product does all of them.",
        _way("strided"),
    ),
    Landmark(
        "the matrix product alone",
        "Only the product is left: save copies, and keep what you multiply in the processor's cache.",
        _way("product"),
        is_right=False,
    ),
)  # fmt: skip

_LETTERS = {"n": "N", "c": "C", "f": "F", "h": "H_out", "w": "W_out", "i": "HH", "j": "WW"}
_WINDOWS = "padded windows"
_EINSUMS = {
    "out": Einsum("nchwij,fcij->nfhw", (_WINDOWS, "w"), _LETTERS, "out without the bias",
                  "Then each filter's bias is added to its numbers."),
    "dx": Einsum("nfhw,fcij->nchwij", ("dout", "w"), _LETTERS, "the windows' gradient",
                 "Then each number is added where its window took it from, and the padding is cut off."),
    "dw": Einsum("nfhw,nchwij->fcij", ("dout", _WINDOWS), _LETTERS, "dw"),
    "db": Einsum("nfhw->f", ("dout",), _LETTERS, "db"),
}  # fmt: skip


OPERATOR = Operator(
    name="conv2d",
    summary="convolution",
    signature=Signature(
        functions=("conv_forward_naive", "conv_backward_naive"),
        inputs=("x", "w", "b"),
        parameter_name="conv_param",
        parameters=("stride", "pad"),
        forward_outputs=("out",),
        upstream="dout",
        backward_outputs=("dx", "dw", "db"),
        of_cache=("dw", "dx"),
    ),
    axes={"x": "N C H W", "w": "F C HH WW", "b": "F", "dout": "N F H_out W_out"},
    words={
        "N": "image", "C": "channel", "F": "filter", "H": "row", "W": "column", "HH": "kernel row",
        "WW": "kernel column", "H_out": "row", "W_out": "column",
    },
    batch="N",
    lengths=_lengths,
    forward=conv_forward,
    backward=conv_backward,
    space=SPACE,
    grid=("H", "W", "HH", "WW", "H_out", "W_out"),
    integers={"integer bias": "b"},
    timed=Timed(
        baseline=Implementation(_HERE / "baseline.py", ("conv_forward_fast", "conv_backward_fast")),
        loops=Implementation(_HERE / "loops.py", ("conv_forward_loops", "conv_backward_loops")),
        landmarks=_LANDMARKS,
    ),
    bank=_bank,
    walkthrough=_HERE / "walkthrough.js",
    einsums=_EINSUMS,
    outline=_HERE / "outline" / "__init__.py",
    outline_of_any_layout=_HERE / "outline" / "any_layout.py",
)  # fmt: skip

__all__ = ["OPERATOR"]
