"""A mistake that the text shows, and that explains a part of what is wrong: shapes, or the crashes behind its lines.

What else is wrong has another reason. So nothing is named that the text does not show.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from grader.feedback.found import CRASHES_ONLY, Found
from grader.feedback.search import Search
from grader.feedback.telling import are_few, values_of
from grader.judging.judged import Wrong
from grader.records import Verdict
from reference.spec import Bug, Form

_OF_SHAPES = 0.8
"""How sure a mistake is that gives the shapes of wrong results, and not their numbers."""
_ENOUGH = 2
"""Cases that tell a mistake of shapes, or of crashes in a line."""


def of_shapes(search: Search, bugs: Sequence[Bug]) -> Found | None:
    """The one of these bugs that gives the shape of every result, all of which are too large or too small.

    A number in the place of an array, or an axis too many, is what many mistakes leave.
    """
    values = values_of(search.wrong)
    if len(values) < _ENOUGH or are_few(values, search.wrong) or not all(map(_has_a_wrong_size, values)):
        return None
    search = replace(search, wrong=values)
    of_forward = [bug for bug in bugs if bug.function == "forward"]  # of a gradient many cuts give the same
    found = [(bug, forms) for bug in of_forward if (forms := search.of_same_shapes(bug))]
    if len(found) != 1:
        return None
    ((bug, forms),) = found
    return Found(search.bank.bank, (bug,), forms, _OF_SHAPES, leaves_crashes=True, is_of_shapes=True)


def of_crashes(search: Search, lines_of: Mapping[Bug, Sequence[int]]) -> Found | None:
    """The one of these bugs that explains all crashes in one line, which is among its lines or behind them.

    Every call has to crash.
    """
    if not all(w.check.verdict is Verdict.CRASHED and w.error is not None for w in search.wrong):
        return None
    found = [(bug, forms) for bug, lines in lines_of.items() if (forms := tuple(_of_a_line(search, bug, lines)))]
    if len(found) != 1:
        return None
    ((bug, forms),) = found
    return Found(search.bank.bank, (bug,), forms, CRASHES_ONLY, leaves_crashes=True)


def _of_a_line(search: Search, bug: Bug, lines: Sequence[int]) -> Iterator[Form]:
    by_line: dict[int, list[Wrong]] = {}
    for one in search.wrong:
        if one.error is not None and one.error.line is not None and lines and one.error.line >= min(lines):
            by_line.setdefault(one.error.line, []).append(one)
    for crashed in by_line.values():
        if len(crashed) >= _ENOUGH and not are_few(crashed, search.wrong):
            yield from replace(search, wrong=crashed).explaining([((bug, i),) for i in range(len(bug.variants))])


def _has_a_wrong_size(wrong: Wrong) -> bool:
    """Whether it is misshapen, and has the axes that it should have."""
    got = None if wrong.returned is None else wrong.returned.array
    return got is not None and wrong.is_misshapen and got.ndim == wrong.problem.expected[wrong.check.output].ndim
