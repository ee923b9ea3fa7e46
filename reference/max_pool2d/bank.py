"""The bank of mistakes that people make in a max pooling, and what they give."""

from dataclasses import replace

from reference.max_pool2d.bugs import backward, below_zero, forward
from reference.pooling.bank import bank_of
from reference.pooling.bugs import one_axis
from reference.pooling.bugs.backward import PARTS, RETURNED, WINDOWS
from reference.pooling.bugs.forward import BUGS as FORWARD
from reference.pooling.steps import Backward, Forward, first_wins, however_ties_are_split
from reference.spec import Bug


def _however_ties_are_split(bug: Bug) -> Bug:
    return replace(bug, variants=however_ties_are_split(*bug.variants))


BUGS: tuple[Bug, ...] = (
    *backward.BUGS,
    *below_zero.BUGS,
    *map(_however_ties_are_split, (*PARTS, *WINDOWS, *one_axis.BACKWARD)),
    *RETURNED,
    *FORWARD,
    *one_axis.FORWARD,
    *forward.BUGS,
)
"""The whole bank."""

BANK = bank_of(BUGS, Forward(pick=lambda view: view.max(axis=(4, 5))), Backward(wins=first_wins))
