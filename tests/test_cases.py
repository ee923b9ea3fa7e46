"""Cases: the same for the whole class, stratified, and labelled with what they tell about."""

import hashlib
import subprocess
import sys

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader.cases.draw import COMBINED, NOTEBOOK, draw_cases, number_traits, traits_of
from grader.cases.numbers import NEGATIVE, draw_arrays
from grader.rubric.reading import DEFAULT_RUBRIC
from reference.conv2d import OPERATOR
from tests.cli import ROOT
from tests.rubrics import one_operator

DEFAULT_RANGES = one_operator(DEFAULT_RUBRIC).cases.ranges
BOTH = ("float64", "float32")


@st.composite
def ranges(draw: st.DrawFn) -> dict[str, tuple[int, int]]:
    def bounds(low: int, high: int) -> tuple[int, int]:
        first = draw(st.integers(low, high))
        return first, draw(st.integers(first, high))

    found = {name: bounds(1, 4) for name in ("N", "C", "F", "stride")}
    found |= {name: bounds(1, 8) for name in ("H", "W")} | {name: bounds(1, 4) for name in ("HH", "WW")}
    return found | {"pad": bounds(0, 2)}


def possible(allowed: dict[str, tuple[int, int]], ragged: bool) -> set[str]:
    """By trying everything: the size traits that some fitting sizes within the ranges have."""
    axes = np.meshgrid(*(np.arange(low, high + 1) for low, high in allowed.values()), indexing="ij", sparse=True)
    s = dict(zip(allowed, axes, strict=True))
    rooms = [s["H"] + 2 * s["pad"] - s["HH"], s["W"] + 2 * s["pad"] - s["WW"]]
    fits = (rooms[0] >= 0) & (rooms[1] >= 0)
    if not ragged:
        fits = fits & (rooms[0] % s["stride"] == 0) & (rooms[1] % s["stride"] == 0)
    return {name for name, trait in OPERATOR.space.traits.items() if np.any(fits & trait.holds(s))}


@settings(max_examples=60)
@given(ranges(), st.integers(16, 70), st.integers(0, 2**40), st.booleans())
def test_every_trait_that_the_ranges_allow_is_judged(
    allowed: dict[str, tuple[int, int]], count: int, seed: int, ragged: bool
) -> None:
    assume(OPERATOR.space.feasible(allowed, ragged=ragged))
    cases = draw_cases(OPERATOR, allowed, count, BOTH, ragged=ragged, seed=seed)
    judged = {trait for case in cases for trait in case.judges}
    assert judged == possible(allowed, ragged) | set(number_traits(OPERATOR)) | {COMBINED, NOTEBOOK}
    drawn = [case for case in cases if case.judges != (NOTEBOOK,)]
    assert len(drawn) == max(count, sum(case.judges != (COMBINED,) for case in drawn) + 1)
    for case in drawn:
        assert all(low <= case.sizes[name] <= high for name, (low, high) in allowed.items())
        rooms = [case.sizes[a] + 2 * case.sizes["pad"] - case.sizes[k] for a, k in (("H", "HH"), ("W", "WW"))]
        assert min(rooms) >= 0
        assert ragged or all(room % case.sizes["stride"] == 0 for room in rooms)
        if case.judges != (COMBINED,):
            assert set(case.judges) <= set(traits_of(OPERATOR, case))


@given(st.integers(0, 2**40), st.integers(16, 100))
@settings(max_examples=20)
def test_a_single_factor_case_has_no_other_trait_than_its_own(seed: int, count: int) -> None:
    implied = {"C>1": {"C!=F"}, "F>1": {"C!=F"}, "C!=F": {"C>1", "F>1"}, "pad=0": set()}
    plain = {"pad>0"}
    for case in draw_cases(OPERATOR, DEFAULT_RANGES, count, BOTH, ragged=False, seed=seed):
        if case.judges not in ((COMBINED,), (NOTEBOOK,)):
            (trait,) = case.judges
            assert set(traits_of(OPERATOR, case)) - plain - {trait} <= implied.get(trait, set())


@given(st.integers(0, 2**40))
@settings(max_examples=20)
def test_of_two_sizes_that_differ_either_is_the_larger(seed: int) -> None:
    cases = draw_cases(OPERATOR, DEFAULT_RANGES, 60, BOTH, ragged=False, seed=seed)
    for one, other in (("H", "W"), ("HH", "WW"), ("C", "F")):
        judged = [case.sizes for case in cases if case.judges == (f"{one}!={other}",)]
        assert sorted(sizes[one] > sizes[other] for sizes in judged) == [False, True]


def test_combined_draws_reach_both_ends_of_every_range() -> None:
    allowed = {**DEFAULT_RANGES, "N": (1, 12), "H": (3, 40), "W": (20, 60), "stride": (1, 4)}
    cases = [c for c in draw_cases(OPERATOR, allowed, 2500, BOTH, ragged=False, seed=3) if c.judges == (COMBINED,)]
    for name, (low, high) in allowed.items():
        drawn = {case.sizes[name] for case in cases}
        assert (min(drawn), max(drawn)) == (low, high)


def test_draw_is_never_without_what_catches_the_commonest_mistakes() -> None:
    for seed in range(20):
        cases = [
            c
            for c in draw_cases(OPERATOR, DEFAULT_RANGES, 60, BOTH, ragged=False, seed=seed)
            if c.judges == (COMBINED,)
        ]
        assert any(c.sizes["pad"] == 0 and c.sizes["stride"] > 1 for c in cases)
        assert any(c.sizes["H"] != c.sizes["W"] and c.sizes["HH"] != c.sizes["WW"] for c in cases)


def digest(seed: int) -> str:
    """A digest of all the bytes of all cases of the packaged rubric."""
    found = hashlib.sha256()
    for case in draw_cases(OPERATOR, DEFAULT_RANGES, 60, BOTH, ragged=False, seed=seed):
        for name, array in draw_arrays(OPERATOR, case).items():
            found.update(f"{name}{array.dtype}{array.shape}{array.strides}{sorted(case.sizes.items())}".encode())
            found.update(array.tobytes())
    return found.hexdigest()


def test_same_seed_gives_the_same_bytes_in_another_process() -> None:
    code = "from tests.test_cases import digest; print(digest(231), digest(232))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    same, other = done.stdout.split()
    assert same == digest(231)
    assert other == digest(232)
    assert same != other


def test_arrays_are_what_the_case_says() -> None:
    for case in draw_cases(OPERATOR, DEFAULT_RANGES, 60, BOTH, ragged=False, seed=5):
        arrays = draw_arrays(OPERATOR, case)
        assert {name: a.shape for name, a in arrays.items()} == OPERATOR.shapes(case.sizes)
        assert {a.dtype.name for n, a in arrays.items() if n != "b" or "integer bias" not in case.kinds} == {case.dtype}
        assert "integer bias" not in case.kinds or arrays["b"].dtype == np.int64
        assert NEGATIVE not in case.kinds or max(a.max() for a in arrays.values()) <= 0
        if "non-contiguous input" in case.judges:
            assert not any(arrays[name].flags.c_contiguous for name in ("x", "w", "dout"))


def test_notebook_cases_are_the_notebooks() -> None:
    first = draw_cases(OPERATOR, DEFAULT_RANGES, 16, BOTH, ragged=False, seed=0)[0]
    x = draw_arrays(OPERATOR, first)["x"]
    np.testing.assert_array_equal(x, np.linspace(-0.1, 0.5, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4))
