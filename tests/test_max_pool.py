"""Max pooling: the oracle against definitions of other origin, and every right way to split a gradient among ties."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
from numpy.typing import NDArray

from reference.max_pool2d.oracle import max_pool_backward, max_pool_forward, windows
from reference.max_pool2d.ties import nearest
from tests.browser import opened
from tests.cli import grade, items

Array = NDArray[Any]
SIZES = [
    (1, 1, 4, 4, 2, 2, 2),
    (2, 3, 5, 7, 3, 2, 1),
    (1, 2, 6, 5, 2, 3, 2),
    (2, 1, 7, 4, 1, 1, 3),
    (1, 1, 3, 4, 3, 4, 1),
]
SEEDS = range(12)


def problem(sizes: tuple[int, ...], seed: int, *, tied: bool) -> tuple[Array, dict[str, int], Array]:
    """x, pool_param and dout of random numbers; x of the numbers 0, 1 and 2 if it is to have ties."""
    N, C, H, W, height, width, stride = sizes
    rng = np.random.default_rng([seed, *sizes])
    x = rng.integers(0, 3, (N, C, H, W)).astype(float) if tied else rng.standard_normal((N, C, H, W))
    pool_param = {"pool_height": height, "pool_width": width, "stride": stride}
    dout = rng.standard_normal((N, C, (H - height) // stride + 1, (W - width) // stride + 1))
    return x, pool_param, dout


@pytest.mark.parametrize("sizes", SIZES)
def test_forward_is_the_documented_definition_and_scipys_filter(sizes: tuple[int, ...]) -> None:
    """PyTorch's MaxPool2d: out(n, c, h, w) = max over m, k of input(n, c, stride * h + m, stride * w + k)."""
    x, pool_param, dout = problem(sizes, 0, tied=False)
    height, width, stride = pool_param.values()
    out, cache = max_pool_forward(x, pool_param)
    assert out.shape == dout.shape
    for n, c, h, w in np.ndindex(*dout.shape):
        cells = [x[n, c, stride * h + m, stride * w + k] for m in range(height) for k in range(width)]
        assert out[n, c, h, w] == max(cells)
    origin = (
        0,
        0,
        (height - 1) // 2 - height // 2 - (height - 1) // 2,
        (width - 1) // 2 - width // 2 - (width - 1) // 2,
    )
    filtered = scipy.ndimage.maximum_filter(x, (1, 1, height, width), mode="constant", cval=-np.inf, origin=origin)
    np.testing.assert_array_equal(out, filtered[:, :, ::stride, ::stride][:, :, : out.shape[2], : out.shape[3]])
    assert cache == (x, pool_param)


def test_forward_gives_the_published_numbers_of_the_course_notebook() -> None:
    """CS231n assignment 2, ConvolutionalNetworks.ipynb, "Max-Pooling: Naive Forward"."""
    x = np.linspace(-0.3, 0.4, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    out, _ = max_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    published = [
        [[[-0.26315789, -0.24842105], [-0.20421053, -0.18947368]],
         [[-0.14526316, -0.13052632], [-0.08631579, -0.07157895]],
         [[-0.02736842, -0.01263158], [0.03157895, 0.04631579]]],
        [[[0.09052632, 0.10526316], [0.14947368, 0.16421053]],
         [[0.20842105, 0.22315789], [0.26736842, 0.28210526]],
         [[0.32631579, 0.34105263], [0.38526316, 0.4]]],
    ]  # fmt: skip
    np.testing.assert_allclose(out, published, atol=5e-9)


@pytest.mark.parametrize("sizes", SIZES)
def test_backward_agrees_with_central_differences_where_nothing_is_tied(sizes: tuple[int, ...]) -> None:
    x, pool_param, dout = problem(sizes, 1, tied=False)
    x = np.argsort(np.argsort(x, axis=None)).reshape(x.shape) * 0.1  # all different by more than a step
    numeric = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][index] += 1e-3
        moved[1][index] -= 1e-3
        one, other = (np.sum(max_pool_forward(m, pool_param)[0] * dout) for m in moved)
        numeric[index] = (one - other) / 2e-3
    np.testing.assert_allclose(max_pool_backward(dout, (x, pool_param)), numeric, atol=1e-9)


def random_split(x: Array, pool_param: dict[str, int], dout: Array, rng: np.random.Generator) -> Array:
    """A right gradient: each window's dout in random parts to its largest cells."""
    height, width, stride = pool_param.values()
    dx = np.zeros(x.shape)
    for n, c, h, w in np.ndindex(*dout.shape):
        place = np.s_[n, c, h * stride : h * stride + height, w * stride : w * stride + width]
        parts = (x[place] == x[place].max()) * rng.exponential(size=(height, width)) ** 3
        dx[place] += dout[n, c, h, w] * parts / parts.sum()
    return dx


def is_right_by_linear_programming(x: Array, pool_param: dict[str, int], dout: Array, dx: Array) -> bool:
    """Whether shares exist, which SciPy finds out: one unknown for each largest cell of each window."""
    height, width, stride = pool_param.values()
    columns, bounds = [], []
    for k, (n, c, h, w) in enumerate(np.ndindex(*dout.shape)):
        place = np.s_[n, c, h * stride : h * stride + height, w * stride : w * stride + width]
        for i, j in np.argwhere(x[place] == x[place].max()):
            column = np.zeros(x.size + dout.size)
            column[np.ravel_multi_index((n, c, h * stride + i, w * stride + j), x.shape)] = dout[n, c, h, w]
            column[x.size + k] = 1
            columns.append(column)
            bounds.append((0, None))
    wanted = np.concatenate([dx.ravel(), np.ones(dout.size)])
    solved = scipy.optimize.linprog(np.zeros(len(columns)), A_eq=np.array(columns).T, b_eq=wanted, bounds=bounds)
    return bool(solved.status == 0)


@pytest.mark.parametrize("sizes", SIZES)
def test_every_split_among_the_largest_cells_is_right(sizes: tuple[int, ...]) -> None:
    for seed in SEEDS:
        x, pool_param, dout = problem(sizes, seed, tied=True)
        dx = random_split(x, pool_param, dout, np.random.default_rng(seed))
        np.testing.assert_allclose(nearest(dout, (x, pool_param), dx), dx, atol=1e-13)


@pytest.mark.parametrize("sizes", SIZES)
def test_what_is_no_split_is_not_right_and_the_nearest_is(sizes: tuple[int, ...]) -> None:
    """Gradient moved from one cell to another: whether that is still right, linear programming says."""
    ends = set()
    for seed in SEEDS:
        x, pool_param, dout = problem(sizes, seed, tied=True)
        rng = np.random.default_rng(seed)
        dx = random_split(x, pool_param, dout, rng)
        one, other = rng.choice(dx.size, 2, replace=False)
        dx.reshape(-1)[[one, other]] += [0.1, -0.1]
        found = nearest(dout, (x, pool_param), dx)
        right = is_right_by_linear_programming(x, pool_param, dout, dx)
        assert np.allclose(found, dx, atol=1e-12) == right
        assert is_right_by_linear_programming(x, pool_param, dout, found)
        ends.add(right)
    assert False in ends


def test_whole_gradient_for_all_ties_is_not_right() -> None:
    x, pool_param = np.zeros((1, 1, 2, 2)), {"pool_height": 2, "pool_width": 2, "stride": 2}
    found = nearest(np.ones((1, 1, 1, 1)), (x, pool_param), np.ones((1, 1, 2, 2)))
    assert found.sum() == 1


@pytest.mark.parametrize(
    ("shape", "pool_param", "what"),
    [
        ((1, 4, 4), {"pool_height": 2, "pool_width": 2, "stride": 2}, r"expected x \(N, C, H, W\)"),
        ((1, 1, 4, 4), {"pool_height": 2, "pool_width": 2, "stride": 0}, "must be at least 1"),
        ((1, 1, 4, 4), {"pool_height": 2, "pool_width": 5, "stride": 1}, "larger than the image"),
    ],
)
def test_operands_that_do_not_fit_are_refused(shape: tuple[int, ...], pool_param: dict[str, int], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        windows(np.zeros(shape), pool_param)


def test_dout_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"dout has shape \(1, 1, 4, 4\)"):
        max_pool_backward(
            np.zeros((1, 1, 4, 4)), (np.zeros((1, 1, 4, 4)), {"pool_height": 2, "pool_width": 2, "stride": 2})
        )


PROGRAM = '''"""Max pooling."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    height, width, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - height) // s, 1 + (W - width) // s))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * s : i * s + height, j * s : j * s + width].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    height, width, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        place = n, c, slice(i * s, i * s + height), slice(j * s, j * s + width)
        window = x[place]
        share = np.zeros(window.shape)
        SHARE
        dx[place] += share * dout[n, c, i, j]
    return dx
'''
MASK = "share[...] = window == window.max()"
RIGHT = {
    "first": "share.flat[np.argmax(window)] = 1",
    "last": "share.flat[-1 - np.argmax(window[::-1, ::-1])] = 1",
    "shared": f"{MASK}; share /= share.sum()",
    "first-by-columns": "share.T.flat[np.argmax(window.T)] = 1",
    "weighted": f"{MASK}; share *= np.arange(1, share.size + 1).reshape(share.shape); share /= share.sum()",
}
WRONG = {
    "mask": MASK,
    "mask-stored": f"{MASK}; dx[place] = 0",
    "not-maximal": "share.flat[np.argmin(window)] = 1",
    "neighbour": "share.flat[np.argmax(window)] = 0.5; share.flat[np.argmin(window)] += 0.5",
    "mean-forward": RIGHT["first"],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All programs graded as a class."""
    folder: Path = tmp_path_factory.mktemp("pooling")
    (folder / "hw").mkdir()
    for name, line in (RIGHT | WRONG).items():
        (folder / "hw" / f"{name}.py").write_text(PROGRAM.replace("SHARE", line))
    mean = folder / "hw" / "mean-forward.py"
    mean.write_text(mean.read_text().replace(".max(axis=(2, 3))", ".mean(axis=(2, 3))"))
    done = grade(folder / "hw", "--rubric", "cs231n-max-pool", "--no-timing", "--out", folder / "results", "-q")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return folder / "results"


@pytest.fixture(scope="module")
def graded(results: Path) -> dict[str, dict[str, Any]]:
    return {r["submission"]["id"]: r for r in json.loads((results / "grades.json").read_text())}


@pytest.mark.parametrize("name", RIGHT)
def test_however_a_right_solution_splits_ties_it_has_every_mark(graded: dict[str, dict[str, Any]], name: str) -> None:
    assert graded[name]["score"] == graded[name]["max_score"] == 100


def test_whole_gradient_for_each_of_several_equal_cells_costs_ties_and_is_named(
    graded: dict[str, dict[str, Any]],
) -> None:
    found = items(graded["mask"])["dx"]
    lost = {trait for trait, counts in found["traits"].items() if counts["passed"] < counts["total"]}
    assert lost == {"ties", "combined"}
    assert found["diagnosis"]["bug"] == "dx-ties-to-all"
    assert items(graded["mask"])["forward"]["verdict"] == "passed"


def test_gradient_for_a_cell_that_is_not_the_largest_loses_marks(graded: dict[str, dict[str, Any]]) -> None:
    assert items(graded["not-maximal"])["dx"]["diagnosis"]["bug"] == "dx-min"
    for name in ("not-maximal", "neighbour"):
        found = items(graded[name])["dx"]
        assert found["points"] < 0.2 * found["max_points"]
        assert found["traits"]["ties"]["passed"] == 0


def test_two_mistakes_in_one_are_named_at_their_lines(graded: dict[str, dict[str, Any]]) -> None:
    found = items(graded["mask-stored"])["dx"]["diagnosis"]
    assert found["bug"] == "dx-ties-to-all+dx-assigned"
    line = PROGRAM.splitlines().index("        SHARE") + 1
    assert found["lines"] == [line]


def test_smallest_case_is_of_the_kind_that_it_shows(graded: dict[str, dict[str, Any]]) -> None:
    names = ("mask", "mask-stored", "not-maximal")
    shown = {name: items(graded[name])["dx"]["counterexample"] for name in names}
    assert [shown[name]["special"] for name in names] == [["ties"], ["ties"], []]  # of two mistakes, both are shown
    assert "several answers are right here" in shown["mask"]["snippet"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mask", "share the gradient in any way you like, but all together get"),
        ("not-maximal", "where the largest number of the window lies"),
        ("mean-forward", "the largest number of the window is"),
    ],
)
def test_page_steps_through_which_cell_won_and_where_its_gradient_goes(results: Path, name: str, told: str) -> None:
    with opened(results / "reports" / f"{name}.html") as seen:
        assert seen.console == []
        assert seen.page.locator(".stepper").first.is_visible()
        assert told in seen.page.locator(".said").first.inner_text()
