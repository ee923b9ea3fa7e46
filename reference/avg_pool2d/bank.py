"""The bank of mistakes that people make in an average pooling, and what they give."""

from reference.avg_pool2d.bugs import BACKWARD, FORWARD, cells, mean, shared_evenly
from reference.pooling.bank import bank_of
from reference.pooling.bugs import one_axis
from reference.pooling.bugs.backward import PARTS, RETURNED, WINDOWS
from reference.pooling.bugs.forward import BUGS as FORWARD_WINDOWS
from reference.pooling.steps import Backward, Forward
from reference.spec import Bug

BUGS: tuple[Bug, ...] = (
    *BACKWARD,
    *WINDOWS,
    *one_axis.BACKWARD,
    *PARTS,
    *RETURNED,
    *FORWARD,
    *FORWARD_WINDOWS,
    *one_axis.FORWARD,
)
"""The whole bank."""

BANK = bank_of(BUGS, Forward(pick=mean, empty=True), Backward(wins=cells, share=shared_evenly, empty=True))
