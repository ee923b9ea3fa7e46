"""What all reports share."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from grader.records import Doubt, Function, GradeReport, ItemResult, ReportVerdict, Speed
from grader.said import escape

if TYPE_CHECKING:
    from grader.records import Board, Interval

Audience = Literal["instructor", "student"]


def one_line(text: str, width: int | None = None) -> str:
    r"""Escaped, newlines and tabs too; cut to so many columns of a terminal, in which wide characters take two.

    >>> one_line("a\nb"), one_line("\u5f20\u4f1f\u5f20\u4f1f", 5)
    ('a\\nb', '\u5f20\u4f1f\u2026')
    """
    line = escape(text).replace("\n", "\\n").replace("\t", "\\t")
    if width is None:
        return line
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415  # what is not cut need not be measured

    if cell_len(line) <= width:
        return line
    return set_cell_size(line, width - 1).rstrip() + "\u2026"


def as_table(rows: Iterable[Sequence[object]], **form: Any) -> str:
    """`tabulate(rows, **form)`, for reports that may be made without a table."""
    from tabulate import tabulate  # noqa: PLC0415  # it takes half as long as NumPy

    return tabulate(rows, **form)


_NO_WIDTH = "\u200b"


def markdown_text(text: str) -> str:
    r"""Escaped: neither Markdown nor HTML nor control characters of a submission's work here.

    Nor do its addresses and `@names` become links and mentions, which GitHub and GitLab make of what is rendered: a
    character without a width stands in the way.

    >>> markdown_text("*a* <b>"), markdown_text("@a http://b www.c")
    ('\\*a\\* \\<b\\>', '@\u200ba http:\u200b//b www.\u200bc')
    """
    plain = re.sub(r"([\\`*_\[\]<>#|!&~])", r"\\\1", escape(text).replace("\n", " ").replace("\t", " "))
    return re.sub(r"(?i)@(?=\S)|:(?=//)|www\.(?=\S)", lambda match: match[0] + _NO_WIDTH, plain)


def markdown_prose(text: str) -> str:
    r"""As `markdown_text`, of a sentence of ours, with what stands between backticks as code, in which nothing works.

    >>> markdown_prose("use `a_b`, not *b*"), markdown_prose("`` x"), markdown_prose("one ` alone")
    ('use `a_b`, not \\*b\\*', '\\`\\` x', 'one \\` alone')
    """
    parts = one_line(text).split("`")
    codes = parts[1::2]
    if len(parts) % 2 == 0 or not all(code.strip() for code in codes) or "$" in text:  # GitHub's formulas: $`x`$
        return markdown_text(text)
    return "".join(f"`{part}`" if i % 2 else markdown_text(part) for i, part in enumerate(parts))


def ratio(value: float) -> str:
    """A speed ratio for people, in two digits at least.

    >>> ratio(0.8749), ratio(0.00123), ratio(0.001)
    ('0.87', '0.0012', '0.0010')
    """
    return f"{value:.{_places(value)}f}"


def ratios(interval: "Interval") -> tuple[str, str]:
    """A ratio and its 95 % interval, all in as many places.

    >>> from grader.records import Interval
    >>> ratios(Interval(0.1, 0.096, 0.11))
    ('0.100', '0.096 to 0.110')
    >>> ratios(Interval(0.001, 0.0, 0.002))
    ('0.0010', '0.0000 to 0.0020')
    """
    places = max(_places(interval.low), _places(interval.median))
    median, low, high = (f"{value:.{places}f}" for value in (interval.median, interval.low, interval.high))
    return median, f"{low} to {high}"


def _places(value: float) -> int:
    """Decimal places of a ratio."""
    return 2 if not 0 < value < 0.1 else min(9, 1 - math.floor(math.log10(value)))


def finite(data: Any) -> Any:
    """Plain data for JSON, in which a number that is not finite becomes None.

    >>> finite({"low": [0.5, float("inf")]})
    {'low': [0.5, None]}
    """
    if data is None or isinstance(data, str):  # most are
        return data
    if isinstance(data, Mapping):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def report_not_made(score: float | None, max_score: float) -> str:
    """A report that could not be made, in place of it."""
    mark = "no mark" if score is None else f"{score:g}"
    why = "because of a defect of its own"
    return f"The grader could not make this report, {why}. The mark stands: {mark} / {max_score:g}."


def drawable(values: Iterable[float]) -> tuple[float, ...]:
    """What has a place on a logarithmic axis.

    >>> drawable([0.0, 0.5, float("inf"), float("nan")])
    (0.5,)
    """
    return tuple(value for value in values if 0 < value < math.inf)


def spreadsheet_cell(value: object) -> object:
    """A cell of a CSV file: text that a spreadsheet would take for a formula is disarmed, None and NaN are empty.

    >>> spreadsheet_cell("=1+2")
    "'=1+2"
    """
    if not isinstance(value, str):
        return "" if finite(value) is None else value
    text = escape(value)
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])  # some take the full-width forms for the same
    return f"'{text}" if first in ("=", "+", "-", "@") or text.startswith("\t") else text


def marks(report: GradeReport) -> str:
    """The mark, with what has to be known of it: `120 / 100 (20 bonus)`, `80 / 80 (speed not timed)`."""
    failed = report.verdict is ReportVerdict.JUDGE_ERROR
    score = f"{report.score:g}" if report.score is not None else "no mark" if failed else "-"
    beside = mark_notes(report)
    return f"{score} / {report.max_score:g}" + (f" ({', '.join(beside)})" if beside else "")


def mark_notes(report: GradeReport) -> list[str]:
    """What has to be known of a mark, in a few words each."""
    if report.verdict is not ReportVerdict.GRADED:
        return []
    hidden, left = report.score is None, [item for item in report.items if not item.counts]
    needed = (item for item in report.items if item.counts and not item.bonus)
    missed = round(math.fsum(item.max_points - (item.points or 0) for item in needed), 2)  # which bonus would hide
    late = (report.late.points or 0) if report.late else 0
    notes = [
        (hidden, "total hidden"),
        (report.bonus > 0 and not hidden, f"{report.bonus:g} bonus"),
        (report.bonus > 0 and not hidden and missed > 0, f"{missed:g} lost"),
        (late > 0 and not hidden, f"less {late:g} for lateness"),
        (any(item.kind == "speed" for item in left), "speed not timed"),
        (any(item.kind == "manual" for item in left), "not all marked yet"),
    ]
    return [text for is_so, text in notes if is_so]


ABOVE = 10
"""The tenth that marks above the maximum are in, which only bonus gives."""


def tenth_of(percent: float) -> int:
    """Which tenth of the maximum a mark lies in; the last has all up to the maximum itself.

    >>> [tenth_of(percent) for percent in (0, 9.9, 10, 100, 100.5)]
    [0, 0, 1, 9, 10]
    """
    return ABOVE if percent > 100 else int(max(0.0, min(9.0, percent / 10)))


def lost(items: Sequence[ItemResult]) -> str:
    """What items for the same reason did not earn: marks, or else bonus.

    >>> from dataclasses import replace
    >>> from grader.records import Verdict
    >>> item = ItemResult("s", "s", "speed", 2.5, 10.0, Verdict.PARTIAL)
    >>> lost([item]), lost([replace(item, bonus=True)])
    ('-7.5', '2.5 of 10 bonus')
    """
    points, most = (sum(column) for column in zip(*((i.points or 0, i.max_points) for i in items), strict=True))
    return f"{points:g} of {most:g} bonus" if all(item.bonus for item in items) else f"-{most - points:g}"


def losses_title(items: Sequence[ItemResult]) -> str:
    """The heading above the reasons: bonus that was not earned is no loss."""
    bonus, lost_some = any(item.bonus for item in items), not all(item.bonus for item in items)
    earn = "where to earn more bonus"
    if not lost_some:
        return earn.capitalize()
    return f"Why marks were lost{f', and {earn}' if bonus else ''}"


def when_graded(board: "Board") -> str:
    """The minute in which it was last graded.

    >>> from types import SimpleNamespace
    >>> when_graded(SimpleNamespace(graded_at="2026-02-03T10:20:30+00:00")), when_graded(SimpleNamespace(graded_at=""))
    ('2026-02-03 10:20 UTC', 'never')
    """
    return f"{board.graded_at[:16].replace('T', ' ')} UTC" if board.graded_at else "never"


_DOUBTS = {
    Doubt.FEW: ("calls take so long that few pairs were measured; the interval shown is their full range", ""),
    Doubt.STOPPED: ("loading the file and all calls took so long that timing was stopped before it was done", ""),
    Doubt.LOOPS: (
        "the nested loops it was timed against were measured imprecisely",
        "grade into a new results folder when the machine is quiet",
    ),
    Doubt.WIDE: ("the interval is wide", "close other programs and grade again"),
    Doubt.DRIFT: ("the ratio drifted while it was measured", "let the machine come to rest and grade again"),
    Doubt.PREEMPTED: ("other processes had the CPU for part of the time", "close them or use fewer --jobs"),
    Doubt.FREQUENCY: (
        "the processor changed its speed",
        "plug the machine in, let it cool and fix the frequency",
    ),
}
"""Why a ratio is not stable, and what the instructor can do about it."""
_DOUBTFUL = "this timing is less certain than usual; you got the benefit of the doubt"
"""What a student has to know of that."""


def doubt(reason: Doubt, audience: Audience = "instructor") -> str:
    """Why a ratio is not stable, and what to try, or for a student what comes of it.

    >>> doubt(Doubt.WIDE)
    'the interval is wide: close other programs and grade again'
    >>> doubt(Doubt.WIDE, "student")
    'this timing is less certain than usual; you got the benefit of the doubt'
    """
    why, advice = _DOUBTS[reason]
    if audience == "student":
        return why if reason is Doubt.FEW else _DOUBTFUL
    return f"{why}: {advice}" if advice else why


RATIO = "ratio = baseline time / your time: above 1 is faster than the baseline."
BESIDE_LOOPS = "timed against nested loops of the grader's, whose own ratio is known."
"""Said of functions whose `Speed.loops_s` is known."""


def speed_marks(speed: Speed) -> str:
    """What stands behind a function's name in a table, for a note below it."""
    return ("*" if speed.extrapolated else "") + ("" if speed.stable else "?")


def speed_notes(speeds: Mapping[Function, Speed], audience: Audience) -> list[str]:
    """What has to be known to read a table of these, each thing once; how it was measured is for the instructor."""
    notes = []
    if any(speed.extrapolated for speed in speeds.values()):
        notes.append("* timed on fewer images, and scaled up to the whole workload.")
    beside = [function for function, speed in speeds.items() if speed.loops_s is not None]
    if beside and audience == "instructor":
        notes.append(f"{' and '.join(beside)}: {BESIDE_LOOPS}")
    doubts = dict.fromkeys(doubt(reason, audience) for speed in speeds.values() for reason in speed.doubts)
    return notes + [f"? {text}." for text in doubts]


def speed_as_dict(speed: Speed | None, audience: Audience = "instructor") -> dict[str, Any] | None:
    """As the contract has it: seconds, ratios, and why it is not stable."""
    if speed is None:
        return None
    return {
        "ratio": speed.ratio.median,
        "low": speed.ratio.low,
        "high": speed.ratio.high,
        "student_s": speed.student_s,
        "baseline_s": speed.baseline_s,
        "rounds": speed.rounds,
        "extrapolated": speed.extrapolated,
        "stable": speed.stable,
        "unstable_because": [f"{reason}: {doubt(reason, audience)}" for reason in speed.doubts],
        "attempts": speed.attempts,
        "student_wall_s": speed.student_wall_s,
        "baseline_wall_s": speed.baseline_wall_s,
        "loops_s": speed.loops_s,
        "student_protocol_s": speed.student_protocol_s,
        "baseline_protocol_s": speed.baseline_protocol_s,
    }
