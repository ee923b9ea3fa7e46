"""Findings and a rubric -> GradeReport. Pure: to mark again after a change of points, nothing is run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader import messages
from grader.judging import points
from grader.judging.lateness import lateness, less
from grader.records import (
    Examined,
    Findings,
    Function,
    GradeReport,
    ItemResult,
    Lateness,
    ReportVerdict,
    Section,
    Speed,
    Timing,
    Verdict,
    Verification,
    Who,
)
from grader.records.feedback import Explanation, Mistake, Numbers
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.rubric.model import ContractItem, CorrectnessItem, WholeRubric
from reference.spec import Operator

WHERE, HOW = 2, 3
"""Levels of feedback from which on that is told."""
A_GUESS = 0.5
"""A diagnosis that is not surer than this does not take the place of a hint; its own is left out then."""


def mark(homework: Homework, who: Who, findings: Findings) -> GradeReport:
    """The report of one submission.

    Args:
        homework: the findings have to come from one that runs the same things.
        who: whose submission it is.
        findings: from `Grader.examine`.
    """
    rubric, items = homework.rubric, _items(homework, findings)
    earned = points.total(items)
    late = lateness(rubric.late, who, earned)
    first, *_ = sections = [_section(key, part, findings) for key, part in homework.parts.items()]
    alone = None if homework.has_several else first
    return GradeReport(
        who=who,
        sha256=findings.sha256,
        verdict=findings.verdict,
        message=None if findings.message is None else findings.message.replace("\n", "\\n"),
        score=less(earned, late),
        max_score=points.maximum(items),
        items=items,
        speed=None if alone is None else _speeds(findings.timings),
        stdout=findings.stdout,
        isolation=findings.isolation,
        seed=findings.seed,
        rubric={"name": rubric.name, "sha256": rubric.sha256},
        versions=findings.versions,
        machine=findings.machine,
        file=findings.file,
        started_at=findings.started_at,
        wall_s=findings.wall_s,
        terms=first.terms,
        notes=findings.notes,
        listings=findings.listings,
        traceback=findings.traceback,
        wrong_on_own_cache=sum(section.wrong_on_own_cache for section in sections),
        cache_note=None if alone is None else alone.cache_note,
        speed_by_item={timing.item: timing.speed for timing in findings.timings if timing.speed is not None},
        late=late,
        late_note=_of_lateness(rubric, who, late, earned),
        sections={} if alone else {str(key): one for key, one in zip(homework.parts, sections, strict=True)},
    )


def _of_lateness(rubric: WholeRubric, who: Who, late: Lateness | None, earned: float | None) -> str | None:
    if late is not None:
        return messages.of_lateness(late, earned)
    return messages.late_by_unknown() if rubric.late is not None and who.is_late else None


def _section(key: str | None, assignment: Assignment, findings: Findings) -> Section:
    """What is to be said of one operator beside its items."""
    verification = findings.of(key).verification
    terms = assignment.operator.terms
    return Section(
        terms if assignment.rubric.feedback.level >= HOW else replace(terms, einsums={}),
        verification.wrong_on_own_cache if verification else 0,
        _of_the_cache(assignment, verification),
    )


def _speeds(timings: Sequence[Timing]) -> dict[Function, Speed] | None:
    """The first speed of each function, None where there is none at all."""
    found: dict[Function, Speed] = {}
    for timing in timings:
        if timing.speed is not None:
            found.setdefault(timing.function, timing.speed)
    return found or None


def _of_the_cache(assignment: Assignment, verification: Verification | None) -> str | None:
    """That backward is right on the canonical cache only, and what comes of it."""
    if verification is None or not verification.wrong_on_own_cache:
        return None
    items, names = assignment.rubric.items, assignment.names
    on_own = [check.on_own for check in verification.checks if check.on_own is not None]
    crashes = [check.message for check in on_own if check.verdict is Verdict.CRASHED and check.message]
    own_counts = any(isinstance(item, CorrectnessItem) and item.cache == "own" for item in items)
    return messages.right_on_canonical_only(
        names["backward"],
        names["forward"],
        assignment.operator.signature.cache,
        verification.wrong_on_own_cache,
        own_counts=own_counts,
        crash=crashes[0] if crashes else None,
    )


def _items(homework: Homework, findings: Findings) -> tuple[ItemResult, ...]:
    """The result of each item, in the rubric's order."""
    rubric = homework.rubric
    if findings.verdict is ReportVerdict.JUDGE_ERROR:
        return points.uniform_items(rubric.items, Verdict.JUDGE_ERROR, None, points=None, timed=findings.timed)
    results = {
        result.id: result
        for key, assignment in homework.parts.items()
        for result in _items_of(assignment, findings.of(key), findings)
    }
    return tuple(results[item.id] for item in rubric.items)


def _items_of(assignment: Assignment, examined: Examined, findings: Findings) -> tuple[ItemResult, ...]:
    """The results of the items about one operator."""
    rubric, operator = assignment.rubric, assignment.operator
    if examined.verification is None:
        return points.uniform_items(rubric.items, examined.reason, examined.message, timed=findings.timed)
    explanations = {explanation.output: explanation for explanation in examined.explanations}
    examples = {output: explanation.example for output, explanation in explanations.items()}
    items = points.score_items(assignment, examined.verification, findings.timings, examples)
    explained = []
    for item, result in zip(rubric.items, items, strict=True):
        explanation = explanations.get(item.output) if isinstance(item, CorrectnessItem) else None
        if isinstance(item, ContractItem):
            explanation = _of_promises(item, examined.verification)
        explained.append(_as_told(result, explanation, rubric.feedback.level, operator))
    return tuple(explained)


def _of_promises(item: ContractItem, verification: Verification) -> Explanation | None:
    """What is behind the first promise that is broken, where the bank knows it."""
    broken = [o for o in verification.contract if o.name in item.checks and o.verdict is Verdict.FAILED]
    if not broken:
        return None
    from reference.promises import AFTER_ANOTHER, OVERWRITTEN, PARAMETERS_UNCHANGED, PROMISES  # noqa: PLC0415  # right submissions do without

    first = next((o for o in broken if o.name in PROMISES), None)
    if first is None:
        return None
    bug = PARAMETERS_UNCHANGED if first.parameters_only else PROMISES[first.name]
    bug = AFTER_ANOTHER if first.after_another else OVERWRITTEN if first.overwritten else bug
    alike = [o for o in broken if o.name == first.name and o.parameters_only == first.parameters_only and o.lines]
    lines, at = tuple(line for o in alike for line in o.lines), "; ".join(o.at for o in alike)
    titles = tuple((line, bug.title) for line in lines)
    mistake = Mistake(bug.id, bug.title, bug.explanation, bug.where, bug.hint, 1.0, lines, at, titles)
    return Explanation(item.id, mistake=mistake)


def _as_told(item: ItemResult, explanation: Explanation | None, level: int, operator: Operator) -> ItemResult:
    """Cut the feedback down to the rubric's level: 1 what is wrong, 2 where to look too, 3 how to go on too."""
    if explanation is not None and item.verdict is Verdict.PASSED:
        explanation = None
    mistake = None if explanation is None else explanation.mistake
    is_guess = mistake is None or mistake.confidence <= A_GUESS
    hint = item.hint if level >= HOW and is_guess else None
    if explanation is None:
        return replace(item, hint=hint)
    if mistake is not None:
        mistake = replace(
            mistake,
            where=mistake.where if level >= WHERE else "",
            lines=mistake.lines if level >= WHERE else (),
            at=mistake.at if level >= WHERE else "",
            titles=mistake.titles if level >= WHERE else (),
            hint=mistake.hint if level >= HOW and hint is None else "",
        )
    explanation = replace(explanation, mistake=mistake)
    return replace(item, hint=hint, explanation=explanation, counterexample=_smallest(item, explanation, operator))


def _smallest(item: ItemResult, explanation: Explanation, operator: Operator) -> Mapping[str, Any] | None:
    """The counterexample as the contract has it, of the smallest case where one was found.

    `case` and `seed` stay those of the rubric's case that it was shrunk from.
    """
    example = explanation.example
    if example is None or item.counterexample is None:
        return item.counterexample
    at, signature = example.worst_index, operator.signature
    return {
        **item.counterexample,
        "shapes": {name: list(shape) for name, shape in operator.shapes_there(example.sizes).items()},
        **signature.told(example.sizes),
        "dtype": example.dtype,
        "special": list(example.kinds),
        "worst_index": None if at is None else list(at),
        "expected": None if at is None else _at(example.expected, at),
        "got": None if at is None or example.got is None else _at(example.got, at),
        "message": example.problem,
        "inputs": dict(example.inputs),
        "snippet": example.snippet,
    }


def _at(values: Numbers, index: tuple[int, ...]) -> Numbers:
    for i in index:
        values = values[i]
    return values
