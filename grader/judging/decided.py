"""A report with what people decided about its mark. Pure: what was computed stays in what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from grader import messages
from grader.judging import points
from grader.judging.lateness import extended, less, with_points
from grader.records import Extension, GradeReport, ItemResult, Override, Verdict
from grader.rubric.model import Late


def decided(
    report: GradeReport, overrides: Sequence[Override], extension: Extension | None = None, policy: Late | None = None
) -> GradeReport:
    """The report as it counts.

    Args:
        report: as it was computed.
        overrides: those in force, at most one for an item and one for the whole mark.
        extension: the one in force.
        policy: what the report's rubric says of lateness, where there is an extension.
    """
    if not overrides and extension is None:
        return report
    if policy is not None and extension is not None and extension.until is not None:
        is_later = datetime.fromisoformat(extension.until) > datetime.fromisoformat(policy.due)
        extension = extension if is_later else None  # everybody has more time by now
    given = {override.item: override for override in overrides}
    items = tuple(_given(item, given) for item in report.items)
    earned = points.total(items)
    late = extended(policy, extension, report.who, earned) or with_points(report.late, earned)
    if None in given:
        late = with_points(late, 0.0)
    computed: dict[str | None, float | None] = {None: report.score, **{item.id: item.points for item in report.items}}
    left = [override for override in overrides if override.item not in computed]
    return replace(
        report,
        items=items,
        score=given[None].points if None in given else less(earned, late),
        late=late,
        late_note=report.late_note if late is None else messages.of_lateness(late, earned, is_decided=None in given),
        max_score=points.maximum(items),
        overrides=tuple(replace(each, computed=computed[each.item]) for each in overrides if each not in left),
        extension=extension,
        notes=(*report.notes, *(messages.override_without_item(each.item or "", each.reason) for each in left)),
    )


def _given(item: ItemResult, given: Mapping[str | None, Override]) -> ItemResult:
    """An item with a person's points; of one that only a person judges they are the verdict, too."""
    if item.id not in given:
        return item
    points = given[item.id].points or 0.0
    if item.kind != "manual":
        return replace(item, points=points)
    some = Verdict.PARTIAL if points else Verdict.FAILED
    return replace(item, points=points, verdict=Verdict.PASSED if points >= item.max_points else some, message=None)
