"""The report of one submission as an HTML page that asks nothing of any network: to understand a mistake by."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.records import GradeReport, ItemResult, ReportVerdict, Verdict
from grader.records.feedback import Explanation, Picture
from grader.reports.base import losses_title, lost, mark_notes, one_line, ratios, speed_notes
from grader.reports.form import Beside, ClassRatios, Form, Landmarks
from grader.reports.heat_maps import HeatMaps, heat_maps
from grader.reports.landmarks import next_steps
from grader.reports.listings import listings, places
from grader.reports.losses import Loss, losses, with_same_mistakes
from grader.reports.pages import PAGES, Axis
from grader.reports.speeds import SpeedRow, axis_of, speed_rows
from grader.reports.steps import Step, script_of, step_through
from grader.reports.view import (
    Kinds,
    beside_mark,
    failing_case,
    graded_file,
    kinds,
    next_step,
    remark,
    sections,
    sizes_of,
    sureness,
)
from grader.said import escape
from reference.spec import Terms

_ICONS = {Verdict.PASSED: "✓", Verdict.PARTIAL: "◐", Verdict.SKIPPED: "\N{EN DASH}", Verdict.JUDGE_ERROR: "!"}
_LOST = "✗"
_CRASHED_AT = re.compile(r"(:|line )\d+: ")


def render(report: GradeReport, class_ratios: ClassRatios | None = None, landmarks: Landmarks | None = None) -> str:
    """The page.

    Args:
        report: of one submission.
        class_ratios: the speed ratios of everyone's submissions, where they are known.
        landmarks: of the last race of all leaders, where there was one.
    """
    page, parts = PAGES.get_template("report.html"), tuple(_parts(report, class_ratios or {}, landmarks or {}))
    return page.render(
        report=report,
        graded=report.verdict is ReportVerdict.GRADED,
        about=_about(report),
        outcome=_outcome(report),
        next_step=next_step(report),
        mark_notes=mark_notes(report),
        beside_mark=list(filter(None, (*beside_mark(report), graded_file(report)))),
        parts=parts,
        has_several=bool(report.sections),
        listings=listings(report),
        layers=[(name, getattr(report.isolation, name)) for name in report.isolation.__slots__],
        shown=one_line,
        escaped=escape,
        prose=_prose,
        ratios=ratios,
    )


def _parts(report: GradeReport, class_ratios: ClassRatios, landmarks: Landmarks) -> Iterator["_Part"]:
    """What is shown of each operator; the losses are numbered through."""
    number = 1
    for key, (heading, part) in zip(report.sections or (None,), sections(report), strict=True):
        walkthrough = script_of(part.terms)
        shown_losses = tuple(_losses(part, key or "", number, is_walked=walkthrough is not None))
        others = {function: class_ratios.get((key, function), ()) for function in part.speed or {}}
        number += len(shown_losses)
        yield _Part(
            key,
            heading,
            part.remarks,
            _marks(part, shown_losses),
            losses_title([item for each in shown_losses for item in each.loss.items]),
            shown_losses,
            kinds(part),
            speed_rows(part, others),
            speed_notes(part.speed or {}, report.audience),
            tuple(next_steps(key, part.speed or {}, landmarks)),
            axis_of(part, others),
            part.terms.summary,
            walkthrough,
        )


@dataclass(frozen=True, slots=True)
class _Mark:
    """One row of the marks at a glance."""

    item: ItemResult
    icon: str
    look: str
    remark: str
    track: float
    """How long its bar may become, in percent: what it is worth beside the item that is worth most."""
    filled: float
    """How much of that is earned, in percent."""
    loss: int | None
    """Number of the section that says why marks were lost."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """A Loss, with what the page shows beside it."""

    number: int
    loss: Loss
    icon: str
    look: str
    lost: str
    same_as: "_Loss | None"
    """The loss above at which the same mistake is explained."""
    sureness: str
    lines: tuple[tuple[str, str], ...]
    """Lines to look at, and where on the page they are."""
    crashes: tuple[tuple[str, str], ...]
    """Lines in which calls ended, and where on the page they are."""
    says_where: bool
    """Whether one of the facts names these lines."""
    is_of_others: bool
    """Whether the call that is told for example ended in none of them."""
    example: str
    """The simplest failing case in one line."""
    maps: HeatMaps | None
    step: Step | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What is shown of one operator."""

    key: str | None
    """None where there is only one."""
    heading: str
    remarks: tuple[str, ...]
    marks: list["_Mark"]
    losses_title: str
    losses: tuple["_Loss", ...]
    kinds: Kinds | None
    speeds: list["SpeedRow"]
    speed_notes: list[str]
    next_steps: tuple[str, ...]
    """For each function that was timed, what would bring it up, where that is known."""
    axis: Axis
    summary: str
    walkthrough: Markup | None

    @property
    def suffix(self) -> str:
        """Tells the ids of this part from those of others."""
        return "" if self.key is None else f"-{self.key}"


def _prose(text: str) -> Markup:
    """A sentence of ours, with what stands between backticks as code.

    >>> _prose("is `//` <here>")
    Markup('is <code>//</code> &lt;here&gt;')
    """
    code = Markup("<code>{}</code>")
    parts = one_line(text).split("`")
    if len(parts) % 2 == 0:
        return Markup("{}").format(one_line(text))
    return Markup("").join(code.format(part) if i % 2 else part for i, part in enumerate(parts))


def _about(report: GradeReport) -> str:
    """The assignment and the day on which it was graded."""
    return ", ".join(text for text in (report.rubric["name"], report.started_at[:10]) if text)


def _outcome(report: GradeReport) -> str:
    """The mark in one sentence; where people decided about it, only what went before."""
    if report.verdict is ReportVerdict.REJECTED:
        return "This submission could not be graded as it is."
    if report.verdict is ReportVerdict.MISSING:
        return "Nothing was handed in."
    if report.verdict is ReportVerdict.JUDGE_ERROR:
        no_mark = ", and there is no mark" if report.score is None else ""
        return f"The grader failed. This is not the submission's fault{no_mark}."
    if any(override.item is None or override.computed is not None for override in report.overrides):
        return ""
    judged = [item for item in report.items if item.counts]
    needed, bonus = _full(i for i in judged if not i.bonus), _full(i for i in judged if i.bonus)
    if needed[0] == needed[1]:
        return (
            "Full marks, but not everything is right: see the note." if report.cache_notes else "Everything is right."
        )
    beside = f", and for {bonus[0]} of {bonus[1]} bonus items" if bonus[1] else ""
    left = len(report.items) - len(judged)
    return f"Full marks for {needed[0]} of {needed[1]} items{beside}{f'; {left} not judged' if left else ''}."


def _full(items: Iterable[ItemResult]) -> tuple[int, int]:
    """How many earned everything, of how many."""
    verdicts = [item.verdict for item in items]
    return verdicts.count(Verdict.PASSED), len(verdicts)


def _marks(report: GradeReport, shown_losses: Sequence[_Loss]) -> list[_Mark]:
    section = {item.id: each.number for each in shown_losses for item in each.loss.items}
    most = max((item.max_points for item in report.items), default=1.0) or 1.0
    return [
        _Mark(
            item,
            _icon(item.verdict),
            _look(item.verdict),
            remark(item),
            100 * item.max_points / most,
            max(0.0, min(100.0, 100 * (item.points or 0) / item.max_points)) if item.max_points else 0.0,
            section.get(item.id),
        )
        for item in report.items
    ]


def _icon(verdict: Verdict) -> str:
    return _ICONS.get(verdict, _LOST)


def _look(verdict: Verdict) -> str:
    return {_LOST: "bad", "✓": "good", "◐": "part"}.get(_icon(verdict), "none")


def _losses(report: GradeReport, operator: str, first: int, *, is_walked: bool) -> Iterator[_Loss]:
    """As `losses.losses`, ready for the page and numbered from `first`; the others are as for `step_through`."""
    shown: dict[int, _Loss] = {}
    for number, (loss, same_as) in enumerate(with_same_mistakes(losses(report)), first):
        example = loss.explanation.example if loss.explanation else None
        step = step_through(example, report.terms, operator, is_walked=is_walked) if example else None
        shown[id(loss)] = _loss(number, loss, shown.get(id(same_as)), report, step)
        yield shown[id(loss)]


def _loss(number: int, loss: Loss, same_as: _Loss | None, report: GradeReport, step: Step | None) -> _Loss:
    first, why, mistake = loss.items[0], loss.explanation, loss.mistake
    sure = sureness(mistake.confidence, report.audience) if mistake else ""
    crashes = tuple(places([line for line, _ in why.crashes], report.listings)) if why else ()
    return _Loss(
        number,
        loss,
        _icon(first.verdict),
        _look(first.verdict),
        _points_lost(loss.items),
        same_as,
        sure[:1].upper() + sure[1:],
        tuple(places(mistake.lines, report.listings)) if mistake else (),
        crashes,
        why is not None and any("crash in" in fact for fact in why.facts),
        _is_of_another(first.message or "", [line for line, _ in crashes]),
        failing_case(first, report.terms.signature),
        _maps(why, report.terms) if why else None,
        step,
    )


def _is_of_another(message: str, lines: Sequence[str]) -> bool:
    """Whether a message is of a crash in another line than these: `a.py:7: ...`, `a.ipynb: cell 2, line 3: ...`.

    >>> [_is_of_another("For example, a.py:7: ValueError: no", [f"line {line}"]) for line in (7, 77)]
    [False, True]
    """
    ways = {f"{one}: " for line in lines for one in (line, line.replace(", line ", ":"), line.replace("line ", ":"))}
    return bool(_CRASHED_AT.search(message)) and not any(way in message for way in ways)


def _points_lost(items: Sequence[ItemResult]) -> str:
    """In words."""
    text = lost(items)
    points = text.removeprefix("-")
    return text if points == text else f"{points} point{'' if points == '1' else 's'} lost"


def _maps(why: Explanation, terms: Terms) -> HeatMaps | None:
    if why.picture is None or not _is_wrong(why.picture):
        return None
    return heat_maps(why.output, why.picture, terms.words_of(why.output), sizes_of(why.picture.sizes, terms))


def _is_wrong(picture: Picture) -> bool:
    """Whether a difference is left in the digits that the picture has."""
    return bool(picture.expected != picture.got)


def _whole(report: GradeReport, beside: Beside) -> str:
    return render(report, beside.class_ratios, beside.landmarks) + "\n"


FORM = Form(_whole, ending=".html", is_alone=True)
