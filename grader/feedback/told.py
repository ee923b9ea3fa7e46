"""What is told of mistakes that were found: in which words, with which lines, and where forward has the same.

And of crashes: in which lines, and which of them a mistake does not explain.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import chain

from grader import messages
from grader.cases.draw import complication
from grader.feedback.found import Found
from grader.feedback.telling import comes_before, telling, values_of
from grader.judging.judged import Wrong
from grader.records import Function, Verdict
from grader.records.feedback import TOGETHER, Explanation, Mistake, Outline
from grader.records.sources import Origin
from reference.endless import endless
from reference.flows import unreached
from reference.signature import Signature
from reference.spec import Bank, Bug, Operator

_LAST = 10**9
"""In place of the lines of a bug that has none: behind all others."""
_MOST_LINES = 6
"""If more lines than these have to do with a bug, none is marked."""
_MOST_CRASHES = 3
"""Lines with crashes that are told of."""


def lines_of_others(signature: Signature, names: Mapping[Function, str], text: Outline) -> dict[str, frozenset[int]]:
    """By output of backward, the lines of its text that do nothing to it, unless that is a mistake which they show."""
    lines = {
        output: frozenset(text.places.get(unreached(names["backward"], at), ()))
        for at, output in enumerate(signature.backward_outputs)
    }
    return {output: found - {*text.places.get(f"{output} zeros", ())} for output, found in lines.items()}


def lines_beside(output: str, wrong: Sequence[Wrong], of_others: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """The lines of backward that do nothing to this one of its outputs; none where every call crashed, in any line.

    Nor are there any where a call crashed in one: that lost all outputs, and another of them may be why.
    """
    beside = of_others.get(output, frozenset()) if values_of(wrong) else frozenset()
    return frozenset() if any(w.error is not None and w.error.line in beside for w in wrong) else beside


def lost_beside(
    found: Found,
    output: str,
    wrong: Sequence[Wrong],
    bugs: Mapping[str, Found],
    of_others: Mapping[str, frozenset[int]],
) -> bool:
    """Whether an output is only lost since every wrong call crashed in a line that does nothing to it.

    Then a mistake that would explain it is another's, and this one has it if the other has.
    """
    if output not in of_others or not found.is_of_crashes or values_of(wrong):
        return False
    is_lost = all(w.error is not None and w.error.line in of_others[output] for w in wrong)
    return is_lost and not any(set(found.bugs) & set(one.bugs) for one in bugs.values() if not one.is_of_crashes)


def mistake_of(found: Found, text: Outline, origin: Origin, beside: Set[int] = frozenset()) -> Mistake:
    """What to tell the student, with the lines of the function to look at, where its text shows them.

    Without those that do nothing to the output (`beside`).
    """
    of_bug = {bug: sorted({*_lines(bug, text)} - beside) for bug in found.bugs}
    titles = sorted({(line, bug.title) for bug, lines in of_bug.items() for line in lines})
    lines = tuple(dict.fromkeys(line for line, _ in titles))
    bugs = sorted(found.bugs, key=lambda bug: of_bug[bug] or [_LAST])  # as their lines are
    return Mistake(
        bug="+".join(bug.id for bug in found.bugs),
        title=TOGETHER.join(bug.title for bug in bugs),
        explanation=messages.joined([bug.explanation for bug in bugs]),
        where=messages.joined([bug.where for bug in bugs]),
        hint=messages.joined([bug.hint for bug in bugs]),
        confidence=found.confidence,
        lines=lines,
        at=origin.among(lines),
        titles=tuple(titles),
    )


def _lines(bug: Bug, text: Outline) -> tuple[int, ...]:
    """Lines of the function that show a bug, unless there are many."""
    found = text.places.get(bug.place, ())
    return found if len(found) <= _MOST_LINES else ()


def loops(wrong: Sequence[Wrong], text: Outline) -> tuple[int, ...]:
    """Lines of loops that cannot end, where a call took too long."""
    hangs = any(w.check.verdict is Verdict.TIMEOUT for w in wrong)
    return tuple(line for line, _ in endless(text.places)) if hangs else ()


def crashes_of(wrong: Sequence[Wrong], operator: Operator, *, keeps_inputs: bool) -> tuple[tuple[int, str], ...]:
    """The lines in which most calls ended, with the error of the simplest, which is told for example.

    Those on a cache that the code did not make are told only where there is no other.
    """
    wrong = [w for w in wrong if w.cache == "own" or keeps_inputs] or wrong
    wrong = sorted(wrong, key=lambda w: (not w.check.tried, *complication(operator, w.problem.case)))
    errors = [w.error for w in wrong if w.check.verdict is Verdict.CRASHED and w.error is not None]
    lines = Counter(error.line for error in errors if error.line is not None)
    first = {error.line: error for error in reversed(errors)}
    return tuple((line, messages.error_text(first[line])) for line, _ in lines.most_common(_MOST_CRASHES))


def crashes_on_ours(wrong: Sequence[Wrong]) -> bool:
    """Whether some calls crash on a cache that the code did not make, beside others on its own."""
    lost = [w for w in wrong if w.cache != "own" and w.check.verdict is Verdict.CRASHED]
    return bool(lost) and any(w.cache == "own" for w in wrong)


def of_other_reasons(
    crashes: Sequence[tuple[int, str]],
    found: Found | None,
    wrong: Sequence[Wrong],
    marked: Sequence[int],
    text: Outline,
    *,
    keeps_inputs: bool,
) -> Sequence[tuple[int, str]]:
    """Those of the crashes of an output that do not come of what was found: it does nothing on such a problem.

    It explains none that comes before its lines (`marked`) in the function (`text`), and may be why one in them is.
    """
    if found is None:
        return crashes
    told = [w for w in telling(wrong, keeps_inputs=keeps_inputs) if w.error is not None]
    unexplained = {w.error.line for w in told if w.error is not None and found.does_nothing(w.problem, w.check.output)}
    lines = {line for line, _ in crashes}
    unexplained |= {line for line in lines if comes_before(line, found.bugs, marked, text.places)}
    return [crash for crash in crashes if crash[0] in unexplained - {*marked}]


def where_calls_crash(
    crashes: Sequence[tuple[int, str]],
    others: Sequence[tuple[int, str]],
    origin: Origin,
    *,
    is_told: bool,
    is_named: bool,
    are_others: bool,
) -> Iterator[str]:
    """In which lines some calls crash.

    Args:
        crashes: lines and errors.
        others: those of them that come of no mistake that is named beside.
        origin: where the lines of the text are.
        is_told: whether one of them is the example.
        is_named: whether a mistake is named beside.
        are_others: whether others crash, too, on a cache that the code did not make.
    """
    explained = [(origin.among([line]), error) for line, error in crashes if (line, error) not in others]
    elsewhere = [(origin.among([line]), error) for line, error in others]
    if len(explained) > 1:
        yield messages.crash_elsewhere(explained, others=are_others)
    elif explained and not is_told:
        yield messages.some_crash(*explained[0], others=are_others)
    if len(elsewhere) > 1:
        yield messages.crash_elsewhere(elsewhere, is_named=is_named, others=are_others)
    elif elsewhere and not is_told:
        yield messages.some_crash(*elsewhere[0], is_named=is_named, others=are_others)
    elif elsewhere and is_named:
        yield messages.crash_of_another(elsewhere[0][0])


def with_what_is_lost(
    explanations: Sequence[Explanation], wrong: Mapping[str, Sequence[Wrong]], leaving: Set[str]
) -> list[Explanation]:
    """The explanations, in which an output without a mistake refers to one with, where it is lost in its crashes.

    What is said of these crashes is said there. Those of `leaving` have a mistake that is not why calls crash.
    """
    calls = {name: {(w.problem.case.index, w.check.verdict, w.error) for w in cases} for name, cases in wrong.items()}
    named = [one for one in explanations if one.mistake is not None and one.output not in leaving]
    told = []
    for one in explanations:
        is_lost = one.mistake is None and all(verdict is Verdict.CRASHED for _, verdict, _ in calls[one.output])
        other = next((other for other in named if is_lost and calls[one.output] <= calls[other.output]), None)
        own = [fact for fact in one.facts if other is None or fact not in other.facts]
        lost = () if other is None else (messages.lost_with(other.output),)
        told.append(replace(one, facts=(*own, *lost)))
    return told


def with_the_first(
    explanations: Sequence[Explanation],
    signature: Signature,
    names: Mapping[Function, str],
    bank: Bank,
    origin: Origin,
    brought: Set[str] = frozenset(),
    backward: Outline | None = None,
) -> tuple[Explanation, ...]:
    """The explanations, in which a mistake of backward that forward has, too, refers to that one.

    The hint is then that of forward, for many of backward's say to compare with forward. Outputs that are `brought` may
    be wrong by the cache of forward alone. Then nothing says that it is made in backward, unless its own text shows it.
    Where nothing is named for an output of backward, lines of forward's mistake that are in the text of backward, too,
    are told: those of a function that both call.
    """
    found = [(one.output, one.mistake) for one in explanations if one.mistake is not None]
    first = next((mistake for output, mistake in found if output in signature.forward_outputs), None)
    if first is None:
        return tuple(explanations)
    told = tuple(_referring(one, first, names["forward"], bank, origin, brought) for one in explanations)
    if backward is None or not (lines := sorted({*first.lines}.intersection(chain(*backward.places.values())))):
        return told
    shared = messages.run_by_both(origin.among(lines), names["forward"])
    is_unnamed = [one.output in signature.backward_outputs and one.mistake is None for one in told]
    return tuple(
        replace(one, facts=(shared, *one.facts)) if unnamed else one
        for one, unnamed in zip(told, is_unnamed, strict=True)
    )


def _referring(
    one: Explanation, first: Mistake, forward: str, bank: Bank, origin: Origin, brought: Set[str]
) -> Explanation:
    own = set() if one.mistake is None else {*one.mistake.bug.split("+")}
    same = [
        bug for bug in bank.bugs if bug.id in first.bug.split("+") and not own.isdisjoint(bank.twice.get(bug.id, ()))
    ]
    if one.mistake is None or not same:
        return one
    may_come_from_it, titles = one.output in brought, {bug.title for bug in same}
    lines = {line for line, title in first.titles if title in titles}
    is_shared = bool(one.mistake.lines) and lines.issuperset(one.mistake.lines)
    refers = messages.same_in_forward(
        forward, origin.among(sorted(lines)), may_come_from_it=may_come_from_it, is_shared=is_shared
    )
    where = f"{one.mistake.where} {refers}"
    if may_come_from_it and not one.mistake.lines:
        where = messages.first_in_forward(refers, one.mistake.where)
    is_one = "+" not in one.mistake.bug + first.bug
    hint = first.hint if is_one else one.mistake.hint
    told = replace(one.mistake, where=where, hint=hint)
    if may_come_from_it and not told.lines:
        told = replace(told, title=told.title.removesuffix(" in backward").rstrip(","))
    return replace(one, mistake=told)
