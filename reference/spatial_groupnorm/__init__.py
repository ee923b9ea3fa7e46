"""The spatial group normalization: everything that is true of this operator. Knows nothing of the grader."""

from pathlib import Path

from reference.normalization.ways import landmarks
from reference.signature import Signature
from reference.spatial_groupnorm.oracle import groupnorm_backward, groupnorm_forward
from reference.spatial_groupnorm.space import CHOICES, SPACE
from reference.spec import Bank, Implementation, Operator, Timed

_HERE = Path(__file__).parent


def _bank() -> Bank:
    from reference.spatial_groupnorm.bank import BANK  # noqa: PLC0415  # right submissions do without

    return BANK


OPERATOR = Operator(
    name="spatial_groupnorm",
    summary="spatial group normalization",
    signature=Signature(
        functions=("spatial_groupnorm_forward", "spatial_groupnorm_backward"),
        inputs=("x", "gamma", "beta"),
        parameter_name="gn_param",
        parameters=("eps",),
        forward_outputs=("out",),
        upstream="dout",
        backward_outputs=("dx", "dgamma", "dbeta"),
        of_cache=("dgamma", "dx"),
        scalars=("G",),
        choices=CHOICES,
    ),
    axes={"x": "N C H W", "gamma": "1 C 1 1", "beta": "1 C 1 1", "dout": "N C H W"},
    words={"N": "image", "C": "channel", "H": "row", "W": "column"},
    batch="N",
    lengths=lambda sizes: {},
    forward=groupnorm_forward,
    backward=groupnorm_backward,
    space=SPACE,
    grid=("H", "W"),
    bank=_bank,
    outline=_HERE.parent / "normalization" / "outline" / "__init__.py",
    timed=Timed(
        baseline=Implementation(
            _HERE / "baseline.py", ("spatial_groupnorm_forward_fast", "spatial_groupnorm_backward_fast")
        ),
        loops=Implementation(
            _HERE / "loops.py", ("spatial_groupnorm_forward_loops", "spatial_groupnorm_backward_loops")
        ),
        landmarks=landmarks(_HERE, "spatial_groupnorm", "group"),
    ),
)

__all__ = ["OPERATOR"]
