"""The workloads that `grade time` times: those of the rubric, or one that the command line names."""

from grader.errors import UsageError
from grader.rubric.homework import Homework
from grader.rubric.model import SpeedItem, WholeRubric
from grader.rubric.workload import as_text, parse_workload


def workloads_of(rubric: WholeRubric) -> dict[str, str]:
    """By speed item, its workload in words."""
    parts, items = Homework.of(rubric).parts, [item for item in rubric.items if isinstance(item, SpeedItem)]
    return {item.id: as_text(item.workload, parts[item.operator].operator) for item in items}


def with_workload(rubric: WholeRubric, text: str | None) -> WholeRubric:
    """The rubric, with other shapes to be timed if there is a text that says which."""
    if text is None:
        return rubric
    part = Homework.of(rubric).parts.get(None)
    if part is None:
        raise UsageError("--workload: the rubric has several operators; name one that has one with --rubric")
    workload = parse_workload(text, part.operator)
    items = (i.model_copy(update={"workload": workload}) if isinstance(i, SpeedItem) else i for i in rubric.items)
    return rubric.model_copy(update={"items": tuple(items)})
