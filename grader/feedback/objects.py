"""Why results are wrong, also where an object leaves a gradient under another name than the one that is asked for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader import messages
from grader.cases.problems import Problem
from grader.feedback import explain
from grader.feedback.known import KnownResults
from grader.feedback.unfilled import as_of_zeros
from grader.judging.judged import Wrong
from grader.records import Verification
from grader.records.feedback import Explanation, Outline
from grader.records.sources import Submission
from grader.rubric.assignment import Assignment
from grader.sandbox.base import BaseSession
from reference.signature import Signature

_MOST_LINES, _MOST_LETTERS = 2000, 300
"""Of the text, and of a line of it: more is not looked at."""
_DEF = re.compile(r"\s*(?:async )?def (\w{1,60})\b")
_SETS = re.compile(r"\bself\.(\w{1,60})\s*(?:\[[^=]*\]\s*)?[-+*/]?=(?!=)")


def explain_of(
    submission: Submission,
    session: BaseSession,
    assignment: Assignment,
    problems: Sequence[Problem],
    wrong: Sequence[Wrong],
    outlines: Mapping[str, Outline],
    bank: KnownResults,
    verification: Verification | None,
) -> tuple[tuple[Explanation, ...], tuple[str, ...]]:
    """As `explain`, of this submission."""
    broken, rescued = ({}, 0) if verification is None else (verification.breaches, verification.wrong_on_own_cache)
    origin, told = submission.origin, as_of_zeros(wrong, assignment.rubric.tolerance)
    found, notes = explain.explain(session, assignment, problems, told, outlines, bank, origin, broken, rescued)
    return tuple(_with_misspelt(found, assignment.operator.signature, submission)), notes


def _with_misspelt(
    explained: Iterable[Explanation], signature: Signature, submission: Submission
) -> Iterator[Explanation]:
    """The same, where only `__init__` sets an attribute and another that may be meant is set elsewhere.

    What it is there says no more of the mistake than that: zeros, or nothing.
    """
    lines = {} if signature.layer is None else _set_in(submission.code)
    for one in explained:
        wanted = (signature.place_of(one.output) or "").rpartition(".")[2]
        near = messages.alike(wanted, [*lines], []) if lines and wanted and wanted not in lines else None
        if near is None:
            yield one
        else:
            at = submission.origin.among([lines[near]])
            yield replace(one, facts=(messages.misspelt_attribute(wanted, near, at), *one.facts), mistake=None)


def _set_in(code: str) -> dict[str, int]:
    r"""The attributes that methods set, `__init__` apart, each with the first of the lines that do.

    >>> _set_in("def __init__(self):\n    self.a = 0\ndef f(self):\n    self.b[:, 0] += 1\n    return self.c == self.b")
    {'b': 4}
    """
    found: dict[str, int] = {}
    inside = ""
    for at, line in enumerate(code.split("\n")[:_MOST_LINES], 1):
        text = line[:_MOST_LETTERS].partition("#")[0]
        start = _DEF.match(text)
        inside = start[1] if start else inside
        for match in _SETS.finditer(text) if inside != "__init__" else ():
            found.setdefault(match[1], at)
    return found
