"""Checks, timings and a rubric in; points out. Pure: nothing is run, read or written here."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader import messages
from grader.judging.kinds import trait_table, where
from grader.judging.told_first import told_first
from grader.records import Check, ContractObservation, Interval, ItemResult, Timing, Traits, Verdict, Verification
from grader.records.feedback import Example
from grader.records.report import OPEN, SECRET
from grader.rubric.assignment import Assignment
from grader.rubric.model import AnyItem, ContractItem, CorrectnessItem, Item, ManualItem, SpeedItem
from reference.spec import Operator

_GRAVEST_FIRST = (
    Verdict.POLICY, Verdict.MISSING, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.OUTPUT_LIMIT, Verdict.CRASHED,
    Verdict.FAILED,
)  # fmt: skip


def score_items(
    assignment: Assignment,
    verification: Verification,
    timings: Sequence[Timing],
    examples: Mapping[str, Example | None] | None = None,
) -> tuple[ItemResult, ...]:
    """The result of each item, in the rubric's order.

    Args:
        assignment: what counts how much, and the operator, for the counterexample.
        verification: from `verify`.
        timings: of the speed items; one without is `skipped` and no part of the mark.
        examples: by output, the smallest case that was found to fail.
    """
    timing_of = {timing.item: timing for timing in timings}
    results = []
    for item in assignment.rubric.items:
        if isinstance(item, CorrectnessItem):
            example = (examples or {}).get(item.output)
            results.append(score_correctness(item, verification.checks, assignment.operator, example))
        elif isinstance(item, ContractItem):
            results.append(score_contract(item, verification))
        elif isinstance(item, SpeedItem):
            results.append(score_speed(item, timing_of.get(item.id)))
        else:
            results.append(_to_mark(item))
    return tuple(results)


def _to_mark(item: ManualItem) -> ItemResult:
    return _result(item, Verdict.SKIPPED, None, message="not marked yet")


def uniform_items(
    items: Sequence[AnyItem],
    verdict: Verdict,
    message: str | None,
    points: float | None = 0.0,
    *,
    timed: bool = True,
) -> tuple[ItemResult, ...]:
    """Every item with the same verdict: for a submission that was rejected, or a judge error (points None).

    Speed that was not to be timed, and what a person marks, is `skipped`, as for everybody else.
    """
    results = []
    for item in items:
        if isinstance(item, ManualItem):
            results.append(_to_mark(item))
        elif isinstance(item, SpeedItem) and not timed:
            results.append(score_speed(item, None))
        else:
            results.append(_result(item, verdict, points, message=message))
    return tuple(results)


def total(items: Sequence[ItemResult]) -> float | None:
    """The score: the points of all that was judged, bonus included; None where any item of it has none."""
    points = [item.points for item in items if item.counts]
    return None if None in points else round(math.fsum(p for p in points if p is not None), 2)


def maximum(items: Sequence[ItemResult]) -> float:
    """What could be had without bonus: the points of all that was judged."""
    return round(math.fsum(item.max_points for item in items if item.counts and not item.bonus), 2)


def score_correctness(
    item: CorrectnessItem, checks: Sequence[Check], operator: Operator, found: Example | None = None
) -> ItemResult:
    """Points for one output, by the item's way of giving credit; `found` is the smallest case that fails."""
    mine = those_that_count(item, checks)
    if item.credit != "cases":
        return _credited(item, mine, {}, operator, found)
    cases = _by_secrecy(mine)
    return replace(_credited(item, mine, cases, operator, found), cases=cases)


def _credited(
    item: CorrectnessItem, mine: Sequence[Check], cases: Traits, operator: Operator, found: Example | None
) -> ItemResult:
    """The same of the checks that count; `cases` says how many are right where their share counts."""
    traits = trait_table(mine)
    failed = [check for check in mine if check.verdict is not Verdict.PASSED]
    if item.credit == "traits":
        share = sum(t["passed"] == t["total"] for t in traits.values()) / len(traits)
    elif item.credit == "cases":
        share = min((row["passed"] / row["total"] for row in cases.values()), default=1.0)
    else:
        share = 0.0 if failed else 1.0
    if not failed:
        return _result(item, Verdict.PASSED, item.points, traits=traits)
    points = round(item.points * share, 2)
    verdict = Verdict.PARTIAL if points > 0 else main_verdict(failed)
    if verdict is Verdict.MISSING and len(failed) < len(mine):  # what is right in some cases is there
        verdict = Verdict.FAILED
    in_secret = [check for check in failed if check.case.secret]
    mine, failed = ([check for check in some if not check.case.secret] for some in (mine, failed))
    if not failed:
        message = messages.wrong_in_secret(item.output, list(trait_table(in_secret)))
        return _result(item, verdict, points, message=message, traits=traits)
    smallest = told_first(failed, operator, right_nowhere=len(failed) == len(mine))
    example = counterexample(smallest, operator)
    if verdict in (Verdict.MISSING, Verdict.POLICY) and {check.verdict for check in mine} == {
        verdict
    }:  # all say the same
        return _result(item, verdict, points, message=smallest.message, hint=smallest.hint, traits=traits)
    tried = [check for check in mine if check.tried]
    if not smallest.tried:
        left = messages.skipped_cases(len(mine) - len(tried), smallest.message)
        return _result(item, verdict, points, message=left, hint=smallest.hint, traits=traits)
    wrong, unrun = [check for check in failed if check.tried], len(mine) - len(tried)
    same = not unrun and len(wrong) == len(tried) and {check.message for check in wrong} == {smallest.message}
    what, hint = messages.in_some(smallest.message or "", smallest.hint)
    message = messages.in_cases(where(tried, wrong, operator, unrun, found), what, always=same)
    if unrun:
        message += f" {messages.skipped_cases(unrun)}"
    return _result(item, verdict, points, message=message, hint=hint, traits=traits, counterexample=example)


def _by_secrecy(checks: Sequence[Check]) -> Traits:
    """How many of the open cases are right, and of those drawn in secret, where there are such."""
    by_kind = {kind: [check for check in checks if check.case.secret is (kind == SECRET)] for kind in (OPEN, SECRET)}
    return {
        kind: {"passed": sum(check.verdict is Verdict.PASSED for check in some), "total": len(some)}
        for kind, some in by_kind.items()
        if some
    }


def those_that_count(item: CorrectnessItem, checks: Sequence[Check]) -> list[Check]:
    """Those of its output, on the canonical cache or on the student's own, as the item's `cache` has it."""
    mine = (check for check in checks if check.output == item.output)
    return [check.on_own if item.cache == "own" and check.on_own is not None else check for check in mine]


def those_that_show(check: str, observations: Sequence[ContractObservation]) -> list[ContractObservation]:
    """What is known of a promise, of each function that returned anything."""
    return [o for o in observations if o.name == check and o.verdict is not Verdict.MISSING]


def score_contract(item: ContractItem, verification: Verification) -> ItemResult:
    """Points for the promises, shared equally among the checks and, within a check, among the functions.

    A function that never returned anything has shown nothing and is left out: it has lost its own marks already.
    Where neither function has shown anything, nothing is earned.
    """
    share, complaints, unshown = 0.0, [], []
    for name in item.checks:
        shown = those_that_show(name, verification.contract)
        broken = [o for o in shown if o.verdict is Verdict.FAILED]
        share += (len(shown) - len(broken)) / max(1, len(shown)) / len(item.checks)
        complaints += [f"{name}: {o.message}" for o in broken]
        if not shown:
            unshown.append(name)
    points = round(item.points * share, 2)
    if unshown:
        complaints.append(messages.not_shown(unshown))
    if not complaints:
        return _result(item, Verdict.PASSED, points)
    lost = main_verdict(verification.checks) if len(unshown) == len(item.checks) else Verdict.FAILED
    return _result(item, Verdict.PARTIAL if points > 0 else lost, points, message="; ".join(complaints))


DOUBT = 0.1
"""The favourable end counts up to this share above the median."""


def score_speed(item: SpeedItem, timing: Timing | None) -> ItemResult:
    """Points for one function's speed, taken at the favourable end of the interval, but not far from its middle.

    How wide the interval is also depends on the submission: one that takes very different times earns nothing by it.
    """
    if timing is None:
        return _result(item, Verdict.SKIPPED, None, message="not timed")
    if timing.speed is None:
        return _result(item, timing.verdict, 0.0, message=timing.message, hint=timing.hint)
    counted = ratio_that_counts(timing.speed.ratio)
    share = speed_share(counted, item.zero_at, item.full_at)
    verdict = Verdict.PASSED if share == 1 else Verdict.PARTIAL if share > 0 else Verdict.FAILED
    message = hint = None
    if share < 1:
        message, hint = messages.slow(1 / timing.speed.ratio.median, 1 / item.full_at, 1 / counted)
    return _result(item, verdict, round(item.points * share, 2), message=message, hint=hint)


def ratio_that_counts(measured: Interval) -> float:
    """The favourable end of a ratio's interval, or what is counted of it."""
    return min(measured.high, (1 + DOUBT) * measured.median)


def speed_share(ratio: float, zero_at: float, full_at: float) -> float:
    """Linear in log(ratio): 0 at `zero_at` and below, 1 at `full_at` and above.

    >>> round(speed_share(0.05, 0.005, 0.5), 9)
    0.5
    """
    if ratio >= full_at:
        return 1.0
    if ratio <= zero_at:
        return 0.0
    return math.log(ratio / zero_at) / math.log(full_at / zero_at)


def counterexample(check: Check, operator: Operator) -> dict[str, Any]:
    """A failing case as the contract describes it; numbers that are not finite become None."""
    sizes = check.case.sizes
    return {
        "output": check.output,
        "shapes": {name: list(shape) for name, shape in operator.shapes_there(sizes).items()},
        **operator.signature.told(sizes),
        "dtype": check.case.dtype,
        "special": list(check.case.kinds),
        "case": check.case.index,
        "seed": list(check.case.seed),
        "worst_index": None if check.worst_index is None else list(check.worst_index),
        "expected": _finite(check.expected),
        "got": _finite(check.got),
        "message": check.message,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def main_verdict(failed: Sequence[Check]) -> Verdict:
    """The commonest verdict of what is not right, the gravest of equally common ones."""
    counts = Counter(check.verdict for check in failed if check.verdict is not Verdict.PASSED)
    if not counts:
        return Verdict.MISSING
    return max(counts, key=lambda verdict: (counts[verdict], -_GRAVEST_FIRST.index(verdict)))


def _result(
    item: AnyItem | Item,
    verdict: Verdict,
    points: float | None,
    *,
    message: str | None = None,
    hint: str | None = None,
    traits: Traits | None = None,
    counterexample: Mapping[str, Any] | None = None,
) -> ItemResult:
    return ItemResult(
        id=item.id,
        title=item.title or item.id,
        kind=getattr(item, "kind", ""),
        points=points,
        max_points=item.points,
        verdict=verdict,
        bonus=item.bonus,
        message=None if message is None else message.replace("\n", "\\n"),
        hint=hint,
        traits=traits,
        counterexample=counterexample,
        visibility=item.visibility,
        function=getattr(item, "function", None),
        operator=item.operator,
        all_or_nothing=getattr(item, "credit", "") == "all_or_nothing",
    )
