"""Reports -> ranked rows. Pure: nothing is read, run or printed here."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from grader.classroom.awards import awards
from grader.classroom.entrants import (
    BETWEEN,
    Conditions,
    Entrant,
    Timed,
    conditions_of,
    differ,
    geometric_mean,
    mean_of,
    shown_marks,
)
from grader.classroom.pseudonyms import pseudonym
from grader.classroom.roll import Field, Roll
from grader.records import (
    FUNCTIONS,
    Board,
    BoardLandmark,
    Calibration,
    GradeReport,
    Interval,
    PastBoard,
    ReportVerdict,
    Retime,
    Row,
    Speed,
    Timing,
    Together,
)
from grader.rubric.model import Leaderboard, SpeedItem, WholeRubric

Names = Literal["real", "pseudonymous", "anonymous"]


def rank(
    roll: Roll,
    *,
    names: Names,
    secret: bytes = b"",
    landmark: Sequence[Timing] = (),
    left_out: int = 0,
    retime: Retime | None = None,
    changes: Mapping[str, str] | None = None,
    past: Sequence[PastBoard] = (),
    calibration: Calibration | None = None,
) -> Board:
    """The board of a class.

    Submissions whose intervals overlap (`Entrant.span`) are tied: they share a rank, and so does everyone whom a chain
    of overlaps connects with them; a rank ends only where no interval bridges the gap. The rank is one more than the
    number of those before the tie.

    Args:
        roll: every attempt that counts.
        names: how submissions are called.
        secret: the key of pseudonyms, and of the order of equals where names are hidden; whoever has it can tell who
            is who.
        landmark: how the nested loops did on the rubric's speed items.
        left_out: attempts that were not handed over, since another rubric graded them.
        retime: the last race of all leaders: its times rank, and are marked apart from the others.
        changes: by the title of each landmark that took part in it, what kind of change leads there.
        past: what other terms' boards say.
        calibration: what `calibration_of` finds.
    """
    rubric, timed, field = roll.rubric, roll.timed, roll.field(retime)
    settings = rubric.leaderboard
    chosen = sorted(field.chosen, key=lambda e: pseudonym(secret, e.id) if names != "real" else e.id)  # tells nothing
    chosen.sort(key=lambda e: e.order(settings), reverse=True)
    usual = _usual(chosen, retime)
    rows = _rows(field, chosen, settings, usual, lambda report, position: _name(report, position, names, secret))
    others = _left_out(field, timed, settings, left_out)
    handed_in = [report for report in field.latest.values() if report.verdict is not ReportVerdict.MISSING]
    marks = [shown_marks(report) for report in handed_in if report.score is not None]
    like_most = next((e.report for e in chosen if e.conditions == usual), None)
    return Board(
        title=rubric.name,
        rank_by=settings.rank_by,
        timed=tuple(f for f in FUNCTIONS if f in {function for _, function in timed}),
        names=names,
        rows=rows,
        left_out=tuple((reason, len(reports) or left_out) for reason, reports in others),
        not_ranked=tuple((reason, _names(reports, names, secret)) for reason, reports in others),
        marks=tuple(sorted(score for score, _ in marks)),
        percents=tuple(sorted(100 * score / most for score, most in marks if most)),
        max_score=math.fsum(i.points for i in rubric.items if not i.bonus and i.visibility == "visible"),
        loops=_mean_of_timings(landmark if retime is None else retime.loops, rubric, timed),
        graded_at=max((report.started_at for report in field.latest.values()), default=""),
        rubric_sha256=rubric.sha256,
        summary=next((_summary(report, settings) for report in field.latest.values()), ""),
        machine="" if like_most is None else _machine_in_words(like_most),
        widened=0.0 if settings.rank_by == "score" or all(e.is_together for e in chosen) else BETWEEN,
        together=_together(chosen, retime),
        landmarks=_landmarks(rubric, timed, retime, changes or {}),
        calibration=calibration,
        awards=awards(field, {e.id: row for e, row in zip(chosen, rows, strict=True)}, rubric.late),
        past=tuple(past),
        operators=len({key for key, _ in timed}),
    )


def _left_out(
    field: Field, timed: Sequence[Timed], settings: Leaderboard, by_another: int
) -> list[tuple[str, list[GradeReport]]]:
    """Why submissions are not on the board, and whose; nobody's of those that another rubric graded."""
    found: dict[str, list[GradeReport]] = {"graded by another rubric": []} if by_another else {}
    for id, report in field.latest.items():
        if id not in field.attempts:
            found.setdefault(Entrant(report, timed).why_not(settings) or "", []).append(report)
    return sorted(found.items(), key=lambda each: each[0])


def _usual(chosen: Sequence[Entrant], retime: Retime | None) -> Conditions | None:
    """What ratios have to be timed under to be comparable: as those of the race, or as most were."""
    if retime is not None and any(entrant.is_together for entrant in chosen):
        return conditions_of(retime.machine, retime.versions)
    most = Counter(entrant.conditions for entrant in chosen if entrant.speed is not None).most_common(1)
    return most[0][0] if most else None


def _together(chosen: Sequence[Entrant], retime: Retime | None) -> Together | None:
    count = sum(entrant.is_together for entrant in chosen)
    return None if retime is None or not count else Together(retime.at, retime.laps, count)


def _machine_in_words(report: GradeReport) -> str:
    """Such as `AMD EPYC, L1 48K, L2 1024K; scipy-openblas 0.3.31; NumPy 2.4.0`; empty where it is not known."""
    machine = report.machine
    if not machine.get("cpu"):
        return ""
    chip = ", ".join(machine[what] for what in ("cpu", "caches") if machine.get(what))
    governor = f"governor {machine['governor']}" if machine.get("governor") else ""
    numpy = f"NumPy {report.versions.get('numpy', '')}"
    return "; ".join(part for part in (chip, machine.get("blas", ""), numpy, governor) if part)


def _landmarks(
    rubric: WholeRubric, timed: Sequence[Timed], retime: Retime | None, changes: Mapping[str, str]
) -> tuple[BoardLandmark, ...]:
    """Those of the race of all leaders, over what was timed of them, the slowest first."""
    found = []
    for title, timings in () if retime is None else retime.landmarks:
        speed = _mean_of_timings(timings, rubric, timed)
        if speed is not None:
            found.append(BoardLandmark(title, changes.get(title, ""), speed))
    return tuple(sorted(found, key=lambda each: each.speed.median))


def calibration_of(races: Iterable[Retime]) -> Calibration | None:
    """How far the landmarks have moved from the race before to the last one on a like machine.

    Args:
        races: the last first.
    """
    races = iter(races)
    last = next(races, None)
    if last is None:
        return None
    here = conditions_of(last.machine, last.versions)
    before = next((race for race in races if conditions_of(race.machine, race.versions) == here), None)
    moved = {} if before is None else _moved(last, before)
    title = max(moved, key=lambda each: moved[each], default="")
    return Calibration(last.at, before.at if before is not None and moved else None, title, moved.get(title, 0.0))


def _moved(last: Retime, before: Retime) -> dict[str, float]:
    """By the title of each landmark that was in both, by how much it has moved, as a share; 0 within its intervals."""
    old, found = dict(before.landmarks), dict[str, float]()
    for title, timings in last.landmarks:
        was, now = (
            {timing.item: timing.speed.ratio for timing in each if timing.speed is not None}
            for each in (old.get(title, ()), timings)
        )
        both = [item for item in now if item in was]
        one, other = (geometric_mean([each[item] for item in both]) for each in (was, now))
        if one is not None and other is not None:
            is_apart = one.high < other.low or other.high < one.low
            found[title] = abs(other.median / one.median - 1) if is_apart else 0.0
    return found


def _mean_of_timings(timings: Sequence[Timing], rubric: WholeRubric, timed: Sequence[Timed]) -> Interval | None:
    """The geometric mean of a program of ours; None where it is about some of what is ranked and not about all."""
    speeds = {timing.item: timing.speed for timing in timings}
    first: dict[Timed, Speed] = {}
    for item in rubric.items:
        if isinstance(item, SpeedItem) and (speed := speeds.get(item.id)) is not None:
            first.setdefault((item.operator, item.function), speed)
    return geometric_mean([first[each].ratio for each in timed]) if all(each in first for each in timed) else None


def _rows(
    field: Field,
    chosen: Sequence[Entrant],
    settings: Leaderboard,
    usual: Conditions | None,
    name: Callable[[GradeReport, int], str],
) -> tuple[Row, ...]:
    """The rows of the board, from entrants in order."""
    ranks = [i + 1 for i in _starts_of_ties([entrant.span(settings) for entrant in chosen])]
    counts, are_together = Counter(ranks), any(entrant.is_together for entrant in chosen)
    rows = []
    for position, (entrant, rank) in enumerate(zip(chosen, ranks, strict=True), 1):
        report, has_speed = entrant.report, entrant.speed is not None
        score, max_score = shown_marks(report)
        forward, backward = ([each for each in entrant.timed if each[1] == function] for function in FUNCTIONS)
        rows.append(
            Row(
                rank=rank,
                tied=counts[rank] > 1,
                name=name(report, position),
                score=score,
                max_score=max_score,
                speed=entrant.speed,
                forward=mean_of(report, forward),
                backward=mean_of(report, backward),
                stable=entrant.is_stable,
                is_apart=are_together and has_speed and not entrant.is_together,
                is_elsewhere=has_speed and usual is not None and differ(entrant.conditions, usual),
                history=tuple(each.value for each in field.attempts[entrant.id]),
            )
        )
    return tuple(rows)


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
    timed = {item.operator for item in report.items if item.kind == "speed"}
    return ", ".join(one.terms.summary for key, one in sections.items() if key in timed) or report.terms.summary


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
