"""The bank of mistakes that people make in a max pooling, and what they give."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.max_pool2d.bugs import backward, forward, places
from reference.max_pool2d.steps import Backward, Forward, Steps
from reference.spec import Bank, Bug, Form

Array = NDArray[Any]

BUGS: tuple[Bug, ...] = (*backward.BUGS, *places.BUGS, *forward.BUGS)
"""The whole bank."""


def run(form: Form, arrays: Mapping[str, Array], dout: Array, pool_param: Mapping[str, int]) -> dict[str, Array]:
    """The output of the pass with these bugs, by name.

    Args:
        form: bugs of one function, each with the number of its variant.
        arrays: x (N, C, H, W).
        dout: upstream gradient (N, C, H_out, W_out).
        pool_param: pool_height, pool_width and stride.

    Raises:
        ValueError, IndexError: where this code would have crashed.
    """
    found: Steps = Forward() if form[0][0].function == "forward" else Backward()
    for bug, variant in form:
        found = bug.variants[variant](found)
    x = arrays["x"].astype(np.float64)
    if isinstance(found, Forward):
        return {"out": found.run(x, pool_param)}
    return {"dx": found.run(dout.astype(np.float64), x, pool_param)}


BANK = Bank(BUGS, run)
