"""A bank of mistakes in a pooling: the right passes, and what exchanges their steps."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.pooling.steps import Backward, Forward, Steps
from reference.spec import Bank, Bug, Form

Array = NDArray[Any]


def bank_of(bugs: tuple[Bug, ...], forward: Forward, backward: Backward) -> Bank:
    """The bank of these mistakes, in passes that are right without them.

    Its `run` gets x (N, C, H, W), dout (N, C, H_out, W_out), and pool_height, pool_width and stride.
    """

    def run(form: Form, arrays: Mapping[str, Array], dout: Array, pool_param: Mapping[str, int]) -> dict[str, Array]:
        found: Steps = forward if form[0][0].function == "forward" else backward
        for bug, variant in form:
            found = bug.variants[variant](found)
        x = arrays["x"].astype(np.float64)
        if isinstance(found, Forward):
            return {"out": found.run(x, pool_param)}
        return {"dx": found.run(dout.astype(np.float64), x, pool_param)}

    ids = {bug.id for bug in bugs}
    alike = {one: one.replace("out-", "dx-", 1) for one in ids if one.startswith("out-")}
    return Bank(bugs, run, {forward: (backward,) for forward, backward in alike.items() if backward in ids})
