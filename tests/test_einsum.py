"""What `reference.einsum.explain` says is what `np.einsum` does: its words are followed with plain NumPy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from reference.einsum import Rules, explain

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
