"""Findings and a rubric -> GradeReport. Pure: to mark again after a change of points, nothing is run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader import messages
from grader.judging import points
from grader.operators import find_operator
from grader.records import Findings, GradeReport, ItemResult, ReportVerdict, Verdict, Verification, Who
from grader.records.feedback import Explanation, Mistake, Numbers
from grader.rubric.model import ContractItem, CorrectnessItem, Rubric

WHERE, HOW = 2, 3
"""Levels of feedback from which on that is told."""
A_GUESS = 0.5
"""A diagnosis that is not surer than this does not take the place of a hint."""


def mark(rubric: Rubric, who: Who, findings: Findings) -> GradeReport:
    """The report of one submission.

    Args:
        rubric: the findings have to come from a rubric that runs the same things.
        who: whose submission it is.
        findings: from `Grader.examine`.
    """
    items = _items(rubric, findings)
    return GradeReport(
        who=who,
        sha256=findings.sha256,
        verdict=findings.verdict,
        message=None if findings.message is None else findings.message.replace("\n", "\\n"),
        score=points.total(items),
        max_score=points.maximum(items),
        items=items,
        speed=points.speeds(findings.timings),
        stdout=findings.stdout,
        isolation=findings.isolation,
        seed=findings.seed,
        rubric={"name": rubric.name, "sha256": rubric.sha256},
        versions=findings.versions,
        started_at=findings.started_at,
        wall_s=findings.wall_s,
        notes=findings.notes,
        listings=findings.listings,
        traceback=findings.traceback,
        wrong_on_own_cache=findings.verification.wrong_on_own_cache if findings.verification else 0,
        cache_note=_of_the_cache(rubric, findings.verification),
    )


def _of_the_cache(rubric: Rubric, verification: Verification | None) -> str | None:
    """That backward is right on the canonical cache only, and what comes of it."""
    if verification is None or not verification.wrong_on_own_cache:
        return None
    names = rubric.functions.backward, rubric.functions.forward
    own_counts = any(isinstance(item, CorrectnessItem) and item.cache == "own" for item in rubric.items)
    return messages.right_on_canonical_only(*names, verification.wrong_on_own_cache, own_counts=own_counts)


def _items(rubric: Rubric, findings: Findings) -> tuple[ItemResult, ...]:
    if findings.verdict is ReportVerdict.JUDGE_ERROR:
        return points.uniform_items(rubric, Verdict.JUDGE_ERROR, None, points=None, timed=findings.timed)
    if findings.verification is None:
        return points.uniform_items(rubric, findings.reason, findings.message, timed=findings.timed)
    operator = find_operator(rubric.operator)
    assert operator is not None  # the rubric has been checked
    items = points.score_items(rubric, findings.verification, findings.timings, operator.shapes)
    explanations = {explanation.output: explanation for explanation in findings.explanations}
    explained = []
    for item, result in zip(rubric.items, items, strict=True):
        explanation = explanations.get(item.output) if isinstance(item, CorrectnessItem) else None
        if isinstance(item, ContractItem):
            explanation = _of_promises(item, findings.verification)
        explained.append(_as_told(result, explanation, rubric.feedback.level, operator.shapes))
    return tuple(explained)


def _of_promises(item: ContractItem, verification: Verification) -> Explanation | None:
    """What is behind the first promise that is broken, where the bank knows it."""
    broken = [o.name for o in verification.contract if o.name in item.checks and o.verdict is Verdict.FAILED]
    if not broken:
        return None
    from reference.conv2d.bank import PROMISES  # noqa: PLC0415  # right submissions do without the bank

    bug = next((PROMISES[name] for name in broken if name in PROMISES), None)
    if bug is None:
        return None
    return Explanation(item.id, mistake=Mistake(bug.id, bug.title, bug.explanation, bug.where, bug.hint, 1.0))


def _as_told(item: ItemResult, explanation: Explanation | None, level: int, shapes_of: Any) -> ItemResult:
    """As much as the rubric lets be told: 1 what is wrong, 2 where to look too, 3 how to go on too."""
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
            hint=mistake.hint if level >= HOW else "",
        )
    explanation = replace(explanation, mistake=mistake)
    return replace(item, hint=hint, explanation=explanation, counterexample=_smallest(item, explanation, shapes_of))


def _smallest(item: ItemResult, explanation: Explanation, shapes_of: Any) -> Mapping[str, Any] | None:
    """The counterexample as the contract has it, of the smallest case where one was found.

    `case` and `seed` stay those of the rubric's case that it was shrunk from.
    """
    example = explanation.example
    if example is None or item.counterexample is None:
        return item.counterexample
    at = example.worst_index
    return {
        **item.counterexample,
        "shapes": {name: list(shape) for name, shape in shapes_of(example.sizes).items()},
        "conv_param": {name: example.sizes[name] for name in item.counterexample["conv_param"]},
        "dtype": example.dtype,
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
