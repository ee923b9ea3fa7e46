"""The kernel where the window belongs, and the window where the kernel belongs."""

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, finish
from reference.conv2d.steps import exchange
from reference.conv2d.windows import Place, kernel_gradient, scatter, windows


def _of_window(dout: Array, padded: Array, w: Array, starts: Place) -> tuple[Array, Array]:
    """The gradient of x with its padding, where each window gets itself times dout, and dw."""
    view = windows(padded, starts, w.shape[2], w.shape[3], "strict")
    dx_padded = np.zeros(padded.shape)
    scatter(dx_padded, view * dout.sum(axis=1)[:, None, :, :, None, None], starts, "strict")
    return dx_padded, kernel_gradient(dout, view)


BUGS = (
    bug(
        "dx-of-window", "dx is computed with x, where w belongs",
        "out is a product of a window of x and of w[f]. Its derivative with respect to the window is w[f]; here each "
        "window gets itself, times the upstream gradient.",
        "The line that adds to dx.",
        "If a number of w[f] is 0, what should the pixel that it is multiplied with get?",
        exchange(nest=_of_window), place="dx of window",
    ),
    bug(
        "dw-of-kernel", "dw is computed with w, where the window of x belongs",
        "out is a product of a window of x and of w[f]. Its derivative with respect to w[f] is the window; here w[f] "
        "itself is multiplied by the upstream gradient.",
        "The line that adds to dw.",
        "If all of x is 0, what should dw be?",
        finish(1, lambda gradients, inputs: inputs[1] * gradients[2].reshape(-1, 1, 1, 1)), place="dw of kernel",
    ),
)  # fmt: skip
