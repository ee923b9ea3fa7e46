"""Randomized cases: the same seed gives the same ones, byte for byte, to every student of a run.

The draw is stratified. First the *plain* case: one image, one channel, one filter, everything square, stride 1,
"same" padding, so that nearly any attempt at the task gets it right. Then, for every trait that the ranges allow,
*single-factor* cases: the plain case with that one thing changed. A trait is judged on those alone, so that a
failing trait points at a cause. What is left of the count are *combined* cases, random draws that mix everything;
they are judged together as one more trait. The course notebook's own cases are fixed and come on top of the count.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from grader.records import Array, Case
from reference.spec import Operator, Sizes

Ranges = Mapping[str, tuple[int, int]]
MINIMUM_COUNT = 16
COMBINED = "combined"
NOTEBOOK = "notebook"

PLAIN = {"N": 1, "C": 1, "F": 1, "H": 7, "W": 7, "HH": 3, "WW": 3, "stride": 1, "pad": 1}
"""What the plain case is where the ranges allow it: 7 + 2 - 3 = 6 divides by strides 1, 2 and 3."""

SIZE_TRAITS: dict[str, Callable[[Any], Any]] = {
    "stride>1": lambda s: s["stride"] > 1,
    "pad>0": lambda s: s["pad"] > 0,
    "pad=0": lambda s: s["pad"] == 0,
    "H!=W": lambda s: s["H"] != s["W"],
    "HH!=WW": lambda s: s["HH"] != s["WW"],
    "1x1 kernel": lambda s: (s["HH"] == 1) & (s["WW"] == 1),
    "kernel fills the input": lambda s: (s["HH"] == s["H"] + 2 * s["pad"]) & (s["WW"] == s["W"] + 2 * s["pad"]),
    "stride does not divide": lambda s: (
        ((s["H"] + 2 * s["pad"] - s["HH"]) % s["stride"] != 0) | ((s["W"] + 2 * s["pad"] - s["WW"]) % s["stride"] != 0)
    ),
    "N>1": lambda s: s["N"] > 1,
    "C>1": lambda s: s["C"] > 1,
    "F>1": lambda s: s["F"] > 1,
    "C!=F": lambda s: s["C"] != s["F"],
}
"""Traits of the sizes; each works on one problem's sizes and on whole columns of them."""

DATA_TRAITS: dict[str, dict[str, Any]] = {
    "float32": {"dtype": "float32"},
    "integer bias": {"integer_bias": True},
    "non-contiguous input": {"contiguous": False},
    "large values": {"large": True},
    "all negative": {"negative": True},
}
"""Traits of the numbers: what they change in a Case."""

_CHANNEL_SIZES = ("N", "C", "F")
_SPATIAL_SIZES = ("H", "HH", "W", "WW", "stride", "pad")
_NEAREST = 40


def draw_cases(ranges: Ranges, count: int, dtypes: tuple[str, ...], *, ragged: bool, seed: int) -> tuple[Case, ...]:
    """All the cases of a run.

    Args:
        ranges: `{size: (low, high)}`, inclusive, for N, C, F, H, W, HH, WW, stride and pad.
        count: how many to draw, at least `MINIMUM_COUNT`. If the single-factor cases alone need as many,
            one combined case is added to them.
        dtypes: of the inputs; the first is the plain one.
        ragged: whether the stride may leave a remainder.
        seed: of the whole draw.

    Returns:
        Cases in order of growing complication, notebook cases first.

    Raises:
        ValueError: where no sizes within the ranges fit together (see `feasible`).

    >>> cases = draw_cases({k: (1, 4) for k in PLAIN}, 20, ("float64",), ragged=False, seed=1)
    >>> [c.judges for c in cases if c.sizes["pad"] == 0 and c.judges != ("combined",)]
    []
    """
    rng = np.random.default_rng(seed)
    tables = (_channel_table(ranges), _spatial_table(ranges, ragged=ragged))
    if not len(tables[1]["H"]):
        raise ValueError("no sizes within the ranges fit together")
    plain = {name: size for table in tables for name, size in _nearest_to_plain(table).items()}
    drafts = [*_notebook_cases(), *_single_factor_cases(plain, tables, dtypes, count, rng)]
    left = count - sum(1 for draft in drafts if draft["judges"] != (NOTEBOOK,))
    drafts += [_combined_case(ranges, tables, dtypes, rng, ragged=ragged) for _ in range(max(1, left))]
    return tuple(Case(index=i, seed=(seed, i), **draft) for i, draft in enumerate(drafts))


def secret_cases(public: Sequence[Case], secret: Sequence[int]) -> tuple[Case, ...]:
    """The first case of each trait once more, with numbers that nobody can compute from the rubric's seed.

    Args:
        public: the cases of a run, from `draw_cases`.
        secret: non-negative integers.

    Returns:
        Cases whose indices go on where those of `public` end.
    """
    first: dict[str, Case] = {}
    for case in public:
        for trait in case.judges:
            first.setdefault(trait, case)
    chosen = sorted({case.index: case for case in first.values()}.items())
    return tuple(
        replace(case, index=len(public) + i, seed=(*secret, i), linspace=False, secret=True)
        for i, (_, case) in enumerate(chosen)
    )


def feasible(ranges: Ranges, ragged: bool) -> bool:
    """Whether any sizes within the ranges fit together (and, unless ragged, divide)."""
    return bool(len(_spatial_table(ranges, ragged=ragged)["H"]))


def traits_of(case: Case) -> tuple[str, ...]:
    """Every trait that the case has, whether it is judged on it or not."""
    of_sizes = [name for name, holds in SIZE_TRAITS.items() if holds(case.sizes)]
    of_data = [
        name
        for name, change in DATA_TRAITS.items()
        if all(getattr(case, field) == value for field, value in change.items())
    ]
    return (*of_sizes, *of_data)


def draw_arrays(operator: Operator, case: Case) -> dict[str, Array]:
    """The inputs and the upstream gradient of a case, by name.

    Shapes are `operator.shapes(case.sizes)`; dtype is the case's, the bias int64 where the case says so.
    """
    arrays = {}
    for i, (name, shape) in enumerate(operator.shapes(case.sizes).items()):
        rng = np.random.default_rng([*case.seed, i])
        values: Array
        if case.linspace:
            values = np.linspace(*_NOTEBOOK_LINSPACE[name], num=int(np.prod(shape))).reshape(shape)
        elif name == "b" and case.integer_bias:
            values = rng.integers(-128, 129, shape)
        else:
            values = rng.standard_normal(shape)
        if case.negative:
            values = -np.abs(values)
        if case.large:
            values = values * 100_000
        if values.dtype.kind == "f":
            values = values.astype(case.dtype)
        arrays[name] = values if case.contiguous or values.ndim < 4 else _non_contiguous(values)
    return arrays


_NOTEBOOK_LINSPACE = {"x": (-0.1, 0.5), "w": (-0.2, 0.3), "b": (-0.1, 0.2), "dout": (-0.1, 0.5)}


def _non_contiguous(values: Array) -> Array:
    """The same numbers, column by column in memory."""
    return values.swapaxes(2, 3).copy().swapaxes(2, 3)


def _notebook_cases() -> Iterator[dict[str, Any]]:
    """The shapes of CS231n's ConvolutionalNetworks.ipynb; its image pair (integer bias) made smaller."""

    def sizes(*values: int) -> Sizes:
        return dict(zip(("N", "C", "F", "H", "W", "HH", "WW", "stride", "pad"), values, strict=True))

    yield {"sizes": sizes(2, 3, 3, 4, 4, 4, 4, 2, 1), "judges": (NOTEBOOK,), "linspace": True}
    yield {"sizes": sizes(4, 3, 2, 5, 5, 3, 3, 1, 1), "judges": (NOTEBOOK,)}
    yield {"sizes": sizes(2, 3, 2, 12, 12, 3, 3, 1, 1), "judges": (NOTEBOOK,), "integer_bias": True}


def _single_factor_cases(
    plain: Sizes,
    tables: tuple["Table", "Table"],
    dtypes: tuple[str, ...],
    count: int,
    rng: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """The plain case, then each trait on its own: twice where the count has room for it."""
    base = {"dtype": dtypes[0]}
    plain_traits = [name for name, holds in SIZE_TRAITS.items() if holds(plain)]
    if dtypes[0] == "float32":
        plain_traits.append("float32")
    yield {"sizes": plain, "judges": tuple(plain_traits), **base}
    for _ in range(2 if count >= 2 * (len(SIZE_TRAITS) + len(DATA_TRAITS)) else 1):
        for name in SIZE_TRAITS:
            sizes = _change_one_thing(name, plain, tables, rng)
            if sizes is not None:
                yield {"sizes": sizes, "judges": (name,), **base}
        for name, change in DATA_TRAITS.items():
            allowed = name != "float32" or "float32" in dtypes
            if allowed and name not in plain_traits:
                yield {"sizes": plain, "judges": (name,), **base, **change}


def _combined_case(
    ranges: Ranges, tables: tuple["Table", "Table"], dtypes: tuple[str, ...], rng: np.random.Generator, *, ragged: bool
) -> dict[str, Any]:
    """A random draw of everything, from the whole ranges."""
    unusual = dict(zip(_UNUSUAL, map(bool, rng.random(len(_UNUSUAL)) < list(_UNUSUAL.values())), strict=True))
    return {
        "sizes": _any_sizes(ranges, rng, ragged=ragged) or _row(tables[1], 0) | _row(tables[0], 0),
        "judges": (COMBINED,),
        "dtype": str(rng.choice(dtypes)),
        "contiguous": not unusual.pop("non_contiguous"),
        **unusual,
    }


_UNUSUAL = {"integer_bias": 0.1, "non_contiguous": 0.25, "large": 0.1, "negative": 0.1}
"""How often a combined case has each."""
_MOST_TRIES = 1000


def _any_sizes(ranges: Ranges, rng: np.random.Generator, *, ragged: bool) -> dict[str, int] | None:
    """Sizes that fit together, each drawn evenly from what is left to it; None if none were met with."""
    for _ in range(_MOST_TRIES):
        sizes = {name: int(rng.integers(*bounds, endpoint=True)) for name, bounds in ranges.items()}
        stride, pad = sizes["stride"], sizes["pad"]
        for size, kernel in (("H", "HH"), ("W", "WW")):
            low, high = ranges[size]
            step = 1 if ragged else stride
            least = max(low, sizes[kernel] - 2 * pad)
            first = least + (sizes[kernel] - 2 * pad - least) % step
            fitting = range(first, high + 1, step)
            if not fitting:
                break
            sizes[size] = int(rng.choice(fitting))
        else:
            return sizes
    return None


# Tables of sizes, from which the plain and the single-factor cases are taken: a column for each size, a row for each
# combination that fits. N, C and F combine freely; the others do not, so they have a table of their own.
Table = dict[str, Array]


def _channel_table(ranges: Ranges) -> Table:
    values = [_values(ranges[name], PLAIN[name]) for name in _CHANNEL_SIZES]
    return _table(_CHANNEL_SIZES, list(product(*values)))


def _spatial_table(ranges: Ranges, *, ragged: bool) -> Table:
    """Rows of (H, HH, W, WW, stride, pad) in which the kernel fits and the stride divides.

    Where an axis allows very many pairs of size and kernel, those near the plain case and those of special
    traits (a 1x1 kernel, a kernel that fills the input) are kept.
    """
    rows: list[tuple[int, ...]] = []
    strides, pads = (_values(ranges[name], PLAIN[name]) for name in ("stride", "pad"))
    for stride, pad in product(strides, pads):
        vertical = _pairs(ranges["H"], ranges["HH"], stride, pad, ragged=ragged)
        horizontal = _pairs(ranges["W"], ranges["WW"], stride, pad, ragged=ragged)
        rows += [(*v, *h, stride, pad) for v, h in product(vertical, horizontal)]
    return _table(_SPATIAL_SIZES, rows)


def _values(bounds: tuple[int, int], plain: int) -> list[int]:
    """The values of a range; of a very long one, those nearest to the plain value and the last."""
    values = sorted(range(bounds[0], bounds[1] + 1), key=lambda value: abs(value - plain))
    return [*values[:8], bounds[1]] if len(values) > 9 else values


def _pairs(
    sizes: tuple[int, int], kernels: tuple[int, int], stride: int, pad: int, *, ragged: bool
) -> list[tuple[int, int]]:
    """Pairs of size and kernel along one axis that fit together."""
    fitting = [
        (size, kernel)
        for size, kernel in product(range(sizes[0], sizes[1] + 1), range(kernels[0], kernels[1] + 1))
        if size + 2 * pad >= kernel and (ragged or (size + 2 * pad - kernel) % stride == 0)
    ]
    fitting.sort(key=lambda pair: abs(pair[0] - PLAIN["H"]) + abs(pair[1] - PLAIN["HH"]))
    special = [p for p in fitting[_NEAREST:] if p[1] == 1 or p[1] == p[0] + 2 * pad]
    return fitting[:_NEAREST] + special[:4]


def _table(names: tuple[str, ...], rows: list[tuple[int, ...]]) -> Table:
    columns = np.array(rows, dtype=np.int64).reshape(len(rows), len(names)).T
    return dict(zip(names, columns, strict=True))


def _row(table: Table, i: int) -> dict[str, int]:
    return {name: int(column[i]) for name, column in table.items()}


def _nearest_to_plain(table: Table) -> dict[str, int]:
    """The row that has the fewest special traits and, among those, is nearest to PLAIN."""
    ideal = [holds(PLAIN) for holds in _traits_within(table).values()]
    flags = [holds(table) for holds in _traits_within(table).values()]
    unlike = sum(((f != i).astype(np.int64) for f, i in zip(flags, ideal, strict=True)), np.int64(0))
    distance = sum((np.abs(table[name] - PLAIN[name]) for name in PLAIN if name in table), np.int64(0))
    return _row(table, int(np.lexsort((distance, unlike))[0]))


def _change_one_thing(
    trait: str, plain: Sizes, tables: tuple[Table, Table], rng: np.random.Generator
) -> dict[str, int] | None:
    """The plain sizes changed so that `trait` holds and as little else as possible is different.

    None where the ranges do not allow the trait, or where the plain case has it already and changing its
    value would bring nothing.
    """
    table = next(t for t in tables if trait in _traits_within(t))
    within = _traits_within(table)
    changed = sum((table[name] != plain[name]).astype(np.int64) for name in table)
    others = sum(
        ((holds(table) != holds(plain)).astype(np.int64) for name, holds in within.items() if name != trait),
        np.int64(0),
    )
    candidates = np.asarray(within[trait](table)) & (changed > 0)
    if within[trait](plain):  # another value of the same trait, such as pad 2 beside the plain pad 1
        if trait not in _SIZE_OF:
            return None
        size = _SIZE_OF[trait]
        candidates &= (others == 0) & (changed == 1) & (table[size] != plain[size])
    if not candidates.any():
        return None
    cost = np.where(candidates, others * 100 + changed, np.iinfo(np.int64).max)
    best = np.flatnonzero(cost == cost.min())
    return {**plain, **_row(table, int(rng.choice(best)))}


_SIZE_OF = {"stride>1": "stride", "pad>0": "pad", "N>1": "N", "C>1": "C", "F>1": "F"}
"""Traits that are about the value of one size."""


def _traits_within(table: Table) -> dict[str, Callable[[Any], Any]]:
    """The traits that depend on the sizes of this table."""
    channel = {"N>1", "C>1", "F>1", "C!=F"}
    return {name: holds for name, holds in SIZE_TRAITS.items() if (name in channel) == ("N" in table)}
