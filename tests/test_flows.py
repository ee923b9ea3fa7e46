"""Which lines of a function do nothing to one of the values that it returns."""

import ast
from textwrap import dedent

import pytest

from reference.flows import unreached, unreached_lines

FEW = """\
def f(dout, cache):
    x, columns, w = cache
    dw = dout @ columns
    at = dout.shape[0] % 3
    dx = np.zeros(x.shape)
    dx[at:] += dout @ w
    return dx, dw
"""


def beside(text: str, place: int) -> list[int]:
    """Its lines that do nothing to the value in that place."""
    (function,) = ast.parse(dedent(text)).body
    assert isinstance(function, ast.FunctionDef)
    return unreached_lines(function).get(unreached(function.name, place), [])


def test_lines_that_only_the_other_value_comes_of() -> None:
    assert (beside(FEW, 0), beside(FEW, 1)) == ([3], [4, 5, 6])


@pytest.mark.parametrize(
    "reaching",
    [
        "dw = dw + at",
        "columns[at] = 0; dw = dout @ columns",
        "part = dw[0]; part += at",
        "part = dw.reshape(-1); part[at] = 0",
        "part = np.reshape(dw, -1); part[at] = 0",
        "np.add.at(dw, at, 1)",
        "dw.fill(at)",
        "for i in range(at): dw += i",
        "if at: dw += 1",
        "while at < 3: dw += 1; at += 1",
        "(dw := dw + at)",
        "dw += [i for i in range(at)]",
        "dw, other = at, 1",
    ],
)
def test_a_line_of_which_a_value_may_come_is_never_beside_it(reaching: str) -> None:
    text = FEW.replace("    return", f"    {reaching}\n    return")
    assert 4 not in beside(text, 1)
    assert 4 in beside(FEW, 1)


@pytest.mark.parametrize(
    "text",
    [
        FEW.replace("    dw =", "    if w is None: return x, dout\n    dw ="),
        FEW.replace("return dx, dw", "return dx"),
        FEW.replace("dw = dout @ columns", "dw = (lambda: dout @ columns)()"),
    ],
    ids=["two returns", "one value", "a function in it"],
)
def test_nothing_is_said_of_a_function_that_names_do_not_tell_of(text: str) -> None:
    assert beside(text, 0) == beside(text, 1) == []
