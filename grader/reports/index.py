"""The instructor's page of a class: everybody, what was hard, which mistakes were made, and who needs a look."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from grader.closing import Closing
from grader.records import GradeReport, ItemResult, ReportVerdict, Verdict
from grader.records.feedback import TOGETHER
from grader.reports.base import one_line
from grader.reports.pages import PAGES, tenths
from grader.reports.view import doubts, kind_alone, share_of

_KINDS, _MISTAKES = 12, 12
_LONGEST = 80
_IN_MEMORY_BYTES = 256 * 1024
"""Larger classes have their rows in a file."""
_TWINS = 3
"""As many of those with the same functions are named."""
_ENDS = {
    Verdict.TIMEOUT: "took too long",
    Verdict.MEMORY: "needed too much memory",
    Verdict.OUTPUT_LIMIT: "printed too much",
    Verdict.POLICY: "used what is not allowed",
    Verdict.MISSING: "not implemented",
}
"""Said of one item, or of several."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One submission."""

    id: str
    name: str
    group: str
    page: str
    score: float | None
    max_score: float
    verdict: str
    is_late: bool
    mistakes: Sequence[str]
    looks: Sequence[str]
    """Why it needs a person's look, beside what the next four say."""
    twins: Sequence[str]
    """The ids of some of those with the same functions."""
    more_twins: int
    """How many others there are."""
    unmarked: Sequence[str]
    """The items for which a person has yet to give points."""
    is_uncertain: bool
    """Whether its timing is."""
    is_untimed: bool


class _Rows:
    """The rows of a class, of which a large one is in a file and never in memory at once."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # `close` closes it
        self._count = 0
        self._error: OSError | None = None

    def append(self, row: _Row) -> None:
        """One more, before any is looked at, which raises OSError where there was no room for this one."""
        try:
            self._file.write(json.dumps(astuple(row)).encode() + b"\n")
        except OSError as error:
            self._error = error
        self._count += 1

    def close(self) -> None:
        """The file is gone then."""
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[_Row]:
        if self._error is not None:
            raise self._error
        self._file.seek(0)
        return (_Row(*json.loads(line)) for line in self._file)


class ClassIndex(Closing):
    """Takes reports one by one and keeps a row of each; a context manager.

    Args:
        title: of the page.
        has_due: whether lateness costs anything.
    """

    def __init__(self, title: str, *, has_due: bool = False) -> None:
        self._title, self._has_due = title, has_due
        self._without_time: Counter[bool | None] = Counter()
        """Of whom it is not known when they came, by what the platform says of it."""
        self._has_late = False
        """Whether the platform says of anybody that they are late: then it knows of the others, too."""
        self._is_any_timed = False
        self._rows = _Rows()
        self._percents: list[float] = []
        self._items: dict[str, tuple[str, Counter[str]]] = {}
        self._met: Counter[str] = Counter()
        self._failing: Counter[str] = Counter()
        self._behind: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """By kind of input, the mistakes of those who fail there."""
        self._mistakes: Counter[str] = Counter()

    def add(self, report: GradeReport, page: str, *, twins: Sequence[str] = (), is_by_another: bool = False) -> None:
        """One submission more.

        Args:
            report: the instructor's.
            page: where the student's page is, from the folder on.
            twins: the ids of those with the same functions.
            is_by_another: whether it is marked by another rubric than the class.
        """
        who = report.who
        self._has_late |= bool(who.is_late)
        if self._has_due and report.late is None and report.verdict is not ReportVerdict.MISSING:
            self._without_time[who.is_late] += 1
        mistakes = {item.id: title for item in report.items if (title := _mistake(item))}
        self._rows.append(
            _Row(
                one_line(who.id), one_line(who.name), one_line(who.group or ""), page, report.score, report.max_score,
                report.verdict.value.replace("_", " "), bool(report.came_late),
                [*dict.fromkeys(mistakes.values()), *_unknown(report)],
                _looks(report, is_by_another=is_by_another), [*map(one_line, twins[:_TWINS])],
                max(0, len(twins) - _TWINS),
                [one_line(item.title) for item in report.unmarked],
                any(not speed.stable for speed in report.speed_by_item.values()),
                report.is_untimed,
            )
        )  # fmt: skip
        self._is_any_timed |= report.is_timed
        if report.percent is not None and report.verdict is not ReportVerdict.MISSING:
            self._percents.append(report.percent)
        self._mistakes.update({one for title in mistakes.values() for one in title.split(TOGETHER)})
        if report.score is not None and report.verdict is not ReportVerdict.MISSING:
            for item in report.items:
                self._add_item(item)
        if report.verdict is ReportVerdict.GRADED:
            self._add_kinds(report, mistakes)

    def _add_item(self, item: ItemResult) -> None:
        if item.counts:
            title = f"{item.title} (bonus)" if item.bonus else item.title
            _, ended = self._items.setdefault(item.id, (title, Counter()))
            ended[share_of(item)] += 1

    def _add_kinds(self, report: GradeReport, mistakes: dict[str, str]) -> None:
        met, failing, behind = set(), set(), set()
        for item in (one for one in report.items if one.verdict not in (Verdict.MISSING, Verdict.POLICY)):
            for kind, row in (item.traits or {}).items():
                met.add(kind)
                if row["passed"] < row["total"]:
                    failing.add(kind)
                    behind |= {(kind, mistakes[item.id])} if item.id in mistakes else set()
        self._met.update(met)
        self._failing.update(failing)
        for kind, mistake in behind:
            self._behind[kind][mistake] += 1

    def close(self) -> None:
        """Forget the rows."""
        self._rows.close()

    def pieces(self) -> Iterator[str]:
        """The page, which of a large class is several megabytes, piece by piece."""
        verdicts = Counter(row.verdict for row in self._rows)
        return PAGES.get_template("index.html").generate(
            title=one_line(self._title), shown=one_line, rows=self._rows, verdicts=verdicts.most_common(),
            tenths=tenths(self._percents), marks=len(self._percents), missing=verdicts["missing"],
            items=self._items.values(),
            kinds=[self._kind(kind, count) for kind, count in _largest(self._failing, _KINDS)],
            mistakes=_largest(self._mistakes, _MISTAKES), looks=self._looks(),
            unmarked=self._unmarked(),
            uncertain=[row for row in self._rows if row.is_uncertain],
            more_kinds=max(0, len(self._failing) - _KINDS), more_mistakes=max(0, len(self._mistakes) - _MISTAKES),
            without_time=self._unknown_times(), has_groups=any(row.group for row in self._rows),
            has_late=any(row.is_late for row in self._rows),
        )  # fmt: skip

    def _unknown_times(self) -> int:
        """Of how many nobody knows whether they came in time; those who are late are told one by one."""
        return self._without_time[None] + (0 if self._has_late else self._without_time[False])

    def _looks(self) -> list[tuple[_Row, list[str]]]:
        """Whoever needs a look, and why; who is only timed uncertainly is listed apart, since that may be all."""
        named = {id for row in self._rows for id in row.twins}
        names = {row.id: row.name for row in self._rows if row.id in named}
        untimed = ["marked without speed, while others are marked with it"] if self._is_any_timed else []
        why = ((row, [*row.looks, *(untimed if row.is_untimed else []), *_same_as(row, names)]) for row in self._rows)
        return [(row, looks) for row, looks in why if looks]

    def _unmarked(self) -> dict[str, list[_Row]]:
        """By item, those for whom a person has yet to give points."""
        titles = dict.fromkeys(title for row in self._rows for title in row.unmarked)
        return {title: [row for row in self._rows if title in row.unmarked] for title in titles}

    def _kind(self, kind: str, count: int) -> dict[str, Any]:
        """How many fail at a kind of input, and the commonest mistake of theirs, where more than one made it."""
        mistake, times = next((each for each in _largest(self._behind[kind], 1) if each[1] > 1), ("", 0))
        return {
            "name": one_line(kind_alone(kind)),
            "count": count,
            "of": self._met[kind],
            "mistake": mistake,
            "times": times,
        }


def _largest(counts: Counter[str], most: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:most]


def _same_as(row: _Row, names: Mapping[str, str]) -> list[str]:
    """Whose functions are the same, by their names."""
    more = f" and {row.more_twins} more" if row.more_twins else ""
    return [f"the same functions as {'; '.join(names.get(id, id) for id in row.twins)}{more}"] if row.twins else []


def _mistake(item: ItemResult) -> str:
    """The title of the known mistake, empty where there is none."""
    mistake = item.explanation.mistake if item.explanation else None
    return one_line(mistake.title) if mistake else ""


def _unknown(report: GradeReport) -> list[str]:
    """What is wrong where it is no known mistake: how the calls ended, or what the results of the example are."""
    if report.verdict is ReportVerdict.REJECTED:
        return [one_line(report.message or "", _LONGEST)]
    wrong: defaultdict[str, list[str]] = defaultdict(list)
    for item in report.items if report.verdict is not ReportVerdict.MISSING else ():
        if item.kind == "correctness" and item.counts and item.verdict is not Verdict.PASSED and not _mistake(item):
            wrong[_end(item)].append(one_line(item.title))
    return [f"{', '.join(titles)}: {what}" for what, titles in wrong.items()]


def _end(item: ItemResult) -> str:
    """What is wrong with one; of a function that could not be read, why."""
    message = item.message or "is wrong"
    if item.verdict is Verdict.CRASHED and "NotImplementedError" in message:
        return _ENDS[Verdict.MISSING]
    if item.verdict is Verdict.MISSING and ": " in message:
        return one_line(message.partition(": ")[2], _LONGEST)
    if item.verdict is Verdict.MISSING and message.startswith("there is no function"):
        return one_line(message, _LONGEST)
    return _ENDS.get(item.verdict) or _example(message)


def _example(message: str) -> str:
    """The end of an item's message, which tells one wrong result.

    >>> _example("Wrong in every case. For example, out has shape (1, 2), expected (1, 1, 5, 5).")
    'out has shape (1, 2), expected (1, 1, 5, 5)'
    """
    return one_line(message.rpartition("For example, ")[2].removeprefix("In every case, ").rstrip("."), _LONGEST)


def _looks(report: GradeReport, *, is_by_another: bool) -> list[str]:
    """Why a person should look at this submission."""
    found, by_hand = [*doubts(report)], {item.id for item in report.items if item.kind == "manual"}
    decided = [one for one in report.overrides if one.item not in by_hand]
    missing = [item.message or "" for item in report.items if item.verdict is Verdict.MISSING]
    unread = next((message for message in missing if " could not be read: " in message), "")
    reasons = (
        (report.verdict is ReportVerdict.JUDGE_ERROR, "the grader failed"),
        (report.verdict is ReportVerdict.REJECTED, one_line(report.message or "could not be graded as it is")),
        (bool(unread) and report.verdict is ReportVerdict.GRADED, one_line(unread)),
        (any(item.verdict is Verdict.POLICY for item in report.items), "it uses what the rubric does not allow"),
        (is_by_another, "marked by another rubric than the class"),
        (report.is_late_by_unknown and not report.overrides, "late, and nothing is taken off: no time is known"),
        (report.wrong_on_own_cache > 0, "backward is right only on the cache of the grader"),
        (report.choice is not None, one_line(report.choice or "")),
        *((True, one_line(doubt)) for doubt in found),
        (bool(decided) and not found, "a person decided about the mark"),
        (report.extension is not None, "a person gave another due time"),
    )
    return [text for is_so, text in reasons if is_so]
