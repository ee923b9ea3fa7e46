"""The bank of mistakes that people really make in a convolution, and what they give.

What people get wrong was counted in some 200 public solutions; more were added by thinking about each step.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.conv2d.bugs import backward, forward, sizes
from reference.conv2d.steps import Backward, Bug, Forward, Steps

Array = NDArray[Any]

BUGS: tuple[Bug, ...] = (*backward.BUGS, *sizes.BACKWARD, *forward.BUGS, *sizes.FORWARD)
"""The whole bank; of a function, the commonest first."""


PROMISES: Mapping[str, Bug] = {
    "inputs_unchanged": Bug(
        "both-changes-inputs", "forward", (), "The function changes its own inputs",
        "An array that was handed in is changed in place, so whoever calls the function finds other numbers in it "
        "afterwards, and the next layer computes with those.",
        "Every +=, -=, *= and every assignment to a part of an array: is that array yours, or was it handed in?",
        "A slice, a reshape or a transpose of an array shares its memory. Which of yours begin with a copy?",
        (),
    ),
    "deterministic": Bug(
        "both-keeps-state", "forward", (), "Something is left over from the call before",
        "Called twice with the same inputs, the function gives two results: it remembers something, or begins with "
        "what it did not set itself.",
        "Variables outside the function, default arguments that change, arrays made with np.empty, random numbers.",
        "Which of your arrays is not set to zero at the start of each call?",
        (),
    ),
}  # fmt: skip
"""What is behind a promise that is broken."""


def steps(bugs: Sequence[tuple[Bug, int]]) -> Steps:
    """The steps with these bugs, each in the variant of that number."""
    found: Steps = Forward() if bugs[0][0].function == "forward" else Backward()
    for bug, variant in bugs:
        found = bug.variants[variant](found)
    return found


def run(
    bugs: Sequence[tuple[Bug, int]], arrays: Mapping[str, Array], dout: Array, conv_param: Mapping[str, int]
) -> dict[str, Array]:
    """The outputs of the pass with these bugs, by name.

    Args:
        bugs: of one function, each with the number of its variant.
        arrays: x (N, C, H, W), w (F, C, HH, WW), b (F,).
        dout: upstream gradient (N, F, H_out, W_out).
        conv_param: stride and pad.

    Raises:
        Exception: of whatever kind where this code would have crashed.
    """
    wanted = np.float32 if any(bug.id.endswith("float32") for bug, _ in bugs) else np.float64
    x, w, b = (arrays[name].astype(wanted) for name in ("x", "w", "b"))
    found = steps(bugs)
    with np.errstate(all="ignore"):
        if isinstance(found, Forward):
            return {"out": found.run(x, w, b, conv_param)}
        return dict(zip(("dx", "dw", "db"), found.run(dout.astype(wanted), x, w, b, conv_param), strict=True))
