"""What `reference.einsum.explain` says is what `np.einsum` does: its words are followed with plain NumPy.

And the einsums that pages draw are what operators compute.
"""

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.reports.forms.html import render
from reference.conv2d import OPERATOR
from reference.einsum import Rules, explain
from tests.html_reports import DW, SMALL, report

Shapes = list[tuple[int, ...]]


@st.composite
def einsums(draw: st.DrawFn) -> tuple[str, Shapes]:
    """Subscripts of one to three operands, with NumPy's own order of the result or another, and shapes."""
    letters = draw(st.lists(st.text("abcD", max_size=3), min_size=1, max_size=3))
    sizes = {letter: draw(st.integers(1, 3)) for letter in "abcD"}
    present = sorted(set("".join(letters)))
    result = draw(st.lists(st.sampled_from(present), unique=True)) if present else []
    arrow = draw(st.sampled_from(["", f"->{''.join(result)}"]))
    return ",".join(letters) + arrow, [tuple(sizes[letter] for letter in each) for each in letters]


def followed(rules: Rules, operands: list[NDArray[Any]]) -> NDArray[Any]:
    """Do what the rules say, literally: axes that neither `multiplied` nor a diagonal makes one stay apart."""
    axes = [
        [_axis(rules, number, place, letter) for place, letter in enumerate(letters)]
        for number, letters in enumerate(rules.operands)
    ]
    order = sorted({axis for each in axes for axis in each}, key=lambda axis: [*rules.sizes].index(axis[0]))
    places = np.indices([rules.sizes[axis[0]] for axis in order])
    product = np.ones(places.shape[1:])
    for operand, own in zip(operands, axes, strict=True):
        product = product * operand[tuple(places[order.index(axis)] for axis in own)]
    total = product.sum(axis=tuple(i for i, axis in enumerate(order) if axis[0] in rules.summed))
    return np.asarray(total).transpose([rules.kept.index(letter) for letter in rules.result])


def _axis(rules: Rules, number: int, place: int, letter: str) -> tuple[str, int, int]:
    is_first = place == rules.operands[number].index(letter) or letter in rules.diagonals[number]
    return letter, 0 if letter in rules.multiplied else number + 1, 0 if is_first else place


@given(einsums(), st.integers(0, 2**32 - 1))
def test_following_the_rules_gives_what_einsum_gives(einsum: tuple[str, Shapes], seed: int) -> None:
    subscripts, shapes = einsum
    rng = np.random.default_rng(seed)
    operands: list[NDArray[Any]] = [np.asarray(rng.integers(-3, 4, shape)) for shape in shapes]
    rules = explain(subscripts, shapes)
    np.testing.assert_array_equal(followed(rules, operands), np.einsum(subscripts, *operands))
    assert all(f"operand {number}" in str(rules) for number in range(1, len(shapes) + 1))


@pytest.mark.parametrize(("subscripts", "shapes", "told"), [
    ("ij,jk->ik", [(2, 3), (4, 5)], "j is 3 and, in operand 2, 4"),
    ("ij,jk->ik", [(2, 3)], "is for 2 operands, and there are 1 shapes"),
    ("ij->i", [(2, 3, 4)], r"operand 1, ij, has 2 letters for \(2, 3, 4\)"),
    ("ij->ik", [(2, 3)], "the result has k, which no operand has"),
    ("ij->ii", [(2, 3)], "the result has i 2 times"),
    ("...i->i", [(2, 3)], r"\.\.\.i is not made of letters"),
])  # fmt: skip
def test_what_is_no_einsum_is_told(subscripts: str, shapes: Shapes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        explain(subscripts, shapes)
    if "..." not in subscripts:
        with pytest.raises(ValueError, match=r"."):
            np.einsum(subscripts, *map(np.ones, shapes))


def test_einsums_of_the_convolution_make_its_outputs() -> None:
    """With what is said to be left to do, on windows that are cut out one by one."""
    stride, (x, w, b), dout = SMALL.parameters["stride"], SMALL.inputs.values(), SMALL.dout
    windows = np.zeros((*x.shape[:2], *dout.shape[2:], *w.shape[2:]))
    owners = np.arange(SMALL.padded.size).reshape(SMALL.padded.shape)
    taken = np.zeros(windows.shape, int)
    for h, v in product(*map(range, dout.shape[2:])):
        place = (..., slice(h * stride, h * stride + w.shape[2]), slice(v * stride, v * stride + w.shape[3]))
        windows[:, :, h, v], taken[:, :, h, v] = SMALL.padded[place], owners[place]
    arrays = {"padded windows": windows, "w": w, "dout": dout}
    found = {
        output: np.einsum(einsum.subscripts, *(arrays[name] for name in einsum.operands))
        for output, einsum in OPERATOR.einsums.items()
    }
    found["out"] += b[:, None, None]
    padded = np.bincount(taken.ravel(), found["dx"].ravel(), owners.size).reshape(owners.shape)
    found["dx"] = padded[:, :, 1:-1, 1:-1]
    assert found.keys() == SMALL.expected.keys()
    for output, expected in SMALL.expected.items():
        np.testing.assert_allclose(found[output], expected)


def test_page_draws_the_einsum_of_the_smallest_failing_case() -> None:
    """SMALL: x (1, 2, 3, 4), w (2, 2, 2, 2), stride 1, pad 1."""
    page = render(report((DW,)))
    drawn = page[page.index('<details class="einsum">') :].partition("</details>")[0]
    rows = [re.findall(r"<th[^>]*>(.*?)</th>|<td[^>]*>(.*?)</td>", row) for row in drawn.split("<tr>")[1:]]
    heads, *sizes = [[head or cell for head, cell in row] for row in rows]
    assert [re.sub(r"<.*?>", "", head) for head in heads] == [
        "", "n image", "f filter", "h row", "w column", "c channel", "i kernel row", "j kernel column",
    ]  # fmt: skip
    assert sizes == [
        ["dout", "1", "2", "4", "5", "", "", ""],
        ["padded windows", "1", "", "4", "5", "2", "2", "2"],
        ["dw", "", "2", "", "", "2", "2", "2"],
    ]
    assert "<dd>over n, h, w, which the result lacks: terms for one number: 20</dd>" in drawn


@pytest.mark.parametrize(
    ("subscripts", "said"),
    [
        ("nf->f", {"multiplied": "nothing: there is one operand"}),
        (
            "a,b->ab",
            {"multiplied": "nothing: operands share no letter", "summed": "nothing: the result has every letter"},
        ),
    ],
)
def test_what_is_not_done_is_told_with_the_reason(subscripts: str, said: dict[str, str]) -> None:
    shapes = [(2,) * len(letters) for letters in subscripts.partition("->")[0].split(",")]
    assert said.items() <= dict(explain(subscripts, shapes).said()).items()
