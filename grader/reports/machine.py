"""What a platform's program reads of a report: texts of one item, and points whose sum is the mark."""

from grader.records import GradeReport, ItemResult
from grader.reports.base import marks
from grader.said import escape


def text_of(item: ItemResult) -> str:
    """What there is to say of an item, a paragraph for each thing; empty where all is well."""
    mistake = None if item.explanation is None else item.explanation.mistake
    told = [item.message, *(() if item.explanation is None else item.explanation.facts)]
    told += [] if mistake is None else [f"{mistake.title}. {mistake.explanation}"]
    told += [f"Hint: {item.hint}"] if item.hint else []
    return "\n\n".join(escape(text) for text in told if text)


def title_of(item: ItemResult) -> str:
    """Its title, with what else has to be known of it."""
    return escape(item.title) + (" (bonus)" if item.bonus else "")


def summary_of(report: GradeReport) -> str:
    """The mark in a line, or why there is none."""
    return escape(report.message or f"{report.who.name}: {marks(report)}")


def shares(report: GradeReport, decimals: int = 2) -> dict[str, float]:
    """By item, points whose sum is the mark, for platforms that only add up.

    What lateness costs, or a person gave for the whole, changes all items in proportion.

    Args:
        report: with a score.
        decimals: to which all points are rounded; what that leaves goes to the items with the largest remainders.
    """
    items = {item.id: item for item in report.items if item.counts}
    earned = {id: item.points or 0.0 for id, item in items.items()}
    weights = earned if sum(earned.values()) > 0 else {id: item.max_points for id, item in items.items()}
    unit, total = 10**decimals, sum(weights.values())
    whole = round((report.score or 0.0) * unit)
    if not total:
        return dict.fromkeys(items, 0.0)
    exact = {id: whole * weight / total for id, weight in weights.items()}
    floors = {id: int(points) for id, points in exact.items()}
    rest = whole - sum(floors.values())
    first = sorted(exact, key=lambda id: floors[id] - exact[id])[:rest]
    return {id: (floors[id] + (id in first)) / unit for id in exact}
