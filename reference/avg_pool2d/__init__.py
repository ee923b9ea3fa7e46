"""The 2-D average pooling: everything that is true of this operator. Knows nothing of the grader."""

from pathlib import Path

from reference.avg_pool2d.oracle import avg_pool_backward, avg_pool_forward
from reference.pooling.geometry import AXES, WORDS, lengths
from reference.pooling.space import SPACE
from reference.pooling.ways import landmarks
from reference.signature import Signature
from reference.spec import Bank, Implementation, Operator, Timed

_HERE = Path(__file__).parent


def _bank() -> Bank:
    from reference.avg_pool2d.bank import BANK  # noqa: PLC0415  # right submissions do without

    return BANK


OPERATOR = Operator(
    name="avg_pool2d",
    summary="average pooling",
    signature=Signature(
        functions=("avg_pool_forward_naive", "avg_pool_backward_naive"),
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
    forward=avg_pool_forward,
    backward=avg_pool_backward,
    space=SPACE,
    grid=("H", "W", "H_out", "W_out"),
    timed=Timed(
        baseline=Implementation(_HERE / "baseline.py", ("avg_pool_forward_fast", "avg_pool_backward_fast")),
        loops=Implementation(_HERE / "loops.py", ("avg_pool_forward_loops", "avg_pool_backward_loops")),
        landmarks=landmarks(_HERE, "avg_pool"),
    ),
    bank=_bank,
    outline=_HERE / "outline" / "__init__.py",
    outline_of_any_layout=_HERE.parent / "pooling" / "any_layout.py",
)

__all__ = ["OPERATOR"]
