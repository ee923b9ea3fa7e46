"""The spatial batch normalization: everything that is true of this operator. Knows nothing of the grader."""

from pathlib import Path

from reference.normalization.ways import landmarks
from reference.signature import Signature
from reference.spatial_batchnorm.oracle import batchnorm_backward, batchnorm_forward
from reference.spatial_batchnorm.space import CHOICES, SPACE
from reference.spec import Bank, Implementation, Operator, Timed

_HERE = Path(__file__).parent


def _bank() -> Bank:
    from reference.spatial_batchnorm.bank import BANK  # noqa: PLC0415  # right submissions do without

    return BANK


OPERATOR = Operator(
    name="spatial_batchnorm",
    summary="spatial batch normalization",
    signature=Signature(
        functions=("spatial_batchnorm_forward", "spatial_batchnorm_backward"),
        inputs=("x", "gamma", "beta"),
        parameter_name="bn_param",
        parameters=("mode", "eps", "momentum"),
        forward_outputs=("out", "running_mean", "running_var"),
        upstream="dout",
        backward_outputs=("dx", "dgamma", "dbeta"),
        of_cache=("dgamma", "dx"),
        choices=CHOICES,
        held={"running_mean": "averages", "running_var": "averages"},
        left=("running_mean", "running_var"),
    ),
    axes={
        "x": "N C H W", "gamma": "C", "beta": "C", "dout": "N C H W", "running_mean": "C", "running_var": "C",
    },
    words={"N": "image", "C": "channel", "H": "row", "W": "column"},
    batch="N",
    lengths=lambda sizes: {},
    forward=batchnorm_forward,
    backward=batchnorm_backward,
    space=SPACE,
    grid=("H", "W"),
    positive=("running_var",),
    bank=_bank,
    outline=_HERE.parent / "normalization" / "outline" / "__init__.py",
    timed=Timed(
        baseline=Implementation(
            _HERE / "baseline.py", ("spatial_batchnorm_forward_fast", "spatial_batchnorm_backward_fast")
        ),
        loops=Implementation(
            _HERE / "loops.py", ("spatial_batchnorm_forward_loops", "spatial_batchnorm_backward_loops")
        ),
        landmarks=landmarks(_HERE, "spatial_batchnorm", "channel"),
    ),
)  # fmt: skip

__all__ = ["OPERATOR"]
