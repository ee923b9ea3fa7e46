"""The 2-D max pooling: everything that is true of this operator. Knows nothing of the grader."""

from pathlib import Path
from typing import Any

from reference.max_pool2d.oracle import max_pool_backward, max_pool_forward, out_size
from reference.max_pool2d.space import KINDS, SPACE
from reference.max_pool2d.ties import nearest
from reference.signature import Signature
from reference.spec import Bank, Implementation, Operator, Timed

_HERE = Path(__file__).parent


def _lengths(sizes: Any) -> dict[str, Any]:
    axes = (("H_out", "H", "pool_height"), ("W_out", "W", "pool_width"))
    return {out: out_size(sizes[size], sizes[window], sizes["stride"]) for out, size, window in axes}


def _bank() -> Bank:
    from reference.max_pool2d.bank import BANK  # noqa: PLC0415  # right submissions do without

    return BANK


OPERATOR = Operator(
    name="max_pool2d",
    summary="max pooling",
    signature=Signature(
        functions=("max_pool_forward_naive", "max_pool_backward_naive"),
        inputs=("x",),
        parameter_name="pool_param",
        parameters=("pool_height", "pool_width", "stride"),
        forward_outputs=("out",),
        upstream="dout",
        backward_outputs=("dx",),
    ),
    axes={"x": "N C H W", "dout": "N C H_out W_out"},
    words={"N": "image", "C": "channel", "H": "row", "W": "column", "H_out": "row", "W_out": "column"},
    batch="N",
    lengths=_lengths,
    forward=max_pool_forward,
    backward=max_pool_backward,
    space=SPACE,
    grid=("H", "W", "H_out", "W_out"),
    kinds=KINDS,
    nearest=nearest,
    timed=Timed(
        baseline=Implementation(_HERE / "baseline.py", ("max_pool_forward_fast", "max_pool_backward_fast")),
        loops=Implementation(_HERE / "loops.py", ("max_pool_forward_loops", "max_pool_backward_loops")),
    ),
    bank=_bank,
    walkthrough=_HERE / "walkthrough.js",
    outline=_HERE / "outline" / "__init__.py",
)

__all__ = ["OPERATOR"]
