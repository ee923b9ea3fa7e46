"""The bank of mistakes that people make in a spatial batch normalization, and what they give.

What all normalizations have in common is in `reference/normalization/`. They were found in some 50 public solutions,
and by thinking about each step.
"""

from collections.abc import Mapping
from typing import Any

from reference.normalization.bugs import twice
from reference.normalization.bugs.backward import backward_bugs
from reference.normalization.bugs.forward import forward_bugs
from reference.normalization.core import Array
from reference.normalization.steps import Backward, Forward, View, run
from reference.spatial_batchnorm import gradients
from reference.spatial_batchnorm.bugs import BACKWARD, FORWARD
from reference.spec import Bank, Form

BUGS = (
    *backward_bugs((1, -1), (1, -1, 1, 1)),
    *gradients.BUGS,
    *BACKWARD,
    *forward_bugs(("out", "running_var")),
    *FORWARD,
)
"""The whole bank."""


def _run(form: Form, arrays: Mapping[str, Array], dout: Array, parameters: Mapping[str, Any]) -> dict[str, Array]:
    return run(Forward(View()), Backward(View(), (-1,)), form, arrays, dout, parameters)


BANK = Bank(BUGS, _run, twice("channels-mixed", "each-place", "each-image", "all-channels", "not-moved-back", "turned"))
