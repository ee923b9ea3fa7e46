"""The report for a terminal of 80 columns, in plain text."""

import textwrap
from collections.abc import Iterator

from grader.records import GradeReport, ItemResult, ReportVerdict, Speed
from grader.records.feedback import Explanation
from grader.reports.base import (
    RATIO,
    Audience,
    as_table,
    losses_title,
    lost,
    marks,
    one_line,
    ratios,
    speed_marks,
    speed_notes,
)
from grader.reports.form import Form
from grader.reports.losses import Loss, losses, with_same_mistakes
from grader.reports.prose import WIDTH, Paragraph, laid_out
from grader.reports.view import (
    beside_mark,
    failing_case,
    graded_file,
    next_step,
    place_of,
    remark,
    seconds,
    sections,
    sureness,
    the_same_as,
)
from grader.said import escape


def render(report: GradeReport, verbosity: int = 0, width: int = WIDTH) -> str:
    """The whole report in so many columns.

    `verbosity` -1 gives one line, 1 adds what the code printed and how it was run.
    """
    if verbosity < 0:
        message = f": {one_line(report.message)}" if report.message else ""
        return f"{_name_and_score(report)}{message}"
    return laid_out(_parts(report, verbosity), width)


def _parts(report: GradeReport, verbosity: int) -> Iterator[str | Paragraph]:
    yield _name_and_score(report)
    yield from (_paragraph(line) for line in (*beside_mark(report), graded_file(report)) if line)
    if report.message:
        yield _paragraph(report.message)
    if step := next_step(report):
        yield _paragraph(step)
    as_code = "-v shows it as code" if report.audience == "instructor" else ""
    as_code = "as code below" if verbosity > 0 else as_code
    for heading, part in sections(report) if report.verdict is ReportVerdict.GRADED else ():
        if heading:
            yield ""
            yield escape(heading)
        yield from _section(part, as_code)
    for note in report.remarks:
        yield ""
        yield _paragraph(f"Note: {note}")
    if verbosity > 0:
        yield from _details(report)


def _section(report: GradeReport, as_code: str) -> Iterator[str | Paragraph]:
    """The marks of one operator; `as_code` says where the smallest failing cases are code."""
    yield ""
    yield _item_table(report)
    if report.speed:
        yield ""
        yield _speed_table(report)
        for note in (RATIO, *speed_notes(report.speed, report.audience)):
            yield Paragraph(note, hanging="  ")
    yield from _losses(report, as_code)


def _name_and_score(report: GradeReport) -> str:
    name = one_line(report.who.name)
    verdict = "" if report.verdict is ReportVerdict.GRADED else f"{report.verdict.value.replace('_', ' ')}, "
    return f"{name}: {verdict}{marks(report)}"


def _item_table(report: GradeReport) -> str:
    rows = []
    for item in report.items:
        points = "-" if item.points is None else f"{item.points:g}"
        title = f"{item.title} (bonus)" if item.bonus else item.title
        rows.append([escape(title), points, f"{item.max_points:g}", item.verdict.value, remark(item)])
    return as_table(
        rows,
        headers=["item", "points", "of", "verdict", ""],
        tablefmt="simple",
        disable_numparse=True,
        colalign=("left", "right", "right", "left", "left"),
        maxcolwidths=[22, None, None, None, 30],
    )


def _speed_table(report: GradeReport) -> str:
    rows = [_speed_row(function, speed) for function, speed in (report.speed or {}).items()]
    return as_table(
        rows,
        headers=["speed", "ratio", "95 % interval", "yours", "baseline", "rounds"],
        tablefmt="simple",
        disable_numparse=True,
        colalign=("left", "right", "left", "right", "right", "right"),
    )


def _speed_row(function: str, speed: Speed) -> list[str]:
    return [
        function + speed_marks(speed), *ratios(speed.ratio), seconds(speed.student_s),
        seconds(speed.baseline_s), str(speed.rounds),
    ]  # fmt: skip


def _losses(report: GradeReport, as_code: str) -> Iterator[str | Paragraph]:
    """Why marks were lost, item by item."""
    found = losses(report)
    if report.message is not None or not found:
        return
    yield ""
    yield losses_title([item for loss in found for item in loss.items])
    for loss, same_as in with_same_mistakes(found):
        yield ""
        yield from _loss(loss, same_as, report, as_code)


def _loss(loss: Loss, same_as: Loss | None, report: GradeReport, as_code: str) -> Iterator[str | Paragraph]:
    first = loss.items[0]
    yield Paragraph(", ".join(f"{escape(i.title)} ({lost([i])})" for i in loss.items), "  ", "  ")
    yield _paragraph(first.message or "", "    ")
    if loss.hint:
        yield _paragraph(f"Hint: {loss.hint}", "    ")
    yield from _explanation(loss.explanation, same_as, report.audience)
    yield from _where_it_fails(first, report, as_code)


def _explanation(
    explanation: Explanation | None, same_as: Loss | None, audience: Audience
) -> Iterator[str | Paragraph]:
    """The known mistake, or else what can be said of the form of the error; a mistake is explained once."""
    if explanation is None:
        return
    for fact in explanation.facts:
        yield _paragraph(fact, "    ")
    mistake = explanation.mistake
    if mistake is None:
        return
    sure = sureness(mistake.confidence, audience)
    said = f"{sure}: {mistake.title}." if sure else f"{mistake.title}."
    yield _paragraph(f"{said[0].upper()}{said[1:]}", "    ")
    lines = place_of(mistake)
    if same_as is not None:
        yield _paragraph(the_same_as(same_as.titles, same_as.mistake, mistake), "    ")
        return
    yield _paragraph(mistake.explanation, "    ")
    if mistake.where:
        yield _paragraph(f"Where to look{lines}: {mistake.where}", "    ")
    if mistake.hint:
        yield _paragraph(f"Hint: {mistake.hint}", "    ")


def _where_it_fails(item: ItemResult, report: GradeReport, as_code: str) -> Iterator[str | Paragraph]:
    """The simplest failing case in one paragraph."""
    example = item.counterexample
    if example is None:
        return
    case = failing_case(item, report.terms.signature)
    if "snippet" not in example:
        yield _paragraph(f"Simplest failing case found: {case}.", "    ")
        return
    is_told = f"{example['message']}." in (item.message or "")
    notes = "; ".join(filter(None, ("" if is_told else "smaller than the example above", as_code)))
    yield _paragraph(f"Smallest failing case found: {case}{notes and f' ({notes})'}.", "    ")
    if not is_told:
        yield _paragraph(f"There: {example['message']}.", "    ")


def _details(report: GradeReport) -> Iterator[str]:
    on = [name for name in report.isolation.__slots__ if getattr(report.isolation, name)]
    yield ""
    seed = "" if report.seed is None else f"seed {report.seed}, "
    yield f"{seed}rubric {report.rubric['name']} ({report.rubric['sha256'][:12]})"
    yield ", ".join(f"{name} {version}" for name, version in report.versions.items())
    if report.verdict is not ReportVerdict.REJECTED:  # else nothing was run
        yield f"isolation: {', '.join(on) or 'none'}; {report.wall_s:.2f} s"
    for item in report.items:
        if item.counterexample and "snippet" in item.counterexample:
            yield ""
            yield f"{item.title}, the smallest failing case found:"
            yield textwrap.indent(escape(item.counterexample["snippet"]).rstrip(), "  ")
        if item.traits:
            yield ""
            yield f"{item.title}:"
            rows = [[trait, f"{row['passed']}/{row['total']}"] for trait, row in item.traits.items()]
            yield textwrap.indent(as_table(rows, tablefmt="plain", disable_numparse=True), "  ")
    if report.stdout:
        yield ""
        yield "The submission printed:"
        yield textwrap.indent(escape(report.stdout).rstrip(), "  | ")
    if report.traceback:
        yield ""
        yield escape(report.traceback).rstrip()


def _paragraph(text: str, indent: str = "") -> Paragraph:
    return Paragraph(escape(text), indent)


FORM = Form(lambda report, beside: render(report, beside.verbosity, beside.width) + "\n", ending=".txt", separator="\n")
