"""What an interface of a rubric cannot be, with file, line and key."""

from pathlib import Path

import pytest

from grader.errors import RubricError
from grader.rubric.reading import load_rubric
from tests.interfaces import BOTH, rubric

WRONG = """schema: convgrade/1
name: wrong
cases: CASES
interface:
  kind: static methods
  arrays:
    x: N H W
    w: F C HH HH WW
    weights: F
    dout: F N H_out W_out
  names: {dxx: dA, w: x, out: Z, dw: db}
  parameters:
    pass: tuple
    strid: s
  build: {in_channels: C}
  slef: true
items:
  - {id: out, kind: correctness, output: out, points: 1}
  - {id: out, kind: correctness, output: out, points: 1}
"""


def test_every_error_of_an_interface_is_told_at_once_with_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG.replace("CASES", BOTH))
    with pytest.raises(RubricError) as caught:
        load_rubric(path)
    told = str(caught.value)
    for line, key in [
        (16, "interface.slef: unknown key (did you mean self?)"),
        (7, "interface.arrays.x: must be the letters N C H W in any order"),
        (8, "interface.arrays.w: must be the letters F C HH WW in any order"),
        (9, "interface.arrays.weights: unknown array; conv2d has x, w, b, dout"),
        (10, "interface.arrays.dout: must begin with N, the batch"),
        (
            11,
            "interface.names.dxx: unknown name; there are x, w, b, out, dout, dx, dw, db, conv_param (did you mean dx?",
        ),
        (11, "interface.names.w: x is already the course's name of x"),
        (11, "interface.names.db: db is already the course's name of dw"),
        (13, "interface.parameters.pass: must be dict, keywords or positional, not tuple"),
        (14, "interface.parameters.strid: unknown parameter; there are pass, stride, pad (did you mean stride?)"),
        (15, "interface.build: is for kind: object"),
        (5, "interface.kind: static methods needs functions.forward to be a method"),
        (4, "interface: stride is not handed over (it is not in parameters), so cases.ranges must fix it: [1, 1]"),
        (4, "interface: pad is not handed over (it is not in parameters), so cases.ranges must fix it: [0, 0]"),
        (19, "items[out].id: duplicate item id out"),
    ]:
        assert f"wrong.yaml:{line}: {key}" in told, told
    assert len(told.splitlines()) == 16


def test_part_of_an_interface_that_cannot_be_hides_no_other(tmp_path: Path) -> None:
    with pytest.raises(RubricError) as caught:
        load_rubric(rubric(tmp_path, "kind: objekt, weights: {w: a-b}, arrays: {x: N H W}, names: {w: x}"))
    told = str(caught.value)
    for text in (
        "interface.kind: must be functions, static methods or object (got objekt)",
        "interface.weights.w: must be the name of an attribute, as W, or of a part's, as inner.W (got a-b)",
        "interface.arrays.x: must be the letters N C H W in any order",
        "interface.names.w: x is already the course's name of x",
    ):
        assert text in told
    assert len(told.splitlines()) == 4


def test_interface_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    path = rubric(tmp_path, "")
    path.write_text(path.read_text().replace("interface: {}", "interface: 5"))
    with pytest.raises(RubricError, match="interface: must be"):
        load_rubric(path)


@pytest.mark.parametrize(
    ("interface", "wanted"),
    [
        ("functions: {forward: Conv.go, backward: Conv.back}", "Conv.go is a method: kind must be static methods"),
        (
            "kind: object, functions: {forward: A.go, backward: B.back}, gradients: {dw: dW, db: db}, "
            "weights: {w: W}, build: {i: Q, s: stride, p: pad}, parameters: {pass: dict}, self: true",
            "A.go and B.back are not methods of one class|b is missing, though db is among|Q is no size|"
            "an object gets them where it is made|is for functions; methods of an object have it",
        ),
        (
            "parameters: {pass: keywords, stride: x, pad: lambda}",
            "parameters.stride: x is already the course's name of x|parameters.pad: must be the name that the course",
        ),
        (
            "kind: object, functions: {forward: A.go, backward: A.back}, gradients: {dw: g, db: g}, "
            "weights: {w: a, b: a}, names: {x: A}, build: {A: C, s: stride, p: pad}",
            "build.A: A is already the course's name of x|weights.w: a is the attribute of two|"
            "gradients.db: g is the attribute of two",
        ),
    ],
)
def test_kinds_that_do_not_fit_are_refused(interface: str, wanted: str, tmp_path: Path) -> None:
    with pytest.raises(RubricError) as caught:
        load_rubric(rubric(tmp_path, interface))
    for text in wanted.split("|"):
        assert text in str(caught.value)


@pytest.mark.parametrize(
    ("interface", "wanted"),
    [
        ("parameters: {pass: keywords}", "spatial_batchnorm has parameters that are no sizes and keep their names"),
        (
            "kind: object, functions: {forward: A.f, backward: A.b}",
            "spatial_batchnorm cannot be asked for as an object",
        ),
    ],
)
def test_operator_with_a_mode_keeps_its_parameters(interface: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        f"schema: convgrade/1\nextends: cs231n-spatial-batchnorm\nname: r\ninterface: {{{interface}}}\n"
    )
    with pytest.raises(RubricError, match=wanted):
        load_rubric(tmp_path / "r.yaml")


def test_method_needs_an_interface(tmp_path: Path) -> None:
    path = rubric(tmp_path, "")
    path.write_text(path.read_text().replace("interface: {}", "functions: {forward: A.f, backward: A.b}"))
    with pytest.raises(RubricError, match=r"A\.f is a method, which needs an interface with kind"):
        load_rubric(path)
