"""Landmarks of the last race of all leaders, with what kind of change leads to each."""

from grader.classroom.store import Store
from grader.records import BoardLandmark, Function
from grader.rubric.homework import Homework
from grader.rubric.model import SpeedItem, WholeRubric


def landmarks_of(store: Store) -> dict[tuple[str | None, Function], list[BoardLandmark]]:
    """By operator (its key, None where there is only one) and function, the slowest first."""
    run = store.last_run()
    retime = None if run is None else store.last_retime(run.key(timing=True))
    if run is None or retime is None:
        return {}
    leads, found = changes(run.rubric), dict[tuple[str | None, Function], list[BoardLandmark]]()
    items = {item.id: item for item in run.rubric.items if isinstance(item, SpeedItem)}
    for title, timings in retime.landmarks:
        for timing in timings:
            if timing.speed is not None and (item := items.get(timing.item)) is not None:
                landmark = BoardLandmark(title, leads.get(title, ""), timing.speed.ratio)
                found.setdefault((item.operator, item.function), []).append(landmark)
    return {key: sorted(mine, key=lambda each: each.speed.median) for key, mine in found.items()}


def changes(rubric: WholeRubric) -> dict[str, str]:
    """By the title of each landmark of its operators, what kind of change leads there."""
    timed = (part.operator.timed for part in Homework.of(rubric).parts.values())
    return {each.title: each.change for one in timed if one is not None for each in one.landmarks}
