"""The report as Markdown, for a mail or a learning platform."""

from collections.abc import Iterator

from tabulate import tabulate

from grader.records import GradeReport, ItemResult, ReportVerdict, Verdict
from grader.reports.base import escape, lost, markdown_text, marks, ratio, speed_marks, speed_notes, sureness


def render(report: GradeReport) -> str:
    """The whole report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: GradeReport) -> Iterator[str]:
    yield f"# {markdown_text(report.submission['name'] or '')}: {marks(report)}"
    if report.message:
        yield ""
        yield f"**{report.verdict.value.replace('_', ' ')}**: {markdown_text(report.message)}"
    if report.verdict is ReportVerdict.GRADED:
        yield ""
        yield tabulate(
            [[_title(i), _points(i.points), f"{i.max_points:g}", i.verdict.value] for i in report.items],
            headers=["item", "points", "of", "verdict"],
            tablefmt="github",
            disable_numparse=True,
        )
        yield from _speeds(report)
        for item in report.items:
            if item.verdict not in (Verdict.PASSED, Verdict.SKIPPED) and item.message:
                yield from _loss(item)
    for note in report.remarks:
        yield ""
        yield f"Note: {markdown_text(note)}"


def _speeds(report: GradeReport) -> Iterator[str]:
    rows = [
        [markdown_text(f + speed_marks(s)), ratio(s.ratio.median), f"{ratio(s.ratio.low)} to {ratio(s.ratio.high)}"]
        for f, s in (report.speed or {}).items()
    ]
    if rows:
        yield ""
        headers = ["speed", "ratio", "95 % interval"]
        yield tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True)
        for note in speed_notes(report.speed or {}, report.audience):
            yield ""
            yield markdown_text(note)


def _loss(item: ItemResult) -> Iterator[str]:
    """Why one item lost marks."""
    yield ""
    yield f"## {markdown_text(item.title)}: {lost([item])}"
    yield ""
    yield markdown_text(item.message or "")
    yield from _explanation(item)
    if item.hint:
        yield ""
        yield f"Hint: {markdown_text(item.hint)}"
    failing = {name: row for name, row in (item.traits or {}).items() if row["passed"] < row["total"]}
    if failing:
        yield ""
        rows = [[markdown_text(name), f"{row['passed']} of {row['total']}"] for name, row in failing.items()]
        yield tabulate(rows, headers=["kind of input", "right"], tablefmt="github", disable_numparse=True)


def _explanation(item: ItemResult) -> Iterator[str]:
    """The known mistake or the form of the error, and the smallest failing case as code."""
    if item.explanation is None:
        return
    for fact in item.explanation.facts:
        yield ""
        yield markdown_text(fact)
    mistake, example = item.explanation.mistake, item.explanation.example
    if mistake is not None:
        yield ""
        title, sure = markdown_text(mistake.title), sureness(mistake.confidence)
        yield f"**{title}** ({sure}). {markdown_text(mistake.explanation)}"
        lines = f" (line {', '.join(map(str, mistake.lines))})" if mistake.lines else ""
        for label, text in ((f"Where to look{lines}", mistake.where), ("Hint", mistake.hint)):
            if text:
                yield ""
                yield f"{label}: {markdown_text(text)}"
    if example is not None:
        yield ""
        yield f"The smallest failing case, as code to paste into a notebook ({markdown_text(example.problem)}):"
        yield ""
        yield "    " + escape(example.snippet).rstrip().replace("\n", "\n    ")


def _title(item: ItemResult) -> str:
    return markdown_text(item.title) + (" (bonus)" if item.bonus else "")


def _points(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"
