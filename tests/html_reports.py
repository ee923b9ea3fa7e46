"""Reports made by hand, and what a person sees of their pages."""

import importlib.resources
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page

from grader.records import Array, Doubt, Function, GradeReport, Interval, ItemResult, Speed, Verdict
from grader.records.feedback import Example, Explanation, Listing, Mistake, Picture
from grader.reports.forms import html
from reference.conv2d.oracle import conv_backward, conv_forward
from tests.browser import Opened, opened
from tests.test_leaderboard import graded

SIZES = {"N": 3, "C": 4, "F": 4, "H": 9, "W": 9, "HH": 3, "WW": 3, "stride": 1, "pad": 1}
SOURCE = '''def conv_backward_naive(dout, cache):
    """Backward pass <of> the convolution & more."""
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx = np.zeros_like(padded)
    for n, f, i, j in np.ndindex(dout.shape):
        rows, columns = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
        dw[f] = dout[n, f, i, j] * padded[n, :, rows, columns]
        dx[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    db = dout[0].sum(axis=(1, 2))
    return dx, dw, db
'''
OVERWRITTEN = Mistake(
    bug="dw-overwritten",
    title="dw is overwritten, not accumulated",
    explanation="Each window's share replaces the one before it, so only the last window's share is left in dw.",
    where="The innermost loop of conv_backward_naive, where dw is written.",
    hint="Every place that the kernel visits adds to dw. What does `=` do to what is already there?",
    confidence=0.97,
    lines=(9,),
    titles=((9, "dw is overwritten, not accumulated"),),
)
TRAITS = {
    "stride>1": (2, 2), "pad>0": (0, 2), "pad=0": (2, 2), "H!=W": (1, 2), "HH!=WW": (2, 2), "1x1 kernel": (2, 2),
    "kernel fills the input": (2, 2), "N>1": (2, 2), "C>1": (2, 2), "F>1": (0, 2), "combined": (3, 19),
}  # fmt: skip


class Numbered:
    """Inputs of small integers, and what is right on them."""

    def __init__(self, x: tuple[int, ...], w: tuple[int, ...], stride: int = 1, pad: int = 1, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.parameters = {"stride": stride, "pad": pad}
        self.inputs: dict[str, Array] = {
            "x": rng.integers(-3, 5, x).astype(float),
            "w": rng.integers(-2, 4, w).astype(float),
            "b": rng.integers(1, 5, w[0]).astype(float),
        }
        out, cache = conv_forward(self.inputs["x"], self.inputs["w"], self.inputs["b"], self.parameters)
        self.dout = rng.integers(-2, 5, out.shape).astype(float)
        dx, dw, db = conv_backward(self.dout, cache)
        self.expected = {"out": out, "dx": dx, "dw": dw, "db": db}
        self.sizes = dict(zip("NCHW", x, strict=True)) | dict(zip(("F", "C", "HH", "WW"), w, strict=True))
        self.sizes |= self.parameters

    @property
    def padded(self) -> Array:
        pad = self.parameters["pad"]
        return np.pad(self.inputs["x"], ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def worst_of(expected: Array, got: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(np.argmax(abs(got - expected)), expected.shape))


def example(problem: Numbered, output: str, got: Array | None) -> Example:
    expected = problem.expected[output]
    same_shape = got is not None and got.shape == expected.shape
    worst = worst_of(expected, got) if got is not None and same_shape else None
    if got is None:
        wrong = f"{output} is a list, not an array of floats"
    elif worst is None:
        wrong = f"{output} has shape {got.shape}, expected {expected.shape}"
    else:
        wrong = f"{output}{list(worst)} is {got[worst]:g}, expected {expected[worst]:g}"
    forward = output == "out"
    inputs = problem.inputs if forward else {**problem.inputs, "dout": problem.dout}
    return Example(
        function="forward" if forward else "backward",
        output=output,
        sizes=problem.sizes,
        dtype="float64",
        inputs={name: array.tolist() for name, array in inputs.items()},
        expected=expected.tolist(),
        got=None if got is None else got.tolist(),
        expected_shape=expected.shape,
        got_shape=None if got is None else got.shape,
        worst_index=worst,
        problem=wrong,
        snippet="import numpy as np\n\n"
        + "".join(f"{name} = np.array({array.tolist()})\n" for name, array in inputs.items())
        + f"conv_param = {problem.parameters}\n"
        + "assert np.allclose(out, expected), out\n",
    )


def picture(shape: tuple[int, ...], wrong: Callable[[Array], Array], seed: int = 1) -> Picture:
    expected = np.random.default_rng(seed).normal(size=shape)
    got = wrong(expected)
    return Picture(SIZES, expected.tolist(), got.tolist(), worst_of(expected, got))


def lost(output: str, points: float, explanation: Explanation | None, **changes: Any) -> ItemResult:
    example = explanation.example if explanation else None
    return replace(
        ItemResult(
            id=output,
            title="forward" if output == "out" else output,
            kind="correctness",
            points=points,
            max_points={"out": 35.0, "dx": 20.0, "dw": 15.0, "db": 5.0}[output],
            verdict=Verdict.PARTIAL if points else Verdict.FAILED,
            message=f"wrong where pad>0 (21 of 66 cases): {example.problem if example else 'wrong'}",
            traits={name: {"passed": right, "total": total} for name, (right, total) in TRAITS.items()},
            explanation=explanation,
        ),
        **changes,
    )


def passed(title: str, points: float, kind: str = "correctness") -> ItemResult:
    return ItemResult(title, title, kind, points, points, Verdict.PASSED)


def speed(median: float, **changes: Any) -> Speed:
    return replace(
        Speed(Interval(median, median * 0.93, median * 1.06), 0.021 / median, 0.021, 15, False, True), **changes
    )


def report(items: tuple[ItemResult, ...], **changes: Any) -> GradeReport:
    told: dict[str, Any] = {
        "name": "Ada Lovelace",
        "items": items,
        "score": sum(item.points or 0 for item in items),
        "max_score": sum(item.max_points for item in items),
        "listings": (Listing("conv_backward_naive", 1, SOURCE),),
        "rubric": {"name": "CS231n assignment 2, convolution", "sha256": "5f0c9e" * 10},
        "versions": {"convgrade": "0.1.0", "python": "3.11.7", "numpy": "2.1.0"},
        "started_at": "2025-11-22T23:58:01Z",
        "seed": 231,
        **changes,
    }
    return graded(told.pop("name"), told.pop("score"), (), **told)


SMALL = Numbered((1, 2, 3, 4), (2, 2, 2, 2))
TINY = Numbered((1, 1, 3, 3), (1, 1, 2, 2), seed=3)
IMAGES = Numbered((2, 1, 3, 3), (3, 1, 2, 2), stride=2, pad=0, seed=4)


def flipped(problem: Numbered) -> Array:
    """The forward pass of one who flips the kernel."""
    x, w, b = problem.inputs.values()
    return conv_forward(x, w[..., ::-1, ::-1], b, problem.parameters)[0]


def last_share(problem: Numbered) -> Array:
    """The dw of one who writes `=` where `+=` belongs."""
    dw = np.zeros_like(problem.inputs["w"])
    stride = problem.parameters["stride"]
    for n, f, h, v in np.ndindex(*problem.dout.shape):
        window = problem.padded[n, :, h * stride : h * stride + dw.shape[2], v * stride : v * stride + dw.shape[3]]
        dw[f] = problem.dout[n, f, h, v] * window
    return dw


def wrong_column(expected: Array) -> Array:
    got = expected.copy()
    got[..., -1] *= 0.3
    got.flat[-1] += 2
    return got


FORWARD = lost(
    "out",
    17.5,
    Explanation(
        "out",
        ("right in the first row and column", "right where the kernel is 1x1"),
        None,
        example(SMALL, "out", flipped(SMALL)),
        picture((2, 2, 5, 6), wrong_column),
    ),
    hint="Is the kernel the right way round?",
)
DX = lost("dx", 0, Explanation("dx", ("right but for the padding, which is still there",), replace(
    OVERWRITTEN, bug="dx-padded", title="The padding is not cut off dx", explanation="dx has the padded input's shape.",
    where="The last lines of conv_backward_naive.", hint="Which part of the padded dx belongs to x?", confidence=0.999,
    lines=(6, 12), titles=((6, "The padding is not cut off dx"), (12, "The padding is not cut off dx"))),
    example(TINY, "dx", np.pad(TINY.expected["dx"], ((0, 0), (0, 0), (1, 1), (1, 1))))))  # fmt: skip
DW = lost("dw", 5, Explanation("dw", (), OVERWRITTEN, example(SMALL, "dw", last_share(SMALL)),
                               picture((2, 3, 3, 3), wrong_column)))  # fmt: skip
DB = lost("db", 0, Explanation("db", ("right only where N is 1",), None, example(
    IMAGES, "db", IMAGES.dout[0].sum(axis=(1, 2))), picture((4,), wrong_column)))  # fmt: skip
SLOW = ItemResult(
    "speed",
    "speed-forward",
    "speed",
    6.2,
    10,
    Verdict.PARTIAL,
    message="Takes 12x as long as the fast baseline; full points need 2x or less.",
)
SKIPPED = ItemResult(
    "later",
    "speed-backward",
    "speed",
    0,
    10,
    Verdict.SKIPPED,
    message="not timed: in no case was everything right that conv_backward_naive returned",
)
SPEEDS = {
    "forward": speed(0.083, extrapolated=True),
    "backward": speed(1.31, stable=False, doubts=(Doubt.WIDE, Doubt.DRIFT)),
}
CLASS: dict[tuple[str | None, Function], list[float]] = {
    (None, "forward"): list(np.geomspace(0.002, 1.4, 40)),
    (None, "backward"): list(np.geomspace(0.01, 2.1, 40)),
}
WRONG = report((FORWARD, DX, DW, DB, passed("contract", 5, "contract"), SLOW, SKIPPED), speed=SPEEDS,
               stdout="shape: (1, 3)\n", notes=("np.lib.pad was replaced by np.pad.",))  # fmt: skip
RIGHT = report(tuple(passed(*item) for item in (("forward", 35), ("dx", 20), ("dw", 15), ("db", 5))), speed=SPEEDS)

CELLS = "[...table.tBodies[0].rows].map(row => [...row.cells].filter(cell => cell.tagName === 'TD'))"
AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js")


@contextmanager
def shown(report: GradeReport, folder: Path, **options: Any) -> Iterator[Opened]:
    path = folder / "report.html"
    path.write_text(html.render(report, CLASS))
    with opened(path, **options) as seen:
        yield seen
        assert seen.console == []
        assert seen.requests == [path.as_uri()]


def indices(mask: Array) -> set[tuple[int, ...]]:
    return {tuple(map(int, index)) for index in np.argwhere(mask)}


class Stepper:
    """The step-through of one loss, as a person sees it."""

    def __init__(self, page: Page, title: str) -> None:
        loss = page.locator("section.loss").filter(has=page.get_by_role("heading", name=title, exact=True))
        self.loss = page.locator(f"#{loss.get_attribute('id')}")  # each look at it would look for the heading again
        self.box = self.loss.locator(".stepper")
        self.slider = self.box.get_by_label("Step", exact=False).and_(page.locator("input"))

    def click(self, button: str) -> None:
        self.box.get_by_role("button", name=button).click()

    @property
    def step(self) -> str:
        return self.box.locator(".place").inner_text()

    @property
    def said(self) -> str:
        return self.box.locator(".said").inner_text()

    def table(self, label: str) -> Locator:
        return self.box.get_by_role("table", name=label, exact=True)

    def numbers(self, label: str) -> Array:
        return np.array(self.table(label).evaluate(f"table => {CELLS}.map(row => row.map(cell => +cell.textContent))"))

    def marked(self, label: str, look: str) -> set[tuple[int, ...]]:
        has = f"table => {CELLS}.map(row => row.map(cell => cell.classList.contains('{look}')))"
        return indices(np.array(self.table(label).evaluate(has)))
