"""The bank of mistakes that people really make in a convolution, and what they give.

What people get wrong was counted in some 200 public solutions; more were added by thinking about each step.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.conv2d.bugs import BUGS
from reference.conv2d.bugs.twice import TWICE
from reference.conv2d.steps import Backward, Forward, Steps
from reference.spec import Bank, Form

Array = NDArray[Any]


@lru_cache(maxsize=1000)
def steps(form: Form) -> Steps:
    """The steps with these bugs, each in the variant of that number: put together once for all problems."""
    found: Steps = Forward() if form[0][0].function == "forward" else Backward()
    for bug, variant in form:
        found = bug.variants[variant](found)
    return found


def run(form: Form, arrays: Mapping[str, Array], dout: Array, conv_param: Mapping[str, int]) -> dict[str, Array]:
    """The outputs of the pass with these bugs, by name.

    Args:
        form: bugs of one function, each with the number of its variant.
        arrays: x (N, C, H, W), w (F, C, HH, WW), b (F,).
        dout: upstream gradient (N, F, H_out, W_out).
        conv_param: stride and pad.

    Raises:
        Exception: of whatever kind where this code would have crashed.
    """
    wanted = np.float32 if any(bug.id.endswith("float32") for bug, _ in form) else np.float64
    x, w, b = (arrays[name].astype(wanted) for name in ("x", "w", "b"))
    found = steps(form)
    with np.errstate(all="ignore"):
        if isinstance(found, Forward):
            return {"out": found.run(x, w, b, conv_param)}
        return dict(zip(("dx", "dw", "db"), found.run(dout.astype(wanted), x, w, b, conv_param), strict=True))


BANK = Bank(BUGS, run, TWICE)
