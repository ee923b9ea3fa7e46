"""What is said of a late hand-in."""

from collections.abc import Mapping, Sequence

from grader.records import Lateness

_MOST_NAMED = 3


def of_lateness(late: Lateness, earned: float | None, *, is_decided: bool = False) -> str | None:
    """How late it came and what that costs; None where it came in time.

    `is_decided` where a person gave the whole mark, from which nothing is taken off.
    """
    if not late.late_s:
        return None
    start = f"Handed in {_long(late.late_s)} late"
    if not late.days:
        return f"{start}, which is within the grace period: nothing is taken off."
    limit = "" if late.max_days is None else f", and the limit is {late.max_days}"
    begun = (
        f"{start} ({late.days} {'day' if late.days == 1 else 'days'} begun{limit}): {late.percent:g} % of the points"
    )
    if is_decided:
        return f"{begun} would be taken off, but a person decided the whole mark."
    if earned is None or late.points is None:
        return f"{begun} are taken off."
    return f"{begun} are taken off, {late.points:g} of {earned:g}."


def best_of(number: int, count: int, at: str | None) -> str:
    """Which of several hand-ins counts; `at` is ISO 8601, where it is known."""
    when = "" if at is None else f", handed in {at.replace('T', ' ')}"
    return f"Attempt {number} of {count}{when}: the best of them counts."


def late_by_unknown() -> str:
    """The platform says late, but not when."""
    return (
        "The platform marks this as late, but its export does not say when it was handed in: nothing is taken off, "
        "unless the instructor does so by hand."
    )


def no_time(unknown: Sequence[str], count: int) -> str:
    """Of these of a class it is not known when they were handed in, though the rubric has a due time.

    >>> no_time(["xan"], 6).partition(":")[0], no_time(["xan"], 1).partition(":")[0]
    ('1 of 6 submissions may be late (xan)', '1 of 1 submissions may be late')
    """
    who = f" ({', '.join(unknown)})" if len(unknown) < min(count, _MOST_NAMED + 1) else ""
    whole, added = ("the folder around it ", " (and --add, into results of a class)") if count == 1 else ("", "")
    return (
        f"{len(unknown)} of {count} submissions may be late{who}: no time of handing in is known, so lateness costs "
        f"nothing there; grade {whole}with --map FILE and its column `submitted_at`{added}, or give other points with "
        "`grade override`"
    )


def no_time_any_more(cost: Mapping[str, float]) -> str:
    """Some have handed in anew, and nobody says when; by id, what lateness cost them before.

    >>> no_time_any_more({"ann": 0, "bo": 10}).partition(": grade")[0]
    'handed in anew, and it is not known when: bo (10 points were taken off); ann; so nothing is taken off now'
    """
    ranked = sorted(cost.items(), key=lambda one: (-one[1], one[0]))
    names = [f"{id} ({points:g} points were taken off)" if points else id for id, points in ranked]
    return (
        f"handed in anew, and it is not known when: {'; '.join(names)}; so nothing is taken off now: grade with "
        "--map FILE and its column `submitted_at`"
    )


def old_time(ids: Sequence[str]) -> str:
    """Some have another file than before, of which the same time is told."""
    return (
        f"another file than before, and the same time of handing in: {'; '.join(ids)}; is the roster or the map older "
        "than the hand-ins? Then name a new one"
    )


def no_time_of(id: str) -> str:
    """The first hand-in of a watched folder of which the same is so."""
    return (
        f"no time of handing in is known for {id}, so lateness costs nothing there, nor for others like it: after the "
        "due time, grade with --map FILE and its column `submitted_at`, or give other points with `grade override`"
    )


def no_zone(whose: str) -> str:
    """The platform says when, but not by the clock of which place; `whose` is an id, or how many of a class."""
    return (
        f"the time of handing in is known without its time zone for {whose}, so lateness costs nothing there: name the "
        "zone in the rubric, as `late: {..., time_zone: America/Los_Angeles}`"
    )


def _long(seconds: float) -> str:
    """A span in its two largest units.

    >>> _long(20), _long(930), _long(5400), _long(100_000), _long(86_420)
    ('less than 1 min', '15 min 30 s', '1 h 30 min', '1 d 3 h', 'just over 1 d')
    """
    minutes, rest = divmod(int(seconds), 60)
    counts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"), (rest * (minutes < 60), "s"))
    told = [f"{count} {unit}" for count, unit in counts if count]
    if not minutes:
        return "less than 1 min"
    return " ".join(told[:2]) if len(told) > 1 or not rest else f"just over {told[0]}"
