"""Python that shows a failing case in a notebook, without the grader."""

from collections.abc import Mapping

import numpy as np

from grader.cases.problems import Problem
from grader.records import Array, Function


def snippet(
    problem: Problem,
    output: str,
    outputs: tuple[str, ...],
    names: Mapping[Function, str],
    function: Function,
    tolerance: float,
    *,
    own: bool,
) -> str:
    """The inputs as literals, the calls, what is expected, and one assert.

    Args:
        problem: the case, with what is expected.
        output: the one that is wrong.
        outputs: all that the function returns.
        names: the student's functions.
        function: the one that returns the output.
        tolerance: of the rubric, for inputs of this dtype.
        own: whether backward is given the cache of the student's forward, not `(x, w, b, conv_param)`.
    """
    arrays = dict(problem.arrays)
    lines = ["import numpy as np", ""]
    lines += [f"{name} = {literal(values)}" for name, values in arrays.items()]
    lines.append(f"conv_param = {dict(problem.parameters)}")
    inputs = ", ".join(arrays)
    if function == "forward":
        lines.append(f"{output}, cache = {names['forward']}({inputs}, conv_param)")
    else:
        lines.append(f"dout = {literal(problem.upstream)}")
        lines.append(
            f"_, cache = {names['forward']}({inputs}, conv_param)" if own else f"cache = ({inputs}, conv_param)"
        )
        lines.append(f"{', '.join(outputs)} = {names['backward']}(dout, cache)")
    lines.append(f"expected = {literal(np.ascontiguousarray(problem.expected[output]))}")
    lines.append(f"allowed = {tolerance:g} * (np.abs(expected).max() or 1)")
    lines.append(
        f"assert np.shape({output}) == expected.shape and allowed >= np.abs({output} - expected).max(), {output}"
    )
    return "\n".join(lines) + "\n"


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
