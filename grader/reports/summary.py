"""A whole class on the terminal: how the marks lie, what was hard, what was slow, what could not be graded."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from tabulate import tabulate

from grader.records import GradeReport, ReportVerdict, Verdict
from grader.reports.base import WIDTH, escape

_BAR = 40
_SLOWEST = 3


def render(reports: Sequence[GradeReport]) -> str:
    """The summary, in 80 columns."""
    return "\n".join(_lines(reports))


def _lines(reports: Sequence[GradeReport]) -> Iterator[str]:
    verdicts = Counter(report.verdict.value.replace("_", " ") for report in reports)
    yield f"{len(reports)} submissions: " + ", ".join(f"{count} {name}" for name, count in verdicts.most_common())
    marked = [report for report in reports if report.score is not None]
    if marked:
        yield ""
        yield _distribution(marked)
        yield ""
        yield _items(marked)
        traits = _traits(marked)
        if traits:
            yield ""
            yield traits
        yield ""
        slowest = sorted(reports, key=lambda report: -report.wall_s)[:_SLOWEST]
        yield "Slowest: " + ", ".join(f"{_name(report)} {report.wall_s:.1f} s" for report in slowest)
    for report in reports:
        if report.verdict is not ReportVerdict.GRADED:
            verdict = report.verdict.value.replace("_", " ").capitalize()
            text = f"{verdict}: {_name(report)}: {escape(report.message or '')}"
            yield textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _distribution(reports: Sequence[GradeReport]) -> str:
    """How many marks lie in each tenth of the maximum."""
    shares = [min(9, int(10 * (report.score or 0) / report.max_score)) for report in reports]
    counts = Counter(max(0, share) for share in shares)
    most = max(counts.values())
    rows = []
    for tenth in range(9, -1, -1):
        low, high = 10 * tenth, 10 * tenth + (10 if tenth == 9 else 9)
        rows.append([f"{low} to {high} %", counts[tenth] or "", "#" * round(_BAR * counts[tenth] / most)])
    return tabulate(rows, headers=["mark", "", ""], tablefmt="simple", colalign=("right", "right", "left"))


def _items(reports: Sequence[GradeReport]) -> str:
    """For each item that was not left out, how many got everything, a part, nothing."""
    rows = []
    for i, item in enumerate(reports[0].items):
        results = [report.items[i] for report in reports]
        verdicts = Counter(result.verdict for result in results)
        if verdicts[Verdict.SKIPPED] == len(reports):
            continue
        full, part = verdicts[Verdict.PASSED], verdicts[Verdict.PARTIAL]
        mean = sum(result.points or 0 for result in results) / len(results)
        rows.append([escape(item.title), full, part, len(results) - full - part, f"{mean:.1f}", f"{item.max_points:g}"])
    headers = ["item", "full", "part", "none", "mean", "of"]
    return tabulate(
        rows, headers=headers, tablefmt="simple", disable_numparse=True, colalign=("left",) + ("right",) * 5
    )


def _traits(reports: Sequence[GradeReport]) -> str:
    """For each kind of input how many submissions fail on it, the hardest first."""
    failing: Counter[str] = Counter()
    for report in reports:
        rows = [row for item in report.items for row in (item.traits or {}).items()]
        failing.update({name for name, row in rows if row["passed"] < row["total"]})
    if not failing:
        return ""
    headers = ["kind of input", "wrong in submissions"]
    hardest = sorted(failing.items(), key=lambda row: (-row[1], row[0]))[:8]
    return tabulate(hardest, headers=headers, tablefmt="simple", colalign=("left", "right"))


def _name(report: GradeReport) -> str:
    return escape(report.submission["name"] or "").replace("\n", "\\n")[:40]
