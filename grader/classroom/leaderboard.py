"""Reports -> ranked rows. Pure: nothing is read, run or printed here."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.classroom.pseudonyms import pseudonym
from grader.records import FUNCTIONS, Board, Function, GradeReport, Interval, ReportVerdict, Row, Speed, Timing, Verdict
from grader.rubric.model import Leaderboard, SpeedItem, WholeRubric

Names = Literal["real", "pseudonymous", "anonymous"]


@dataclass(frozen=True, slots=True)
class _Entrant:
    """One attempt that may be on the board."""

    report: GradeReport
    timed: "Sequence[_Timed]"

    @property
    def speed(self) -> Interval | None:
        return _mean_of(self.report, self.timed)

    @property
    def id(self) -> str:
        return self.report.who.id

    @property
    def is_stable(self) -> bool:
        speeds = (self.report.speeds_of(key) for key in {key for key, _ in self.timed})
        return all(speed.stable for each in speeds for speed in each.values())


def rank(
    attempts: Iterable[GradeReport],
    rubric: WholeRubric,
    *,
    names: Names,
    secret: bytes = b"",
    landmark: Sequence[Timing] = (),
    left_out: int = 0,
) -> Board:
    """The board of a class.

    Submissions whose intervals overlap are tied: they share a rank, and so does everyone whom a chain of overlaps
    connects with them; a rank ends only where no interval bridges the gap. The rank is one more than the number of
    those before the tie. A ratio that is not stable counts by its median alone: how much it scatters is also the
    submission's doing, and one wide interval would make a tie of everybody.

    Args:
        attempts: every attempt that counts, earlier ones first.
        rubric: its `leaderboard` says how to rank; its speed items which functions have to be timed.
        names: how submissions are called.
        secret: the key of pseudonyms, and of the order of equals where names are hidden; whoever has it can tell who
            is who.
        landmark: how the nested loops did on the rubric's speed items.
        left_out: attempts that were not handed over, since another rubric graded them.
    """
    settings, timed = rubric.leaderboard, _timed(rubric)
    latest: dict[str, GradeReport] = {}
    entered: dict[str, list[_Entrant]] = {}
    for report in attempts:
        id = report.who.id
        latest[id] = report
        if settings.attempt == "latest":
            entered.pop(id, None)
        entrant = _Entrant(report, timed)
        if _why_not(entrant, settings) is None:
            entered.setdefault(id, []).append(entrant)
    chosen = [max(mine, key=lambda e: _order(e, settings)) for mine in entered.values()]
    chosen.sort(key=lambda e: pseudonym(secret, e.id) if names != "real" else e.id)  # an order that tells nothing
    chosen.sort(key=lambda e: _order(e, settings), reverse=True)
    others: dict[str, list[GradeReport]] = {}
    for id, report in latest.items():
        if id not in entered:
            others.setdefault(_why_not(_Entrant(report, timed), settings) or "", []).append(report)
    reasons = Counter({reason: len(reports) for reason, reports in others.items()})
    if left_out:
        reasons["graded by another rubric"] = left_out
    handed_in = [report for report in latest.values() if report.verdict is not ReportVerdict.MISSING]
    marks = [report.score for report in handed_in if report.score is not None]
    return Board(
        title=rubric.name,
        rank_by=settings.rank_by,
        timed=tuple(f for f in FUNCTIONS if f in {function for _, function in timed}),
        names=names,
        rows=_rows(chosen, settings, timed, lambda report, position: _name(report, position, names, secret)),
        left_out=tuple(sorted(reasons.items())),
        not_ranked=tuple((reason, _names(others.get(reason, ()), names, secret)) for reason in sorted(reasons)),
        marks=tuple(sorted(marks)),
        percents=tuple(sorted(report.percent for report in handed_in if report.percent is not None)),
        max_score=rubric.max_score,
        loops=_loops(landmark, rubric),
        graded_at=max((report.started_at for report in latest.values()), default=""),
        rubric_sha256=rubric.sha256,
        summary=next((_summary(report, settings) for report in latest.values()), ""),
    )


_Timed = tuple[str | None, Function]
"""The key of an operator, None where there is only one, and a function of it."""


def _timed(rubric: WholeRubric) -> tuple[_Timed, ...]:
    """What the rubric times, of the operators that its leaderboard is about."""
    chosen = rubric.leaderboard.operator
    timed = {(item.operator, item.function) for item in rubric.items if isinstance(item, SpeedItem)}
    keys = [key for key in rubric.parts if chosen in (None, key)]
    return tuple((key, function) for key in keys for function in FUNCTIONS if (key, function) in timed)


def _mean_of(report: GradeReport, timed: Sequence[_Timed]) -> Interval | None:
    """The geometric mean over these, None where one was not timed."""
    speeds = [report.speeds_of(key).get(function) for key, function in timed]
    ratios = [speed.ratio for speed in speeds if speed is not None]
    return _geometric_mean(ratios) if len(ratios) == len(timed) else None


def _loops(landmark: Sequence[Timing], rubric: WholeRubric) -> Interval | None:
    """The geometric mean of the nested loops, over what was timed of them."""
    speeds = {timing.item: timing.speed for timing in landmark}
    first: dict[_Timed, Speed] = {}
    for item in rubric.items:
        if isinstance(item, SpeedItem) and (speed := speeds.get(item.id)) is not None:
            first.setdefault((item.operator, item.function), speed)
    return _geometric_mean([first[each].ratio for each in _timed(rubric) if each in first])


def _geometric_mean(ratios: Sequence[Interval]) -> Interval | None:
    """The mean of the medians and of the bounds: at least as wide as the interval of the mean itself."""
    if not ratios:
        return None
    columns = zip(*((ratio.median, ratio.low, ratio.high) for ratio in ratios), strict=True)
    return Interval(*(math.prod(column) ** (1 / len(ratios)) for column in columns))


def _why_not(entrant: _Entrant, settings: Leaderboard) -> str | None:
    """Why an attempt is not ranked, or None."""
    report = entrant.report
    if report.verdict is ReportVerdict.MISSING:
        return "without a hand-in"
    if report.verdict is not ReportVerdict.GRADED:
        return "could not be graded"
    correctness = [
        item for item in report.items if item.kind == "correctness" and settings.operator in (None, item.operator)
    ]
    if settings.eligible == "all_correct" and any(item.verdict is not Verdict.PASSED for item in correctness):
        return "not right everywhere"
    if settings.rank_by == "speed" and entrant.speed is None:
        return "not timed"
    return None


def _order(entrant: _Entrant, settings: Leaderboard) -> tuple[float, float]:
    """Larger is better: what is ranked by, then the other."""
    speed = entrant.speed.median if entrant.speed is not None else 0.0
    score = entrant.report.score or 0.0
    return (speed, score) if settings.rank_by == "speed" else (score, speed)


def _rows(
    chosen: Sequence[_Entrant],
    settings: Leaderboard,
    timed: Sequence[_Timed],
    name: Callable[[GradeReport, int], str],
) -> tuple[Row, ...]:
    """The rows of the board, from entrants in order."""
    ranks = [i + 1 for i in _starts_of_ties([_span(entrant, settings) for entrant in chosen])]
    counts = Counter(ranks)
    rows = []
    for position, (entrant, rank) in enumerate(zip(chosen, ranks, strict=True), 1):
        report = entrant.report
        forward, backward = ([each for each in timed if each[1] == function] for function in FUNCTIONS)
        rows.append(
            Row(
                rank=rank,
                tied=counts[rank] > 1,
                name=name(report, position),
                score=report.score or 0.0,
                max_score=report.max_score,
                speed=entrant.speed,
                forward=_mean_of(report, forward),
                backward=_mean_of(report, backward),
                stable=entrant.is_stable,
            )
        )
    return tuple(rows)


def _span(entrant: _Entrant, settings: Leaderboard) -> tuple[float, float]:
    """The interval that ranks: two that overlap cannot be told apart. A single number bridges no gap."""
    if settings.rank_by == "speed":
        assert entrant.speed is not None  # otherwise it is not eligible
        speed = entrant.speed
        return (speed.low, speed.high) if entrant.is_stable else (speed.median, speed.median)
    score = entrant.report.score or 0.0
    return score, score


def _starts_of_ties(spans: Sequence[tuple[float, float]]) -> list[int]:
    """For each span how many lie wholly above the tie that it is in.

    >>> _starts_of_ties([(5, 6), (3, 4), (2, 3.5), (0, 1)])
    [0, 1, 1, 3]
    """
    highest_first = sorted(range(len(spans)), key=lambda i: spans[i][1], reverse=True)
    starts = [0] * len(spans)
    start, lowest = 0, math.inf
    for position, i in enumerate(highest_first):
        if spans[i][1] < lowest:
            start = position
        starts[i] = start
        lowest = min(lowest, spans[i][0])
    return starts


def _summary(report: GradeReport, settings: Leaderboard) -> str:
    """What is ranked."""
    sections = {key: one for key, one in report.sections.items() if settings.operator in (None, key)}
    return ", ".join(one.terms.summary for one in sections.values()) or report.terms.summary


def _names(reports: Iterable[GradeReport], names: Names, secret: bytes) -> tuple[str, ...]:
    """Of those who have no place on the board, in an order that tells nothing."""
    return () if names == "anonymous" else tuple(sorted(_name(report, 0, names, secret) for report in reports))


def _name(report: GradeReport, position: int, names: Names, secret: bytes) -> str:
    """How a submission is called on the board."""
    if names == "anonymous":
        return f"no. {position}"
    if names == "pseudonymous":
        return pseudonym(secret, report.who.id)
    return report.who.name
