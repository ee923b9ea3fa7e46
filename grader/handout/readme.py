"""What students read: what to write, how to try it, and what it earns."""

from collections.abc import Iterator

from grader.handout.task import STARTER, TESTS, Task
from grader.messages.words import clock


def student_readme(task: Task) -> str:
    """Its text, in Markdown."""
    return "\n".join(_lines(task)) + "\n"


def _lines(task: Task) -> Iterator[str]:
    forward, backward = task.names
    signature = task.part.operator.signature
    yield f"# {task.rubric.name}"
    yield ""
    yield f"Write the two passes of {task.part.operator.summary} with NumPy, in `{STARTER}`, and hand that file in:"
    yield ""
    yield f"- `{forward}({task.parameters('forward')})` returns `({', '.join((*signature.returned, 'cache'))})`"
    yield f"- `{backward}({task.parameters('backward')})` returns `{', '.join(signature.backward_outputs)}`"
    yield ""
    yield "| array | shape |"
    yield "|---|---|"
    yield from (f"| `{name}` | {task.shape(name)} |" for name in (*signature.inputs, *signature.returned))
    yield ""
    yield f"{task.axes} A gradient has the shape of what it is the gradient of."
    yield from ("", "## Try it", "")
    yield "The public tests need Python with `pytest` and `convgrade`, the grader: your course says where to get it."
    yield f"Run them in the folder of `{STARTER}`:"
    yield ""
    yield f"    python -m pytest {TESTS}"
    yield ""
    yield "The tests have one small problem. You are graded on many shapes, so try others, too."
    if task.part.operator.space.published:
        yield "Some are the examples of a published notebook: reports call these *the notebook's own cases*."
    yield from ("", "## Marks", "")
    yield from _marks(task)
    yield ""
    policy = task.rubric.policy
    yield f"Your code may import {', '.join(f'`{name}`' for name in policy.imports)}."
    if policy.files:
        files = " or ".join(f"`{name}.py`" for name in policy.files)
        yield f"It may import names from a file of yours, {files}, that you hand in with it (`from MODULE import ...`)."
    if task.rubric.late is not None:
        yield ""
        yield f"Hand it in by {clock(task.rubric.late.due)}. A day late costs {task.rubric.late.per_day_percent:g} %."


def _marks(task: Task) -> Iterator[str]:
    """The items that students may know of."""
    yield "| item | points |"
    yield "|---|---|"
    for item in task.rubric.items:
        if item.visibility == "visible":
            yield f"| {item.title or item.id} | {item.points:g}{' (bonus)' if item.bonus else ''} |"
