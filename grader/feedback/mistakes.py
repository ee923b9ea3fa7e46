"""Which known mistake gives the student's results.

Nothing is run here but the bank's own code.

A name is given only where a bug, or two together, gives the student's result on every case that is wrong and the
expected one on every case that is right. A wrong name would do more harm than none.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from itertools import chain

from grader.cases.problems import Problem
from grader.feedback.found import CRASHES_ONLY, SURE, Found
from grader.feedback.known import KnownResults
from grader.feedback.partly import of_crashes, of_shapes
from grader.feedback.search import Search, common_pairs
from grader.feedback.telling import (
    are_few,
    can_be_named,
    comes_before,
    died_on_own,
    may_be_chance,
    not_lost_with,
    on_every_cache,
    telling,
    telling_first,
    values_of,
)
from grader.judging.judged import Wrong
from grader.records import FUNCTIONS, Function
from grader.records.feedback import Outline
from grader.rubric.model import Tolerance
from reference.spec import Bug
from reference.unpacked import moved, taken_for_padded

_MOST_PAIRS = 1200
"""Pairs of bugs that are tried, of all outputs together: that takes a quarter of a second."""
_TWO_AT_ONCE = 0.8
_ENOUGH = 2
"""Cases without a crash that tell a mistake which explains none; the text has to show it, too, if no other is known."""


def find_bugs(
    wrong: Mapping[str, Sequence[Wrong]],
    right: Mapping[str, Sequence[Problem]],
    tolerance: Tolerance,
    bank: KnownResults,
    texts: Mapping[Function, Outline] | None = None,
    *,
    keeps_inputs: bool = True,
    beside: Mapping[str, Set[int]] | None = None,
) -> dict[str, Found]:
    """What is behind the outputs that are wrong; those that nothing in the bank explains are left out.

    Where backward was given the canonical cache, a bug has to give the results on the student's own, too. Where there
    is none, nothing is named, unless it is known that it would have held the same; but crashes on a cache that the code
    did not make say nothing, where there are other results.

    Args:
        wrong: by output, every case in which it is not right.
        right: by output, of those that are wrong nowhere too, the problems in which it is right.
        tolerance: of the rubric.
        bank: the bugs, and what they give on these problems.
        texts: what the text of each function says; bugs that it has to show are named only where it does.
        keeps_inputs: whether forward is known to cache its inputs as they are.
        beside: by output, lines that do nothing to it: a bug of it makes no crash in one.
    """
    by_chance = {output for output, cases in wrong.items() if may_be_chance(cases)}
    wrong = {output: on_every_cache(telling(cases, keeps_inputs=keeps_inputs)) for output, cases in wrong.items()}
    wrong = {output: w for output, w in wrong.items() if output not in by_chance or len(values_of(w)) < len(w)}
    searches = {
        output: Search(output, telling_first(wrong.get(output, ())), problems, tolerance, bank)
        for output, problems in right.items()
    }
    known = [bug for bug in bank.bank.bugs if not _is_beside(bug, wrong, beside or {})]
    seen = [bug for bug in known if _is_in_text(bug, texts or {})]
    known = [bug for bug in known if not bug.in_text or bug in seen]
    spoiled = {output for output, cases in wrong.items() if values_of(cases)}
    most_pairs = _MOST_PAIRS // max(1, len(wrong))
    found: dict[str, Found] = {}
    for output in sorted(wrong, key=lambda output: (output not in spoiled, list(wrong).index(output))):
        if all(can_be_named(w, keeps_inputs=keeps_inputs) for w in wrong[output]):
            behind = None if output in spoiled else _same(searches[output], found) or _same_calls(output, wrong, found)
            behind = behind or _find(searches, known, seen, output, found, spoiled or {*wrong}, most_pairs)
            behind = behind or _same(searches[output], found)
            left = wrong[output] if behind is None else _not_above(behind, wrong[output], texts or {})
            if behind is not None and len(left) < len(wrong[output]):
                searches[output] = replace(searches[output], wrong=telling_first(left))
                forms = searches[output].forms_of(behind.bugs[0]) if len(left) >= _ENOUGH else ()
                told = min(behind.confidence, _TWO_AT_ONCE)
                behind = Found(behind.bank, behind.bugs[:1], forms, told, leaves_crashes=True) if forms else None
            if behind is not None:
                found[output] = behind

    def name_the_rest() -> None:
        for output in [output for output in wrong if output not in found]:
            if all(can_be_named(w, keeps_inputs=keeps_inputs) for w in wrong[output]):
                left = not_lost_with(output, wrong, found)
                behind = _same_calls(output, wrong, found) if output not in spoiled else None
                if behind is None and left and len(left) < len(wrong[output]):
                    searches[output] = replace(searches[output], wrong=telling_first(left))
                    behind = _find(searches, known, seen, output, found, spoiled, most_pairs)
                elif behind is None and found:
                    behind = _find(searches, known, seen, output, found, spoiled, 0)
                if behind is not None and _not_above(behind, left, texts or {}) == left:
                    found[output] = behind

    def name_the_values(bugs: Sequence[Bug]) -> None:
        for output in [one for one in wrong if one in spoiled and not _is_sure_or_shown(found.get(one), texts or {})]:
            values = [
                w for w in values_of(wrong[output]) if can_be_named(w, keeps_inputs=keeps_inputs) and not died_on_own(w)
            ]
            if _ENOUGH <= len(values) < len(wrong[output]) and output not in by_chance:
                search = {**searches, output: replace(searches[output], wrong=telling_first(values))}
                behind = _find(search, bugs, seen, output, found, spoiled, 0)
                if behind is not None and not _crashes_there(behind, wrong[output], texts or {}):
                    found[output] = replace(behind, confidence=_told_by(values, wrong[output]), leaves_crashes=True)

    name_the_rest()
    name_the_values(seen)
    if any(one.leaves_crashes for one in found.values()):
        name_the_rest()
        name_the_values(known)  # where something else in it is known
    for output in [one for one in wrong if one not in found]:
        if all(can_be_named(w, keeps_inputs=keeps_inputs) for w in wrong[output]):
            behind = _in_part(searches, wrong[output], seen, output, found, texts or {})
            if behind is not None:
                found[output] = behind
    return found


def _in_part(
    searches: Mapping[str, Search],
    wrong: Sequence[Wrong],
    seen: Sequence[Bug],
    output: str,
    found: Mapping[str, Found],
    texts: Mapping[Function, Outline],
) -> Found | None:
    """What the text shows, and explains shapes or the crashes of a line; nothing where all may come of the cache."""
    likely = [bug for bug in seen if bug.function == "forward" or not _is_cache_moved(texts)]
    fitting = [b for b in likely if output in b.outputs and _fits_others(b, searches, output, found)]
    search = replace(searches[output], wrong=wrong)
    return of_shapes(search, fitting) or of_crashes(search, {bug: _lines_of(bug, texts) for bug in fitting})


def _is_sure_or_shown(found: Found | None, texts: Mapping[Function, Outline]) -> bool:
    """Whether it is sure, the text shows it, or it is one bug that explains the crashes as well."""
    if found is None or (len(found.bugs) == 1 and not found.leaves_crashes):
        return found is not None
    return found.confidence >= SURE or all(bug.function not in texts or _lines_of(bug, texts) for bug in found.bugs)


def _not_above(found: Found, wrong: Sequence[Wrong], texts: Mapping[Function, Outline]) -> list[Wrong]:
    """Without calls that crashed above what was found, before that was run, where the text shows all of it."""
    shown = [_lines_of(bug, texts) for bug in found.bugs if bug.function in texts]
    if not shown or not all(shown):
        return list(wrong)
    lines, places = [*chain(*shown)], texts[found.bugs[0].function].places
    return [w for w in wrong if w.error is None or not comes_before(w.error.line, found.bugs, lines, places)]


def _lines_of(bug: Bug, texts: Mapping[Function, Outline]) -> Sequence[int]:
    return texts[bug.function].places.get(bug.place, ())


def _crashes_there(found: Found, wrong: Sequence[Wrong], texts: Mapping[Function, Outline]) -> bool:
    """Whether a call crashed in a line that shows what was found: then that should be why."""
    lines = {line for bug in found.bugs for line in _lines_of(bug, texts)}
    return any(w.error is not None and (w.error.line is None or w.error.line in lines) for w in wrong)


def _told_by(values: Sequence[Wrong], wrong: Sequence[Wrong]) -> float:
    return CRASHES_ONLY if are_few(values, wrong) else _TWO_AT_ONCE


def _same(search: Search, found: Mapping[str, Found]) -> Found | None:
    """What is behind another output, where it explains this one, too: a crash costs all outputs of a function.

    One of two mistakes is all that is told where it is enough.
    """
    for other in found.values():
        enough = [(bug, forms) for bug in other.bugs if (forms := search.forms_of(bug))]
        if len(enough) == 1:
            return replace(other, bugs=(enough[0][0],), forms=enough[0][1])
        forms = search.explaining(other.forms)
        if forms:
            return replace(other, forms=forms)
    return None


def _same_calls(output: str, wrong: Mapping[str, Sequence[Wrong]], found: Mapping[str, Found]) -> Found | None:
    """What is behind another output, if this one is only lost in calls that its mistake ended, so none returned."""
    lost = {(w.problem.case.index, w.error) for w in wrong[output]}
    if any(error is None for _, error in lost):
        return None
    others = {other: one for other, one in found.items() if not one.leaves_crashes}
    by_other = {other: {(w.problem.case.index, w.error) for w in wrong[other]} for other in others}
    return next((others[other] for other, lost_there in by_other.items() if lost <= lost_there), None)


def _is_cache_moved(texts: Mapping[Function, Outline]) -> bool:
    """Whether backward takes the parts of the cache for each other, or x for padded: all else may come of that."""
    forward, backward = (texts.get(function, Outline()).places for function in FUNCTIONS)
    return moved(forward, backward) is not None or taken_for_padded(forward, backward) is not None


def _is_beside(bug: Bug, wrong: Mapping[str, Sequence[Wrong]], beside: Mapping[str, Set[int]]) -> bool:
    """Whether all that it spoils is lost in crashes alone, each in a line that does nothing to it."""
    of_bug = [(wrong[output], beside.get(output, ())) for output in bug.outputs if output in wrong]
    return bool(of_bug) and all(w.error is not None and w.error.line in lines for cases, lines in of_bug for w in cases)


def _is_in_text(bug: Bug, texts: Mapping[Function, Outline]) -> bool:
    return bug.function in texts and bool(texts[bug.function].places.get(bug.place))


def _find(
    searches: Mapping[str, Search],
    known: Sequence[Bug],
    seen: Sequence[Bug],
    output: str,
    found: Mapping[str, Found],
    spoiled: Set[str],
    most_pairs: int,
) -> Found | None:
    """One bug or, failing that, two; none where several say different things of the same results.

    Where several bugs give the same, the one that spoils just the outputs that are wrong is meant, and of these the one
    that is seen in the text.
    """
    search = searches[output]
    values = bool(values_of(search.wrong))
    bank = search.bank.bank
    bugs = [bug for bug in known if output in bug.outputs]
    fitting = [(b, forms) for b in bugs if (forms := search.forms_of(b)) and _fits_others(b, searches, output, found)]
    if fitting:
        fitting = [one for one in fitting if one[0].in_text] or fitting
        fitting = [one for one in fitting if search.is_whole(one[1])] or fitting
        if not values:  # which tell little: only what the text bears out is told
            fitting = [one for one in fitting if one[0] in seen] or fitting
        nearest = _nearest([(bug,) for bug, _ in fitting], spoiled)
        nearest = nearest if len(nearest) == 1 else [bugs for bugs in nearest if bugs[0] in seen]
        nearest = [bugs for bugs in nearest if not _is_elsewhere_another(bugs[0], found)] or nearest
        nearest = [bugs for bugs in nearest if any(bugs[0] in one.bugs for one in found.values())] or nearest
        if len(nearest) != 1:
            return None
        forms = next(forms for bug, forms in fitting if (bug,) == nearest[0])
        told = values and not are_few([w for w in search.wrong if w.error is None], search.wrong)  # or nothing is left
        before = (one.confidence for one in found.values() if nearest[0][0] in one.bugs)
        return Found(bank, nearest[0], forms, SURE if told else max((CRASHES_ONLY, *before)))
    bugs = bugs if values else [bug for bug in bugs if bug in seen]  # crashes tell little: the text has to show both
    likely = [bug for bug in bugs if _fits_others(bug, searches, output, found)] if most_pairs else []
    pairs = search.pairs(likely, most_pairs)
    pairs = pairs if values else [form for form in pairs if all(map(search.crashes_by_itself, form))]
    if values and most_pairs:
        pairs += [form for form in common_pairs(searches, output, bugs, most_pairs) if form not in pairs]
    nearest = _nearest([tuple(bug for bug, _ in form) for form in pairs], spoiled)
    if len(nearest) != 1:
        return None
    forms = tuple(form for form in pairs if tuple(bug for bug, _ in form) == nearest[0])
    return Found(bank, nearest[0], forms, _TWO_AT_ONCE if values else CRASHES_ONLY)


def _is_elsewhere_another(bug: Bug, found: Mapping[str, Found]) -> bool:
    """Whether an output that it spoils is explained by another one."""
    return any(output in found and bug not in found[output].bugs for output in bug.outputs)


def _nearest(found: Sequence[tuple[Bug, ...]], spoiled: Set[str]) -> list[tuple[Bug, ...]]:
    """Those, one or two at a time, that spoil just the outputs that are wrong, or come nearest to that."""
    distance = {bugs: len(spoiled ^ {output for bug in bugs for output in bug.outputs}) for bugs in found}
    return [bugs for bugs, far in distance.items() if far == min(distance.values())]


def _fits_others(bug: Bug, searches: Mapping[str, Search], output: str, found: Mapping[str, Found]) -> bool:
    """Whether a bug of several outputs explains the others as well, alone or with another, or leaves them right.

    Where one is only lost in crashes, no more is known than where it is right.
    """
    for search in (searches[other] for other in bug.outputs if other != output and other in searches):
        behind = found.get(search.output)
        together = behind is not None and (
            bug in behind.bugs or behind.leaves_crashes or _is_hidden(bug, search, behind)
        )
        if values_of(search.wrong) and not together and not search.forms_of(bug):
            return False
        if not values_of(search.wrong) and not search.may_be_right(bug):
            return False
    return True


def _is_hidden(bug: Bug, search: Search, behind: Found) -> bool:
    """Whether what is behind an output lets nothing be seen of another bug there: both give what it alone gives."""
    if any(one.function != bug.function for one in behind.bugs):  # a forward pass crashes in both
        return False
    together = [(*form, (bug, i)) for form in behind.forms for i in range(len(bug.variants))]
    return bool(search.explaining(together))
