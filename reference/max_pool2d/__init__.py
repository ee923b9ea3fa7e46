"""The 2-D max pooling: everything that is true of this operator. Knows nothing of the grader."""

from pathlib import Path

from reference.max_pool2d.oracle import max_pool_backward, max_pool_forward
from reference.max_pool2d.space import KINDS, SPACE
from reference.max_pool2d.ties import nearest
from reference.pooling.geometry import AXES, WORDS, lengths
from reference.pooling.ways import landmarks
from reference.signature import Signature
from reference.spec import Bank, Implementation, Operator, Timed

_HERE = Path(__file__).parent


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
    axes=AXES,
    words=WORDS,
    batch="N",
    lengths=lengths,
    forward=max_pool_forward,
    backward=max_pool_backward,
    space=SPACE,
    grid=("H", "W", "H_out", "W_out"),
    kinds=KINDS,
    nearest=nearest,
    timed=Timed(
        baseline=Implementation(_HERE / "baseline.py", ("max_pool_forward_fast", "max_pool_backward_fast")),
        loops=Implementation(_HERE / "loops.py", ("max_pool_forward_loops", "max_pool_backward_loops")),
        landmarks=landmarks(_HERE, "max_pool"),
    ),
    bank=_bank,
    walkthrough=_HERE / "walkthrough.js",
    outline=_HERE / "outline" / "__init__.py",
    outline_of_any_layout=_HERE.parent / "pooling" / "any_layout.py",
)

__all__ = ["OPERATOR"]
