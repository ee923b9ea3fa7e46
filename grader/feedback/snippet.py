"""Python that shows a failing case in a notebook, without the grader."""

from collections.abc import Mapping

import numpy as np

from grader.cases.problems import Problem
from grader.records import Array, Function
from reference.spec import Signature


def snippet(
    signature: Signature, problem: Problem, output: str, names: Mapping[Function, str], tolerance: float, *, own: bool
) -> str:
    """The inputs as literals, the calls, what is expected, and one assert.

    Args:
        signature: of the functions.
        problem: the case, with what is expected.
        output: the one that is wrong.
        names: the student's functions.
        tolerance: of the rubric, for inputs of this dtype.
        own: whether backward is given the cache of the student's forward, not the canonical one.
    """
    arrays = dict(problem.arrays)
    made = f"{names['forward']}{signature.cache}"
    lines = ["import numpy as np", ""]
    lines += [f"{name} = {literal(values)}" for name, values in arrays.items()]
    lines += [f"{name} = {problem.parameters[name]}" for name in signature.scalars]
    lines.append(f"{signature.parameter_name} = {_dict(signature, problem)}")
    if signature.function(output) == "forward":
        lines.append(f"{', '.join(signature.returned)}, cache = {made}")
        lines += [f"{name} = {signature.parameter_name}['{name}']" for name in signature.left if name == output]
    else:
        lines.append(f"{signature.upstream} = {literal(problem.upstream)}")
        lines.append(f"_, cache = {made}" if own else f"cache = {signature.cache}")
        gradients = ", ".join(signature.backward_outputs)
        lines.append(f"{gradients} = {names['backward']}({signature.upstream}, cache)")
    lines += ["# where several answers are right, this is one of them"] if output in problem.nearest else []
    lines.append(f"expected = {literal(np.ascontiguousarray(problem.expected[output]))}")
    lines.append(f"allowed = {tolerance:g} * (np.abs(expected).max() or 1)")
    lines.append(
        f"assert np.shape({output}) == expected.shape and allowed >= np.abs({output} - expected).max(), {output}"
    )
    return "\n".join(lines) + "\n"


def _dict(signature: Signature, problem: Problem) -> str:
    """The parameter dict as Python text."""
    values = {name: value for name, value in problem.parameters.items() if name not in signature.scalars}
    texts = (f"{name!r}: {literal(v) if isinstance(v, np.ndarray) else repr(v)}" for name, v in values.items())
    return f"{{{', '.join(texts)}}}"


def literal(values: Array) -> str:
    """An expression that gives the array again, exactly.

    >>> literal(np.array([[1.0, 0.5]]))
    'np.array([[1.0, 0.5]])'
    >>> literal(np.zeros((1, 2), np.float32))
    'np.zeros((1, 2), np.float32)'
    >>> literal(np.array([[1.0, 0.5], [2.0, 3.0]], order="F"))
    "np.array([[1.0, 0.5], [2.0, 3.0]], order='F')"
    """
    dtype = "" if values.dtype == np.float64 else f", np.{values.dtype.name}"
    if values.size and not values.any():
        return f"np.zeros({values.shape}{dtype})"
    if not values.size:
        return f"np.zeros({values.shape}{dtype})"
    text = f"np.array({values.tolist()}{dtype})"
    return text if values.flags.c_contiguous else f"{text[:-1]}, order='F')"
