"""The file that students start from: the two functions, with what they get and what they have to return."""

import textwrap
from collections.abc import Iterator

from grader.handout.task import Task
from reference.signature import Signature


def starter(task: Task) -> str:
    """Its text."""
    return "\n".join(_lines(task)) + "\n"


def _lines(task: Task) -> Iterator[str]:
    yield f'"""{_in_docstring(task.rubric.name)}'
    yield ""
    yield from textwrap.wrap(task.axes, 79)
    yield '"""'
    yield ""
    yield "import numpy as np"
    yield from ("", "", *_forward(task))
    yield from ("", "", *_backward(task))


def _forward(task: Task) -> Iterator[str]:
    operator = task.part.operator
    signature = operator.signature
    outputs = ", ".join(signature.returned)
    yield f"def {task.names[0]}({task.parameters('forward')}):"
    yield f'    """The forward pass of {operator.summary}.'
    yield ""
    yield "    Args:"
    yield from (f"        {name}: shape {task.shape(name)}" for name in signature.inputs)
    yield from (f"        {name}: a number" for name in signature.scalars)
    if signature.parameter_name:
        yield f"        {signature.parameter_name}: a dictionary with {_keys(signature)}"
    yield ""
    yield f"    Returns {outputs} of shape {task.shape(signature.returned[0])}, and a cache for the backward pass."
    yield from (f"    Leaves the new value in {signature.place_of(name)}." for name in signature.left)
    yield '    """'
    yield from (f"    {name} = None  # your code" for name in signature.returned)
    yield f"    cache = {signature.cache}"
    yield f"    return {outputs}, cache"


def _keys(signature: Signature) -> str:
    """What the dictionary has, and what it has only in some calls."""
    rare = [name for name in signature.parameters if None in signature.choices.get(name, ())]
    always = [name for name in signature.parameters if name not in rare]
    groups = (", ".join(map(repr, names)) for names in (always, [*rare, *signature.held]) if names)
    return ", in some calls ".join(groups) if always else f"in some calls {''.join(groups)}"


def _backward(task: Task) -> Iterator[str]:
    signature = task.part.operator.signature
    gradients = signature.backward_outputs
    yield f"def {task.names[1]}({task.parameters('backward')}):"
    yield '    """The backward pass.'
    yield ""
    yield "    Args:"
    yield f"        {signature.upstream}: the gradient of the output, shape {task.shape(signature.upstream)}"
    yield "        cache: what the forward pass returned"
    yield ""
    yield f"    Returns {', '.join(f'{name} of shape {task.shape(name)}' for name in gradients)}."
    yield '    """'
    yield from (f"    {name} = None  # your code" for name in gradients)
    yield f"    return {', '.join(gradients)}"


def _in_docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")
