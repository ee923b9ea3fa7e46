"""The right places, with other values in them."""

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, cropped, finish, ones
from reference.conv2d.steps import both, exchange, then
from reference.conv2d.windows import zeros_around


def _mean(out: Array, view: Array, w: Array) -> Array:
    return np.asarray(out / np.prod(w.shape[1:]))


def _with_its_padding(gradients: tuple[Array, Array, Array], inputs: tuple[Array, Array, Array]) -> Array:
    """Return x as far as its gradient reaches, which was not cropped."""
    pad = (gradients[0].shape[2] - inputs[0].shape[2]) // 2
    return zeros_around(inputs[0], (pad, pad), (pad, pad))


BUGS = (
    bug(
        "dx-no-upstream", "dx is not multiplied by the upstream gradient",
        "Every window gets w[f] as it is: the gradient of the sum of out, not of the loss.",
        "The line that adds to dx.",
        "The chain rule multiplies the local gradient (here w) with the one that comes from above.",
        exchange(dx_upstream=ones), place="dx without upstream",
    ),
    bug(
        "dx-is-x", "x is returned as its own gradient",
        "What is returned for dx is x itself, as it came or padded.",
        "The return statement, and what dx was last assigned.",
        "Print dx and x: did anything flow back from dout?",
        finish(0, lambda gradients, inputs: inputs[0]),
        both(cropped(lambda dxp, g: dxp), finish(0, _with_its_padding)), place="returns input",
    ),
    bug(
        "dx-zeros", "Nothing, or nothing but zeros, is put into dx",
        "The array that is returned stays as it was made, or only zeros are added to it.",
        "The line that makes dx, or adds to it: is something added to the array that you return?",
        "Print the array right after something is added to it, and dx at the end.",
        exchange(scatter=lambda *_: None), finish(0, lambda gradients, inputs: np.zeros_like(inputs[0])),
        place="dx zeros",
    ),
    bug(
        "dx-averaged", "dx is divided by the number of images",
        "The result is too small by the factor N. If the loss is a mean, the upstream gradient knows it already.",
        "Where dx is divided, or a mean is taken.",
        "Does the definition divide by anything?",
        finish(0, lambda gradients, inputs: gradients[0] / len(inputs[0])), place="divided for dx",
    ),
    bug(
        "dw-no-upstream", "dw is not multiplied by the upstream gradient",
        "The windows are summed as they are: the gradient of the sum of out, not of the loss.",
        "The line that adds to dw.",
        "The chain rule multiplies the local gradient (here the window) with the one that comes from above.",
        exchange(dw_upstream=ones), place="dw without upstream",
    ),
    bug(
        "dw-is-w", "w is returned as its own gradient",
        "What is returned for dw is w itself.",
        "The return statement, and what dw was last assigned.",
        "Print dw - w.",
        finish(1, lambda gradients, inputs: inputs[1]), place="returns input",
    ),
    bug(
        "dw-zeros", "Nothing, or nothing but zeros, is put into dw",
        "The array that is returned stays as it was made, or only zeros are added to it.",
        "The line that makes dw, or adds to it: is something added to the array that you return, and does the image "
        "that its windows come from hold x?",
        "Print the array right after something is added to it, and dw at the end.",
        finish(1, lambda gradients, inputs: np.zeros_like(inputs[1])), place="dw zeros",
    ),
    bug(
        "dw-averaged", "dw is divided by the number of images",
        "The result is too small by the factor N. If the loss is a mean, the upstream gradient knows it already.",
        "Where dw is divided, or a mean is taken.",
        "Does the definition divide by anything?",
        finish(1, lambda gradients, inputs: gradients[1] / len(inputs[0])), place="divided for dw",
    ),
    bug(
        "out-integer", "The results are cut off to whole numbers",
        "What is stored in out loses its fraction: out is an array of integers, or the sum is made whole before it is "
        "stored.",
        "The line that makes out (which dtype does it get?) and the one that stores in it.",
        "An array that is made with `dtype=int`, or by np.zeros_like of one of integers, keeps no fractions.",
        then("bias", lambda out, *_: np.trunc(out)), place="array of integers",
    ),
    bug(
        "out-mean", "The mean of the products is taken, not their sum",
        "The result (without bias) is too small by the factor C*HH*WW.",
        "The function that reduces the products.",
        "Does the definition divide by anything?",
        then("products", _mean), place="divided",
    ),
    bug(
        "out-negated", "The products are subtracted",
        "The sum of products has the wrong sign.",
        "The line that adds up the products.",
        "Is there a minus (or a -=) that does not belong there?",
        then("products", lambda out, *_: -out), place="subtracted",
    ),
    bug(
        "out-relu", "Negative results are set to zero",
        "Positive results are right, negative ones are zero: a ReLU has got into the convolution.",
        "The end of the function: np.maximum, np.clip, a condition?",
        "The activation is a layer of its own.",
        then("finish", lambda out, *_: np.maximum(out, 0)), place="clipped",
    ),
    bug(
        "out-zeros", "Nothing, or nothing but zeros, is put into out",
        "The array that is returned stays as it was made, or only zeros are added to it.",
        "The assignment to out: does it reach out, and does a loop around it run at all?",
        "Print a number right after it is computed, and out[0, 0] at the end.",
        then("finish", lambda out, *_: np.zeros_like(out)), place="dx zeros",
    ),
)  # fmt: skip
