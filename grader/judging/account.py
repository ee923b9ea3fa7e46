"""How a mark came about: the arithmetic of `points`, written out for a person who has to defend it.

The facts are the findings', the points are the report's; where the two no longer fit, that is said.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.judging.kinds import trait_table
from grader.judging.points import DOUBT, ratio_that_counts, those_that_count, those_that_show
from grader.records import (
    Account,
    Check,
    Examined,
    Findings,
    GradeReport,
    ItemResult,
    Line,
    Override,
    ReportVerdict,
    Timing,
    Verdict,
)
from grader.rubric.homework import Homework
from grader.rubric.model import AnyItem, ContractItem, CorrectnessItem, ManualItem, SpeedItem

_MOST_KINDS = 8


def account(homework: Homework, findings: Findings, report: GradeReport, facts: Sequence[str]) -> Account:
    """The account of one report.

    Args:
        homework: the rubric that the report is by.
        findings: what the report was made of.
        report: the report.
        facts: what else has to be known of it.
    """
    asked = {item.id: item for item in homework.rubric.items}
    given = {override.item: override for override in report.overrides}
    lines = tuple(
        Line(
            item.id,
            item.title,
            item.points,
            item.max_points,
            item.bonus,
            tuple(_with_decision(asked.get(item.id), item, findings, given.get(item.id))),
        )
        for item in report.items
    )
    return Account(report.who, report.score, report.max_score, lines, _sum(report), tuple(facts))


def _with_decision(
    item: AnyItem | None, result: ItemResult, findings: Findings, given: Override | None
) -> Iterator[str]:
    """How an item came to its points, last by a person's decision."""
    if given is None:
        yield from _how(item, result, findings)
    else:
        yield from _how(item, replace(result, points=given.computed), findings)
        reason = f". Reason: {given.reason}" if given.reason else ""
        yield f"{given.by} decided, {given.at}: {given.points:g} points{reason}"


def _how(item: AnyItem | None, result: ItemResult, findings: Findings) -> Iterator[str]:
    if item is None:
        yield "the rubric has no such item any more"
    elif isinstance(item, ManualItem):
        yield "a person gives its points: `grade mark`"
    elif findings.verdict is ReportVerdict.JUDGE_ERROR:
        yield "our own failure: there is no mark"
    elif isinstance(item, SpeedItem):
        yield from _speed(item, result, next((t for t in findings.timings if t.item == item.id), None))
    else:
        examined = findings.of(item.operator)
        if examined.verification is None:
            yield f"not checked: {examined.message or findings.message or result.verdict.value}"
        elif isinstance(item, ContractItem):
            yield from _contract(item, result, examined)
        else:
            yield from _correctness(item, result, examined.verification.checks)


def _correctness(item: CorrectnessItem, result: ItemResult, checks: Sequence[Check]) -> Iterator[str]:
    mine = those_that_count(item, checks)
    right = sum(check.verdict is Verdict.PASSED for check in mine)
    secret = sum(check.case.secret for check in mine)
    if result.verdict not in (Verdict.PASSED, Verdict.PARTIAL, Verdict.FAILED) and result.message is not None:
        yield result.message
    yield f"{right} of {len(mine)} cases are right, {secret} of them drawn in secret"
    rescued = [c for c in mine if c.verdict is Verdict.PASSED and c.on_own and c.on_own.verdict is not Verdict.PASSED]
    if rescued:
        yield f"{len(rescued)} of these are right on the canonical cache alone, not on the one that forward returned"
    if item.credit == "traits":
        table = trait_table(mine)
        whole = sum(row["passed"] == row["total"] for row in table.values())
        wrong = [
            f"{kind} ({row['passed']} of {row['total']})" for kind, row in table.items() if row["passed"] < row["total"]
        ]
        if wrong:
            more = f" and {len(wrong) - _MOST_KINDS} more" if len(wrong) > _MOST_KINDS else ""
            yield f"kinds of input that are not right in all their cases: {', '.join(wrong[:_MOST_KINDS])}{more}"
        yield f"{whole} of {len(table)} kinds of input: {_times(item.points, f'{whole}/{len(table)}', result)}"
    elif item.credit == "cases":
        groups = [[c for c in mine if c.case.secret is kind] for kind in (False, True)]
        shares = [f"{sum(c.verdict is Verdict.PASSED for c in some)}/{len(some)}" for some in groups if some]
        smaller = f"min({', '.join(shares)})"
        yield f"the smaller share counts, open or secret: {_times(item.points, smaller, result)}"
    else:
        yield f"all or nothing: {_times(item.points, '1' if right == len(mine) else '0', result)}"


def _contract(item: ContractItem, result: ItemResult, examined: Examined) -> Iterator[str]:
    assert examined.verification is not None
    shares = []
    for name in item.checks:
        shown = those_that_show(name, examined.verification.contract)
        kept = sum(o.verdict is Verdict.PASSED for o in shown)
        if shown:
            yield f"{name}: kept by {kept} of {len(shown)} functions that were right in some case"
        else:
            yield f"{name}: not shown, since no function was right in any case; that counts as 0"
        shares.append(f"{kept}/{len(shown)}" if shown else "0")
    yield _times(item.points, f"({' + '.join(shares)}) / {len(item.checks)}", result)


def _speed(item: SpeedItem, result: ItemResult, timing: Timing | None) -> Iterator[str]:
    if timing is None or timing.speed is None:
        why = "not timed" if timing is None else timing.message or ""
        yield why if why.startswith("not timed") else f"no ratio{why and f': {why}'}"
        return
    speed = timing.speed
    ratio = ratio_that_counts(speed.ratio)
    yield (
        f"ratio {speed.ratio.median:#.4g} (95 % interval {speed.ratio.low:#.4g} to {speed.ratio.high:#.4g}, "
        f"{speed.rounds} rounds); its favourable end, at most {1 + DOUBT:g} times the median, counts: {ratio:#.4g}"
    )
    if ratio >= item.full_at:
        yield f"{ratio:#.4g} is at least {item.full_at:g}: {_times(item.points, '1', result)}"
    elif ratio <= item.zero_at:
        yield f"{ratio:#.4g} is at most {item.zero_at:g}: {_times(item.points, '0', result)}"
    else:
        logs = f"log({ratio:#.4g} / {item.zero_at:g}) / log({item.full_at:g} / {item.zero_at:g})"
        yield _times(item.points, logs, result)


def _times(points: float, share: str, result: ItemResult) -> str:
    return f"{points:g} x {share} = {'no points' if result.points is None else f'{result.points:g}'}"


def _sum(report: GradeReport) -> str:
    """How the items add up, or what a person decided in place of it."""
    given = next((override for override in report.overrides if override.item is None), None)
    if given is not None:
        return f"{given.points:g} of {report.max_score:g}, as {given.by} decided, {given.at}. Reason: {given.reason}"
    counted = [item for item in report.items if item.counts]
    left = [item.title for item in report.items if not item.counts]
    if report.score is None or any(item.points is None for item in counted):
        return "no mark"
    parts = " + ".join(f"{item.points:g}" for item in counted) or "0"
    total = math.fsum(item.points or 0 for item in counted)
    bonus = f", {report.bonus:g} of it bonus" if report.bonus else ""
    out = f"; not judged, so no part of it: {', '.join(left)}" if left else ""
    late = (
        f"; late, less {report.late.points:g} = {round(total - report.late.points, 2):g}"
        if report.late and report.late.points
        else ""
    )
    return f"{parts} = {total:g} of {report.max_score:g}{bonus}{late}{out}"
