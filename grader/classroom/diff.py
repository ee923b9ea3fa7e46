"""Whose mark changes between two results, by how much, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.classroom.attempts import Attempt
from grader.classroom.store import Store
from grader.records import Change, Difference, GradeReport, ItemChange, Lateness, Override

_OTHER_CASES = "nothing else is different, but each results folder has secret cases of its own"
_AGAIN = "graded again; nothing else is different"


def difference(old: Store, new: Store) -> Difference:
    """Two results folders, submission by submission."""
    before, after = set(old.ids()), set(new.ids())
    changes = [_between(id, old.latest_of(id), new.latest_of(id), _OTHER_CASES) for id in sorted(before | after)]
    return _told(str(old.path.parent), str(new.path.parent), changes)


def last_change(store: Store) -> Difference:
    """What the last attempt of each submission changed, compared with the one before, if there is one."""
    before = {id: store.latest_of(id, before=1) for id in store.ids()}
    changes = [_between(id, old, store.latest_of(id), _AGAIN) for id, old in before.items() if old is not None]
    folder = str(store.path.parent)
    told = _told(f"{folder}, attempts before the last", f"{folder}, last attempts", changes)
    return replace(told, once=len(before) - len(changes))


def _told(old: str, new: str, changes: list[Change]) -> Difference:
    changed = [c for c in changes if c.items or c.old != c.new or c.old_verdict != c.new_verdict]
    return Difference(old, new, len(changes) - len(changed), tuple(sorted(changed, key=_worst_first)))


def _worst_first(change: Change) -> tuple[bool, float, str]:
    return not change.went_down, (change.new or 0) - (change.old or 0), change.id


def _between(id: str, old: Attempt | None, new: Attempt | None, otherwise: str) -> Change:
    """The change of one submission; `otherwise` is the reason where none is found."""
    reports = [None if attempt is None else attempt.report for attempt in (old, new)]
    before, after = reports
    named = after or before
    assert named is not None
    return Change(
        id,
        named.who.name,
        None if before is None else before.score,
        None if after is None else after.score,
        None if before is None else before.verdict.value,
        None if after is None else after.verdict.value,
        None if before is None else before.max_score,
        None if after is None else after.max_score,
        tuple(reasons(before, after)) or (otherwise,),
        tuple(_items(before, after)),
    )


def _items(old: GradeReport | None, new: GradeReport | None) -> Iterator[ItemChange]:
    if old is None or new is None:
        return
    before, after = ({item.id: (item.points, item.max_points) for item in report.items} for report in (old, new))
    for item in dict.fromkeys((*before, *after)):
        (was, was_of), (now, now_of) = before.get(item, (None, None)), after.get(item, (None, None))
        if was != now:
            yield ItemChange(item, was, now, was_of, now_of)


def reasons(old: GradeReport | None, new: GradeReport | None) -> Iterator[str]:
    """What is different about how the two came about."""
    if old is None or new is None:
        yield "only in the new results" if old is None else "only in the old results"
        return
    if old.sha256 != new.sha256:
        yield "another text"
    if old.who.attempt != new.who.attempt:
        yield "another attempt counts, or there are more"
    if old.rubric["sha256"] != new.rubric["sha256"]:
        same = old.rubric["name"] == new.rubric["name"]
        yield "the rubric has changed" if same else f"another rubric ({old.rubric['name']} before)"
    yield from _decisions(old.overrides, new.overrides)
    if old.extension != new.extension:
        yield "a person gave another due time"
    if old.seed != new.seed:
        yield f"another seed ({old.seed} before, {new.seed} now)"
    for what in ("grader", "numpy", "python"):
        if old.versions.get(what) != new.versions.get(what):
            yield f"{what} {old.versions.get(what)} before, {new.versions.get(what)} now"
    yield from _lateness(old, new)
    if old.verdict != new.verdict:
        yield f"{old.verdict.value} before, {new.verdict.value} now"
    yield from _timings(old, new)


def _decisions(old: Sequence[Override], new: Sequence[Override]) -> Iterator[str]:
    """What people decided otherwise, whatever it is compared with."""
    before, after = (
        {each.item: replace(each, computed=None, out_of=None) for each in overrides} for overrides in (old, new)
    )
    for item in dict.fromkeys((*before, *after)):
        now = after.get(item)
        if before.get(item) != now:
            what = "the whole mark" if item is None else item
            points = "what is computed counts again" if now is None else f"{now.points:g} points"
            yield f"a person decided about {what}: {points}"


def _lateness(old: GradeReport, new: GradeReport) -> Iterator[str]:
    """What lateness costs now and did not before; how many points a share is depends on the others."""
    before, after = (0 if report.late is None else report.late.percent for report in (old, new))
    if before != after:
        yield f"lateness takes off {_cost(new.late)}, {_cost(old.late)} before"
    elif old.late is not None and new.late is None and new.who.submitted_at is None:
        yield "when it was handed in is not known any more"


def _cost(late: Lateness | None) -> str:
    if late is None or not late.percent:
        return "nothing"
    cost = f"{late.percent:g} %" if late.points is None else f"{late.points:g} points"
    return f"{cost} ({late.days} {'day' if late.days == 1 else 'days'} begun)"


def _timings(old: GradeReport, new: GradeReport) -> Iterator[str]:
    """How the speed items differ that both have; what only one rubric asks for is the rubric's difference."""
    before, after = ({i.id: i.points for i in report.items if i.kind == "speed"} for report in (old, new))
    both = before.keys() & after.keys()
    if any(after[id] is None is not before[id] for id in both):
        yield "speed is marked in the old results only"
    elif any(before[id] is None is not after[id] for id in both):
        yield "speed is marked in the new results only"
    elif any(old.speed_by_item.get(id) != new.speed_by_item.get(id) for id in both):
        yield "timed again"
