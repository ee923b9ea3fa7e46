"""A whole class on the terminal: the marks, what was hard, what was slow, what could not be graded."""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tabulate import tabulate

from grader.records import GradeReport, ItemResult, ReportVerdict, Verdict
from grader.reports.base import ABOVE, one_line, tenth_of
from grader.reports.prose import WIDTH, Paragraph, laid_out
from grader.reports.view import kind_alone, share_of
from grader.said import escape

_BAR = 40
_SLOWEST = 3
_HARDEST = 8
_NAME_WIDTH = 40
_SHARES = ("full", "part", "none")


@dataclass(slots=True)
class _Item:
    """One line of the mark, over the class."""

    title: str
    max_points: float
    points: float = 0.0
    shares: Counter[str] = field(default_factory=Counter)


class ClassSummary:
    """Takes reports one by one and keeps only counts of them.

    Args:
        twins: by id, the other submissions with the same functions.
    """

    def __init__(self, twins: Mapping[str, Sequence[str]]) -> None:
        self.twins = twins
        self.verdicts: Counter[str] = Counter()
        self.tenths: Counter[int] = Counter()
        self.items: dict[str, _Item] = {}
        self.failing: Counter[str] = Counter()
        self.slowest: list[tuple[float, str]] = []
        self.missing: list[str] = []
        self.late: list[str] = []
        self.late_by_unknown: list[str] = []
        self.untimed: list[str] = []
        self.is_any_timed = False
        self.ungraded: list[str] = []
        self.chosen: list[str] = []
        self.wrong_on_own_cache: list[str] = []
        self.cache = ""
        self.names: dict[str, str] = {}

    def add(self, report: GradeReport) -> None:
        """One submission more."""
        name = _name(report)
        verdict = report.verdict.value.replace("_", " ")
        self.verdicts[verdict] += 1
        if report.verdict is ReportVerdict.MISSING:
            self.missing.append(name)
            return
        if report.verdict is not ReportVerdict.GRADED:
            self.ungraded.append(f"{verdict.capitalize()}: {name}: {escape(report.message or '')}")
        if report.choice is not None:
            self.chosen.append(f"{name} ({escape(report.choice)})")
        if report.late is not None and report.late.points:
            self.late.append(f"{name} {report.late.points:g}")
        if report.is_late_by_unknown:
            self.late_by_unknown.append(name)
        self.untimed += [name] if report.is_untimed else []
        self.is_any_timed |= report.is_timed
        if self.twins.get(report.who.id):
            self.names[report.who.id] = name
        self.slowest = heapq.nlargest(_SLOWEST, [*self.slowest, (report.wall_s, name)], key=lambda row: row[0])
        if report.wrong_on_own_cache:
            self.wrong_on_own_cache.append(name)
            self.cache = report.terms.signature.cache
        if report.percent is not None:
            self.tenths[tenth_of(report.percent)] += 1
        if report.score is not None:
            for item in report.items:
                self._add_item(item)
            tried = (item for item in report.items if item.verdict not in (Verdict.MISSING, Verdict.POLICY))
            tables = [row for item in tried for row in (item.traits or {}).items()]
            self.failing.update({trait for trait, row in tables if row["passed"] < row["total"]})

    def _add_item(self, item: ItemResult) -> None:
        title = f"{item.title} (bonus)" if item.bonus else item.title
        whole = self.items.setdefault(item.id, _Item(title, item.max_points))
        if item.counts:
            whole.points += item.points or 0
            whole.shares[share_of(item)] += 1

    def render(self, width: int = WIDTH) -> str:
        """The summary, in so many columns."""
        return laid_out(self._parts(), width)

    def _parts(self) -> Iterator[str | Paragraph]:
        counts = ", ".join(f"{count} {name}" for name, count in self.verdicts.most_common())
        total = self.verdicts.total()
        yield f"{total} submission{'' if total == 1 else 's'}: {counts}"
        if self.missing and self.tenths:
            yield _paragraph(f"The tables are of {self.tenths.total()}, without those who handed in nothing.")
        if self.tenths:
            yield ""
            yield self._distribution()
        if self.items:
            yield ""
            yield self._items()
            if self.failing:
                yield ""
                yield self._traits()
            yield ""
            yield _paragraph("Slowest: " + "; ".join(f"{name} {wall_s:.1f} s" for wall_s, name in self.slowest))
        if self.wrong_on_own_cache:
            names = "; ".join(self.wrong_on_own_cache)
            yield _paragraph(f"Backward right on {self.cache}, and wrong on its own cache: {names}")
        for group in self._identical():
            yield _paragraph(f"The same functions: {'; '.join(group)}")
        if self.late:
            yield _paragraph(f"Points lost to lateness: {'; '.join(self.late)}")
        if self.late_by_unknown:
            yield _paragraph(f"Late, but no time is known, so nothing is taken off: {'; '.join(self.late_by_unknown)}")
        if self.untimed and self.is_any_timed:
            told = "Marked without speed, while others are marked with it (grade without --no-timing to time them)"
            yield _paragraph(f"{told}: {'; '.join(self.untimed)}")
        if self.missing:
            yield _paragraph(f"Handed in nothing: {'; '.join(self.missing)}")
        if self.chosen:
            yield _paragraph(f"More than one file with the functions: {'; '.join(self.chosen)}")
        for text in self.ungraded:
            yield _paragraph(text)

    def _distribution(self) -> str:
        """How many marks lie in each tenth of the maximum: a sign for each, in a large class for several."""
        longest = max(_BAR, *self.tenths.values())
        rows = []
        for tenth in range(ABOVE if self.tenths[ABOVE] else ABOVE - 1, -1, -1):
            low, high, count = 10 * tenth, 10 * tenth + (10 if tenth == 9 else 9), self.tenths[tenth]
            label = "above 100 %" if tenth == ABOVE else f"{low} to {high} %"
            rows.append([label, count or "", "#" * math.ceil(_BAR * count / longest)])
        return tabulate(rows, headers=["mark", "", ""], tablefmt="simple", colalign=("right", "right", "left"))

    def _items(self) -> str:
        """For each item that was judged, how many got everything, a part, nothing."""
        rows = []
        for item in self.items.values():
            total = item.shares.total()
            if total:
                counts = [item.shares[share] for share in _SHARES]
                rows.append([escape(item.title), *counts, f"{item.points / total:.1f}", f"{item.max_points:g}"])
        headers = ["item", *_SHARES, "mean", "of"]
        alignment = ("left",) + ("right",) * 5
        return tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True, colalign=alignment)

    def _traits(self) -> str:
        """For each kind of input how many submissions fail on it, the hardest first."""
        headers = ["kind of input", "wrong in submissions"]
        hardest = sorted(self.failing.items(), key=lambda row: (-row[1], row[0]))
        more = [[f"and {len(hardest) - _HARDEST} more", ""]] if len(hardest) > _HARDEST else []
        rows = [[kind_alone(kind), count] for kind, count in hardest[:_HARDEST]]
        return tabulate([*rows, *more], headers=headers, tablefmt="simple", colalign=("left", "right"))

    def _identical(self) -> list[list[str]]:
        """The names of those who share their functions, group by group."""
        groups = {tuple(sorted((id, *self.twins[id]))) for id in self.names}
        return [[self.names[id] for id in group if id in self.names] for group in sorted(groups)]


def _paragraph(text: str) -> Paragraph:
    return Paragraph(text, hanging="  ")


def _name(report: GradeReport) -> str:
    return one_line(report.who.name, _NAME_WIDTH)
