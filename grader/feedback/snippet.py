"""Python that shows a failing case in a notebook, without the grader."""

from collections.abc import Iterator, Mapping

import numpy as np

from grader.cases.problems import Problem
from grader.records import Array, Function
from reference.signature import Layer, Signature


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
    tensors = signature.tensors
    lines = ["import numpy as np", *([f"import {tensors}"] if tensors else []), ""]
    lines += [f"{name} = {_handed(values, tensors)}" for name, values in problem.arrays.items()]
    lines += [f"{name} = {problem.parameters[name]}" for name in signature.scalars]
    if signature.parameter_name:
        lines.append(f"{signature.parameter_name} = {dict_literal(signature, problem)}")
    of_backward = signature.function(output) == "backward"
    if of_backward:
        lines.append(f"{signature.upstream} = {_handed(problem.upstream, tensors)}")
    if signature.layer is not None:
        lines += _of_an_object(signature, signature.layer, names, of_backward=of_backward)
    else:
        lines += _of_functions(signature, output, names, own=own)
    lines += (
        ["# several answers are right here, and this is one of them: compare another one by eye"]
        if problem.has_several_right(output)
        else []
    )
    lines += [f"{output} = {output}.detach().numpy()"] if tensors else []
    lines.append(f"expected = {literal(np.ascontiguousarray(problem.expected[output]))}")
    lines.append(f"allowed = {tolerance:g} * (np.abs(expected).max() or 1)")
    lines.append(
        f"assert np.shape({output}) == expected.shape and allowed >= np.abs({output} - expected).max(), {output}"
    )
    return "\n".join(lines) + "\n"


def _of_functions(signature: Signature, output: str, names: Mapping[Function, str], *, own: bool) -> Iterator[str]:
    """The calls of two functions."""
    scalars = (f"{name}={name}" if signature.keywords else name for name in signature.scalars)
    dictionary = (signature.parameter_name,) if signature.parameter_name else ()
    constants = [f"{name}={value!r}" for name, value in signature.constants.items()]
    made = f"{names['forward']}({', '.join((*signature.inputs, *scalars, *dictionary, *constants))})"
    if signature.function(output) == "forward":
        yield f"{', '.join(signature.returned)}, cache = {made}"
        yield from (f"{name} = {signature.parameter_name}['{name}']" for name in signature.left if name == output)
    else:
        if not own:
            yield f"# in place of the cache of your forward pass; once that is right: _, cache = {made}"
        yield f"_, cache = {made}" if own else f"cache = {signature.cache}"
        handed = ", ".join((signature.upstream, "cache", *constants))
        yield f"{', '.join(signature.backward_outputs)} = {names['backward']}({handed})"


def _of_an_object(
    signature: Signature, layer: Layer, names: Mapping[Function, str], *, of_backward: bool
) -> Iterator[str]:
    """The calls of an object's methods, and what is read from its attributes."""
    owner, _, forward = names["forward"].rpartition(".")
    yield f"layer = {owner}({', '.join(signature.scalars)})"
    yield from (f"layer.{attribute} = {name}" for name, attribute in layer.weights.items())
    inputs = (name for name in signature.inputs if name not in layer.weights)
    yield f"{', '.join(signature.forward_outputs)} = layer.{forward}({', '.join(inputs)})"
    if of_backward:
        returned = (name for name in signature.backward_outputs if name not in layer.gradients)
        yield f"{', '.join(returned)} = layer.{names['backward'].rpartition('.')[2]}({signature.upstream})"
        yield from (f"{name} = layer.{attribute}" for name, attribute in layer.gradients.items())


def dict_literal(signature: Signature, problem: Problem) -> str:
    """The parameter dict as Python text."""
    values = {name: value for name, value in problem.parameters.items() if name not in signature.scalars}
    texts = (f"{name!r}: {literal(v) if isinstance(v, np.ndarray) else repr(v)}" for name, v in values.items())
    return f"{{{', '.join(texts)}}}"


def _handed(values: Array, tensors: str) -> str:
    return f"{tensors}.from_numpy({literal(values)})" if tensors else literal(values)


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
