"""A call that failed, made again: as it was, on another problem, or alone in a new process."""

import signal
from dataclasses import replace

from grader.cases.problems import Problem
from grader.judging.compare import compare
from grader.judging.judged import Wrong
from grader.records import CallOutcome, StudentError, Verdict
from grader.records.words import End
from grader.rubric.model import Tolerance
from grader.sandbox.base import BaseSession
from reference.signature import Signature

CALL_S = 1.0
"""Seconds of `TimeLimit` for a call, or for those of an exchange. Small problems take a thousandth of it."""
_DEATHS = (End.EXIT, End.BREACH, *signal.Signals.__members__)
"""Errors that are the end of a process."""


def is_a_death(error: StudentError | None) -> bool:
    """Whether the process ended with the call."""
    return error is not None and error.type in _DEATHS


def called(session: BaseSession, signature: Signature, wrong: Wrong, problem: Problem) -> CallOutcome:
    """The call that went wrong, on another problem: of backward on a cache as it was given then.

    Where that took the place of a cache that forward did not leave, it is forward's call if it leaves one now.
    """
    if wrong.check.output not in signature.backward_outputs:
        return session.forward(problem.arrays, problem.parameters, CALL_S)
    if wrong.cache == "own" or wrong.lacks_own:
        outcome = session.forward(problem.arrays, problem.parameters, CALL_S)
        if session.has_own_cache == wrong.lacks_own:
            return outcome
    return session.backward(problem.upstream, problem.arrays, problem.parameters, wrong.cache, CALL_S)


def is_right_alone(session: BaseSession, signature: Signature, tolerance: Tolerance, wrong: Wrong) -> bool:
    """Whether a case that failed is right in a new process, so that it failed because of the calls before."""
    session.restart()
    return _is_right(session, signature, tolerance, wrong, wrong.problem)


def is_right_on_other(
    session: BaseSession, signature: Signature, tolerance: Tolerance, wrong: Wrong, problem: Problem
) -> bool:
    """Whether a problem is right on the other cache than that on which backward was wrong, and marked so."""
    is_on_own = wrong.cache == "own"
    if wrong.check.output not in signature.backward_outputs or signature.layer is not None:
        return False
    other = replace(wrong, cache="canonical" if is_on_own else "own")
    return (is_on_own or wrong.on_own is not None) and _is_right(session, signature, tolerance, other, problem)


def _is_right(session: BaseSession, signature: Signature, tolerance: Tolerance, wrong: Wrong, problem: Problem) -> bool:
    outcome, name = called(session, signature, wrong, problem), wrong.check.output
    if not outcome.returned or name not in outcome.outputs:
        return False
    returned = outcome.outputs[name]
    expected = problem.right_answer(name, returned.array)
    return compare(name, problem.case, returned, expected, tolerance.of(problem.case.dtype)).verdict is Verdict.PASSED
