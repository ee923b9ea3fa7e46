"""What every attack has before it: a wrong answer for everything, so that any mark is a forged one."""


import os
import sys

import numpy as np

_change, _before, _see = [lambda out: out], [], []


def attempt(what, action):
    """Try to do harm, and say whether it was held."""
    try:
        action()
    except BaseException as error:  # however it is held
        print("held", what, type(error).__name__)
    else:
        print("BROKE", what)


def in_forward(action):
    """Do this in every forward call."""
    _before.append(action)


def with_inputs(action):
    """Do this with the inputs of every forward call."""
    _see.append(action)


def returning(change):
    """Return this of the wrong answer."""
    _change[0] = change


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    for action in _see:
        action(x, w, b)
    for action in _before:
        action()
    size = [(x.shape[i] + 2 * pad - w.shape[i]) // stride + 1 for i in (2, 3)]
    return _change[0](np.zeros((len(x), len(w), *size))), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    return None, None, None
