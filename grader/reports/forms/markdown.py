"""The report as Markdown, for a mail or a learning platform."""

from collections.abc import Iterator

from tabulate import tabulate

from grader.records import GradeReport, ItemResult, ReportVerdict
from grader.records.feedback import Explanation
from grader.reports.base import (
    RATIO,
    Audience,
    lost,
    markdown_prose,
    markdown_text,
    marks,
    ratios,
    speed_marks,
    speed_notes,
)
from grader.reports.form import Form
from grader.reports.losses import Loss, losses, with_same_mistakes
from grader.reports.view import (
    beside_mark,
    graded_file,
    kind_alone,
    next_step,
    place_of,
    sections,
    sureness,
    the_same_as,
)
from grader.said import escape


def render(report: GradeReport) -> str:
    """The whole report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: GradeReport) -> Iterator[str]:
    yield f"# {markdown_text(report.who.name)}: {marks(report)}"
    for line in filter(None, (*beside_mark(report), graded_file(report))):
        yield ""
        yield markdown_text(line)
    if report.message:
        yield ""
        yield f"**{report.verdict.value.replace('_', ' ')}**: {markdown_prose(report.message)}"
    if step := next_step(report):
        yield ""
        yield step
    for heading, part in sections(report) if report.verdict is ReportVerdict.GRADED else ():
        if heading:
            yield ""
            yield f"# {markdown_text(heading)}"
        yield from _section(part)
    for note in report.remarks:
        yield ""
        yield f"Note: {markdown_prose(note)}"


def _section(report: GradeReport) -> Iterator[str]:
    """The marks of one operator."""
    yield ""
    yield tabulate(
        [[_title(i), _points(i.points), f"{i.max_points:g}", i.verdict.value] for i in report.items],
        headers=["item", "points", "of", "verdict"],
        tablefmt="github",
        disable_numparse=True,
    )
    yield from _speeds(report)
    for loss, same_as in with_same_mistakes(losses(report)):
        yield from _loss(loss, same_as, report.audience)


def _speeds(report: GradeReport) -> Iterator[str]:
    rows = [[markdown_text(f + speed_marks(s)), *ratios(s.ratio)] for f, s in (report.speed or {}).items()]
    if rows:
        yield ""
        headers = ["speed", "ratio", "95 % interval"]
        yield tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True)
        for note in (RATIO, *speed_notes(report.speed or {}, report.audience)):
            yield ""
            yield markdown_prose(note)


def _loss(loss: Loss, same_as: Loss | None, audience: Audience) -> Iterator[str]:
    """Why one item lost marks, or several for the same reason."""
    first = loss.items[0]
    yield ""
    yield f"## {', '.join(f'{markdown_text(item.title)}: {lost([item])}' for item in loss.items)}"
    yield ""
    yield markdown_prose(first.message or "")
    if loss.hint:
        yield ""
        yield f"Hint: {markdown_prose(loss.hint)}"
    yield from _explanation(loss.explanation, same_as, audience)
    if loss.failing:
        yield ""
        rows = [
            [markdown_text(kind_alone(name)), f"{row['passed']} of {row['total']}"]
            for name, row in loss.failing.items()
        ]
        yield tabulate(rows, headers=["kind of input", "right"], tablefmt="github", disable_numparse=True)


def _explanation(why: Explanation | None, same_as: Loss | None, audience: Audience) -> Iterator[str]:
    """The known mistake or the form of the error, and the smallest failing case as code."""
    if why is None:
        return
    for fact in why.facts:
        yield ""
        yield markdown_prose(fact)
    mistake, example = why.mistake, why.example
    if mistake is not None:
        yield ""
        sure = sureness(mistake.confidence, audience).capitalize()
        lines = place_of(mistake)
        same = "" if same_as is None else the_same_as(markdown_text(same_as.titles), same_as.mistake, mistake)
        said = f"{sure}: " if sure else ""
        yield f"{said}**{markdown_prose(mistake.title)}**. {same or markdown_prose(mistake.explanation)}"
        for label, text in ((f"Where to look{lines}", mistake.where), ("Hint", mistake.hint)):
            if text and not same:
                yield ""
                yield f"{label}: {markdown_prose(text)}"
    if example is not None:
        yield ""
        yield f"The smallest failing case found: {markdown_prose(example.problem)}. As code to paste into a notebook:"
        yield ""
        yield "    " + escape(example.snippet).rstrip().replace("\n", "\n    ")


def _title(item: ItemResult) -> str:
    return markdown_text(item.title) + (" (bonus)" if item.bonus else "")


def _points(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"


FORM = Form(lambda report, _: render(report), ending=".md", separator="\n")
