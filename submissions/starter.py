"""Starter: the assignment as it is handed out; nothing is implemented.

Expected:
    forward: missing 0 (everywhere)
    dx: missing 0 (everywhere)
    dw: missing 0 (everywhere)
    db: missing 0 (everywhere)
    contract: missing 0
    speed-forward: nothing
    speed-backward: nothing
"""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    out = None
    # *****START OF YOUR CODE*****

    pass

    # *****END OF YOUR CODE*****
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    dx, dw, db = None, None, None
    # *****START OF YOUR CODE*****

    pass

    # *****END OF YOUR CODE*****
    return dx, dw, db
