"""The HTML report of one submission, in a real browser."""

import importlib.resources
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from grader.records import Array, Doubt, Function, GradeReport, Interval, ItemResult, ReportVerdict, Speed, Verdict, Who
from grader.records.feedback import Example, Explanation, Listing, Mistake, Picture
from grader.reports.forms import html
from grader.reports.heat_maps import DIFFERENCE
from reference.conv2d.oracle import conv_backward, conv_forward
from tests.browser import WIDTHS, Opened, opened
from tests.test_leaderboard import HOSTILE, graded

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
    lines=(6, 12)), example(TINY, "dx", np.pad(TINY.expected["dx"], ((0, 0), (0, 0), (1, 1), (1, 1))))))  # fmt: skip
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
    message="not timed: conv_backward_naive was not right in any case",
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
        self.loss = page.locator("section.loss").filter(has=page.get_by_role("heading", name=title, exact=True))
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


def window(problem: Numbered, h: int, v: int) -> tuple[slice, slice]:
    stride = problem.parameters["stride"]
    height, width = problem.inputs["w"].shape[2:]
    return slice(h * stride, h * stride + height), slice(v * stride, v * stride + width)


def accumulated(problem: Numbered, last: tuple[int, ...]) -> dict[str, Array]:
    """The gradients, dx with its padding, after the last upstream gradient that has flowed."""
    w = problem.inputs["w"]
    dx, dw, db = np.zeros_like(problem.padded), np.zeros_like(w), np.zeros_like(problem.inputs["b"])
    for index in product(*map(range, problem.dout.shape)):
        if index > last:
            break
        n, f, h, v = index
        region = (n, slice(None), *window(problem, h, v))
        dx[region] += problem.dout[index] * w[f]
        dw[f] += problem.dout[index] * problem.padded[region]
        db[f] += problem.dout[index]
    return {"dx": dx, "dw": dw, "db": db}


def test_forward_is_stepped_through_cell_by_cell(tmp_path: Path) -> None:
    """Every number of a step is what NumPy says: window, products, sum, expected and what came back."""
    wrong = flipped(SMALL)
    cells = list(product(*map(range, wrong.shape)))
    worst = worst_of(SMALL.expected["out"], wrong)
    x, w, b = SMALL.inputs.values()
    with shown(WRONG, tmp_path) as seen:
        stepper = Stepper(seen.page, "forward")

        def check(index: tuple[int, ...]) -> None:
            n, f, h, v = index
            rows, columns = window(SMALL, h, v)
            expected = SMALL.expected["out"][index]
            assert stepper.step == f"{cells.index(index) + 1} of {len(cells)}"
            for c in range(x.shape[1]):
                label = f"x[{n}, {c}], padded"
                assert (stepper.numbers(label) == SMALL.padded[n, c]).all()
                inside = {(i, j) for i in range(rows.start, rows.stop) for j in range(columns.start, columns.stop)}
                assert stepper.marked(label, "in") == inside
                assert (stepper.numbers(f"w[{f}, {c}]") == w[f, c]).all()
                products = (
                    stepper.box.get_by_role("table", name="products").nth(c).locator("tbody td").all_inner_texts()
                )
                assert list(map(float, products)) == (w[f, c] * SMALL.padded[n, c, rows, columns]).ravel().tolist()
            assert stepper.box.locator(".total").inner_text().startswith(f"out[{n}, {f}, {h}, {v}] = ")
            assert f"+ {b[f]:g} = {expected:g}:" in stepper.box.locator(".total").inner_text()
            assert (stepper.numbers(f"expected out[{n}, {f}]") == SMALL.expected["out"][n, f]).all()
            assert (stepper.numbers(f"your out[{n}, {f}]") == wrong[n, f]).all()
            assert stepper.marked(f"your out[{n}, {f}]", "now") == {(h, v)}
            assert stepper.marked(f"your out[{n}, {f}]", "wrong") == indices(wrong[n, f] != SMALL.expected["out"][n, f])
            if wrong[index] != expected:
                assert f"Your out[{n}, {f}, {h}, {v}] is {wrong[index]:g}, expected {expected:g}." in stepper.said

        place = cells.index(worst)
        check(worst)
        stepper.click("Next")
        check(cells[place + 1])
        stepper.click("Previous")
        stepper.click("Previous")
        check(cells[place - 1])
        stepper.box.focus()
        seen.page.keyboard.press("ArrowRight")
        seen.page.keyboard.press("ArrowRight")
        check(cells[place + 1])
        seen.page.keyboard.press("ArrowLeft")
        check(worst)
        stepper.slider.fill(str(len(cells)))
        check(cells[-1])
        stepper.click("Next")  # there is none
        check(cells[-1])
        stepper.slider.press("Home")
        check(cells[0])
        stepper.slider.press("ArrowRight")
        check(cells[1])


@pytest.mark.parametrize(
    ("title", "problem", "first"), [("dx", TINY, (0, 0, 0, 0)), ("dw", SMALL, (0, 0, 0, 0)), ("db", IMAGES, None)]
)
def test_backward_is_stepped_through_gradient_by_gradient(
    tmp_path: Path, title: str, problem: Numbered, first: tuple[int, ...] | None
) -> None:
    """One upstream gradient after the other flows into dx, dw and db; all of them make what is expected."""
    places = list(product(*map(range, problem.dout.shape)))
    with shown(WRONG, tmp_path) as seen:
        stepper = Stepper(seen.page, title)
        stepper.box.get_by_text("The same number flows into").click()

        def check(index: tuple[int, ...]) -> None:
            n, f, h, v = index
            gradient = problem.dout[index]
            sums = accumulated(problem, index)
            rows, columns = window(problem, h, v)
            padded = ", padded" if problem.parameters["pad"] else ""
            assert stepper.step == f"{places.index(index) + 1} of {len(places)}"
            assert stepper.said.startswith(f"dout[{n}, {f}, {h}, {v}] is {gradient:g}: {gradient:g} ")
            assert stepper.marked(f"dout[{n}, {f}]", "now") == {(h, v)}
            for c in range(problem.inputs["x"].shape[1]):
                assert (stepper.numbers(f"dx[{n}, {c}] so far{padded}") == sums["dx"][n, c]).all()
                assert (stepper.numbers(f"dw[{f}, {c}] so far") == sums["dw"][f, c]).all()
                inside = {(i, j) for i in range(rows.start, rows.stop) for j in range(columns.start, columns.stop)}
                assert stepper.marked(f"dx[{n}, {c}] so far{padded}", "in") == inside
            assert (stepper.numbers("db so far")[0] == sums["db"]).all()

        worst = worst_of(IMAGES.expected["db"], IMAGES.dout[0].sum(axis=(1, 2)))
        start = first or next(place for place in places if place[1] == worst[0])
        check(start)
        stepper.click("Next")
        check(places[places.index(start) + 1])
        stepper.slider.fill(str(len(places)))
        check(places[-1])
        assert stepper.said.endswith(f"That was the last one: {title} is complete.")


def test_play_goes_to_the_end_and_stops(tmp_path: Path) -> None:
    with shown(WRONG, tmp_path) as seen:
        seen.page.clock.install()
        stepper = Stepper(seen.page, "db")
        live = stepper.box.locator(".said")
        stepper.slider.fill("4")
        stepper.click("Play")
        assert live.get_attribute("aria-live") == "off"  # nobody listens to a film
        seen.page.clock.run_for(1000)
        assert stepper.step == "5 of 6"
        seen.page.clock.run_for(1000)
        assert stepper.step == "6 of 6"
        assert stepper.box.get_by_role("button", name="Play").count() == 1
        assert live.get_attribute("aria-live") == "polite"
        stepper.click("Play")  # from the start
        assert stepper.step == "1 of 6"
        seen.page.clock.run_for(1000)
        stepper.click("Pause")
        seen.page.clock.run_for(5000)
        assert stepper.step == "2 of 6"


def test_step_at_the_start_has_something_to_show(tmp_path: Path) -> None:
    """The worst cell is one that nothing flows into; and a single step needs no buttons."""
    stepping = Numbered((1, 1, 1, 3), (1, 1, 1, 1), stride=2, pad=0)
    stepping.dout[:] = [[[[0.0, 1.0]]]]
    expected = stepping.expected["dx"] = stepping.dout[..., :1] * np.zeros(3)
    single = Numbered((1, 1, 1, 1), (1, 1, 1, 1), pad=0)
    dx = Explanation("dx", example=example(stepping, "dx", expected + np.array([0.0, 1.0, 0.0])))
    out = Explanation("out", example=example(single, "out", single.expected["out"] - 1))
    with shown(report((lost("dx", 0, dx), lost("out", 0, out))), tmp_path) as seen:
        stepper = Stepper(seen.page, "dx")
        assert stepper.step == "2 of 2"
        assert "is added to row 0, column 2 of dx[0]" in stepper.said
        stepper = Stepper(seen.page, "forward")
        assert stepper.box.get_by_role("button").count() == 0
        assert "on row 0, column 0 of x[0]" in stepper.said


def test_another_shape_is_said_and_shown(tmp_path: Path) -> None:
    none = replace(DX, explanation=Explanation("dx", example=example(TINY, "dx", None)))
    with shown(WRONG, tmp_path) as seen:
        stepper = Stepper(seen.page, "dx")
        assert "(1, 1, 5, 5), expected (1, 1, 3, 3): the two cannot" in stepper.loss.inner_text()
        assert stepper.table("your dx[0, 0]").count() == 0
        assert (stepper.numbers("expected dx[0, 0]") == TINY.expected["dx"][0, 0]).all()
        stepper.loss.get_by_text("Your dx, as it came back").click()
        came_back = stepper.loss.get_by_role("table", name="your dx[0, 0]").locator("tbody td")
        assert came_back.count() == 25
    with shown(report((none,)), tmp_path) as seen:
        assert "No array of numbers came back" in Stepper(seen.page, "dx").loss.inner_text()


def test_heat_maps_show_where_the_difference_is(tmp_path: Path) -> None:
    assert FORWARD.explanation and FORWARD.explanation.picture
    seen_picture = FORWARD.explanation.picture
    expected, got = np.array(seen_picture.expected), np.array(seen_picture.got)
    n, f, h, v = seen_picture.worst_index
    with shown(WRONG, tmp_path) as seen:
        maps = seen.page.locator("section.loss").first.locator(".maps")
        assert f"your out[{n}, {f}, {h}, {v}] is {got[n, f, h, v]:.6g}, expected" in maps.inner_text()
        for kind in ("expected", "yours", DIFFERENCE):
            table = maps.get_by_role("table", name=f"out[{n}, {f}], {kind}", exact=True)
            worst = table.evaluate(f"table => {CELLS}.map(row => row.map(cell => cell.classList.contains('worst')))")
            assert indices(np.array(worst)) == {(h, v)}
        difference = (got - expected)[n, f]
        cells = maps.get_by_role("table", name=f"out[{n}, {f}], {DIFFERENCE}", exact=True).locator("tbody td")
        looks = [(cell.get_attribute("class") or "")[:4] for cell in cells.all()]
        assert looks == [{0: "d0", 1: "more", -1: "less"}[int(np.sign(value))] for value in difference.ravel()]
        assert maps.get_by_role("table").count() == 3
        maps.locator("summary").click()
        assert maps.get_by_role("table").count() == 12


def test_numbers_that_are_not_finite_are_said_to_be(tmp_path: Path) -> None:
    expected: list[Any] = np.arange(4.0).reshape(1, 1, 2, 2).tolist()
    got: list[Any] = [[[[None, 1.0], [2.0, 5.0]]]]
    drawn = Explanation("out", picture=Picture(SIZES, expected, got, (0, 0, 0, 0)))
    with shown(report((lost("out", 0, drawn),)), tmp_path) as seen:
        maps = seen.page.locator(".maps")
        assert maps.get_by_role("table", name="yours", exact=False).first.locator("td.nan").inner_text() == "NaN"
        assert "out[0, 0, 0, 0] is NaN, expected 0" in maps.inner_text()


def test_snippet_is_copied(tmp_path: Path) -> None:
    assert DW.explanation and DW.explanation.example
    with shown(WRONG, tmp_path) as seen:
        seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        loss = Stepper(seen.page, "dw").loss
        loss.get_by_role("button", name="Copy").click()
        loss.get_by_role("status").get_by_text("Copied").wait_for()
        assert seen.page.evaluate("navigator.clipboard.readText()") == DW.explanation.example.snippet


def test_lines_of_a_mistake_are_marked_in_the_code(tmp_path: Path) -> None:
    with shown(WRONG, tmp_path) as seen:
        marked = seen.page.locator(".code li:has(mark)")
        assert marked.evaluate_all("lines => lines.map(line => line.value)") == [6, 9, 12]
        assert "▲ look here: dw is overwritten, not accumulated" in marked.nth(1).inner_text()
        link = Stepper(seen.page, "dw").loss.get_by_role("link", name="9")
        link.click()
        assert seen.page.locator(":target").get_attribute("value") == "9"


def test_a_mistake_is_explained_once(tmp_path: Path) -> None:
    again = replace(DB, explanation=Explanation("db", mistake=OVERWRITTEN))
    page = html.render(report((DW, again)))
    assert page.count(OVERWRITTEN.explanation.replace("'", "&#39;")) == 1
    assert "The same as for" in page


def test_items_that_failed_alike_are_told_together() -> None:
    crashed = [replace(lost(o, 0, None), verdict=Verdict.CRASHED, message="a.py:3: boom") for o in ("dx", "dw", "db")]
    page = html.render(report(tuple(crashed)))
    assert page.count("a.py:3: boom") == 1
    assert "dx, dw, db</h3>" in page
    assert "40 points lost" in page
    silent = replace(crashed[0], explanation=Explanation("dx"))
    assert "dx, dw, db</h3>" in html.render(report((silent, *crashed[1:])))


def test_a_crash_is_told_once_marked_in_the_code_and_not_stepped_through(tmp_path: Path) -> None:
    error = "NameError: name 'xrange' is not defined"
    why = Explanation("dx", example=example(TINY, "dx", None), crashes=((8, error),))
    crashed = [
        replace(lost(o, 0, replace(why, output=o)), verdict=Verdict.CRASHED, message=f"a.py:8: {error}")
        for o in ("dx", "dw", "db")
    ]
    with shown(report(tuple(crashed)), tmp_path) as seen:
        assert seen.page.locator("section.loss").count() == 1
        assert seen.page.locator("section.loss h3").inner_text().endswith("dx, dw, db")
        assert seen.page.locator(".stepper, .still").count() == 0
        assert seen.page.locator(".snippet pre").count() == 1
        assert seen.page.locator(".code .look").get_attribute("value") == "8"
        assert f"crashes here: {error}" in seen.page.locator(".code .look").inner_text()
        seen.page.get_by_role("link", name="line 8").click()
        assert seen.page.locator(":target").get_attribute("value") == "8"


def test_a_picture_without_a_difference_is_not_shown() -> None:
    """As of what is right to single precision, in the few digits that pictures have."""
    same = Explanation("out", picture=picture((1, 1, 2, 2), lambda right: right))
    assert "What came out" not in html.render(report((lost("out", 0, same),)))
    nothing = {name: {"passed": 0, "total": 2} for name in TRAITS}
    assert "Which kinds of input work" in html.render(report((lost("out", 0, same, traits=nothing),)))


def test_chart_stands_where_the_numbers_say(tmp_path: Path) -> None:
    with shown(WRONG, tmp_path) as seen:

        def left(selector: str) -> float:
            box = seen.page.locator(selector).first.bounding_box()
            assert box is not None
            return box["x"] + box["width"] / 2

        decade = left(".axis span:text-is('1')") - left(".axis span:text-is('0.1')")
        assert (left(".dot") - left(".guide.baseline")) / decade == pytest.approx(np.log10(0.083), abs=0.02)
        assert seen.page.locator(".plot").first.locator(".other").count() == 40
        speeds = seen.page.locator("section", has=seen.page.locator("#speed"))
        assert "0.083*" in speeds.inner_text() and "1.31?" in speeds.inner_text()
        assert "* timed on fewer images" in speeds.inner_text()
        assert "? the interval is wide" in speeds.inner_text()
    assert "faint tick" not in html.render(WRONG)


def test_no_mark_comes_of_a_judge_error(tmp_path: Path) -> None:
    failed = report(
        (), score=None, verdict=ReportVerdict.JUDGE_ERROR, message="the sandbox did not start", max_score=100
    )
    with shown(failed, tmp_path) as seen:
        text = seen.page.locator("main").inner_text()
        assert "no mark" in text and "judge error" in text and "the sandbox did not start" in text
        assert "0 / 100" not in text
        assert seen.page.locator("#marks").count() == 0


def test_a_rejected_submission_is_told_why(tmp_path: Path) -> None:
    with shown(
        report((), score=0.0, verdict=ReportVerdict.REJECTED, message="a.py: uses torch", max_score=100), tmp_path
    ) as seen:
        text = seen.page.locator("main").inner_text()
        assert "0 / 100" in text and "rejected" in text and "a.py: uses torch" in text
        assert "hand in the new file" in text


def test_title_is_the_person_with_assignment_and_date(tmp_path: Path) -> None:
    graded = replace(WRONG, rubric={"name": "HW 2", "sha256": "5"}, started_at="2026-02-03T10:20:30+00:00")
    with shown(graded, tmp_path) as seen:
        assert seen.page.title() == f"{graded.who.name}: HW 2, 2026-02-03"
        assert "HW 2, 2026-02-03" in seen.page.locator("header").inner_text()


def test_kinds_of_input_are_listed_once_and_folded(tmp_path: Path) -> None:
    with shown(WRONG, tmp_path) as seen:
        table = seen.page.locator(".kinds table")
        assert table.count() == 1
        assert not table.is_visible()
        seen.page.get_by_text("Which kinds of input work").click()
        rows = {
            row.locator("th").inner_text(): row.locator("td").all_inner_texts()
            for row in table.locator("tbody tr").all()
        }
        judged = [item for item in WRONG.items if item.traits]
        assert table.locator("thead th").all_inner_texts() == ["kind of input", *(item.title for item in judged)]
        for name, cells in rows.items():
            for item, cell in zip(judged, cells, strict=True):
                row = (item.traits or {})[name]
                assert (cell == "✓") == (row["passed"] == row["total"])
                assert cell == "✓" or f"{row['passed']}/{row['total']}" in cell
    assert ".kinds" not in html.render(RIGHT).partition("</style>")[2]
    assert "Which kinds" not in html.render(RIGHT)


def test_no_code_is_cut_off_on_a_phone(tmp_path: Path) -> None:
    long = replace(WRONG, listings=(Listing("conv_forward_naive", 1, "def f():\n    return " + "x + " * 80 + "x"),))
    with shown(long, tmp_path, width=390) as seen:
        cut = "one => one.scrollWidth > one.clientWidth + 1"
        assert seen.page.evaluate(f"[...document.querySelectorAll('.code, pre, .speeds')].filter({cut}).length") == 0
        legend = (
            "[...document.querySelectorAll('.key > span > span')].filter(one => one.getClientRects().length > 1).length"
        )
        assert seen.page.evaluate(legend) == 0


def test_zero_has_no_colour_and_signs_have_two(tmp_path: Path) -> None:
    expected: list[Any] = [[[[-4.0, 0.0], [2.0, 4.0]]]]
    drawn = Explanation("out", picture=Picture(SIZES, expected, [[[[0.0, 0.0], [2.0, 4.0]]]], (0, 0, 0, 0)))
    with shown(report((lost("out", 0, drawn),)), tmp_path) as seen:
        cells = seen.page.get_by_role("table", name="out[0, 0], expected", exact=True).locator("tbody td")
        assert [(cell.get_attribute("class") or "").split()[0] for cell in cells.all()] == ["below8", "v0", "v4", "v8"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_submission_becomes_markup(tmp_path: Path, text: str) -> None:
    assert DW.explanation and DW.explanation.mistake and DW.explanation.example
    explanation = replace(
        DW.explanation,
        facts=(text,),
        mistake=replace(OVERWRITTEN, title=text, explanation=text, where=text, hint=f"{text} `{text}`"),
        example=replace(DW.explanation.example, problem=text, snippet=f"{text}</script><script>alert(1)</script>"),
    )
    traits = {text: {"passed": 0, "total": 1}}
    hostile = report(
        (replace(DW, explanation=explanation, message=text, hint=text, title=text, traits=traits),),
        name=text, stdout=text, notes=(text,), listings=(Listing(text, 7, f"{text}\n<img src=x onerror=alert(1)>"),),
        versions={text: text}, who=Who(text, text, text), sha256=text,
    )  # fmt: skip
    with shown(hostile, tmp_path, width=320) as seen:
        seen.page.wait_for_load_state("networkidle")
        assert seen.page.locator("script").count() == 2  # the page's own and the example's data
        assert seen.page.locator("img").count() == 0
        assert not set(seen.page.content()) & set("\x1b\u202e")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 320
        assert seen.page.locator("section.loss").count() == 1


COLOURS = """[...document.querySelectorAll("*")].map(one => getComputedStyle(one))
    .map(style => [style.color, style.backgroundColor, style.opacity].join()).join("; ")"""


@pytest.mark.parametrize(("scheme", "contrast_at"), [("light", 1100), ("dark", 320)], ids=["light", "dark"])
@pytest.mark.parametrize("graded", [WRONG, RIGHT], ids=["wrong", "right"])
def test_page_is_accessible(
    tmp_path: Path, graded: GradeReport, scheme: Literal["light", "dark"], contrast_at: int
) -> None:
    """Contrast takes axe most of its time. It is the same at both widths, since the colours are."""
    colours = set()
    with shown(graded, tmp_path, width=320, scheme=scheme) as seen:
        for closed in seen.page.locator("details:not([open]) > summary").all()[::-1]:
            closed.click()
        seen.page.evaluate(AXE.read_text())
        for width in (320, 1100):
            seen.page.set_viewport_size({"width": width, "height": 800})
            colours.add(seen.page.evaluate(COLOURS))
            rules = f"{{'color-contrast': {{enabled: {str(width == contrast_at).lower()}}}}}"
            found = seen.page.evaluate(f"axe.run(document, {{resultTypes: ['violations'], rules: {rules}}})")
            nodes = {rule["id"]: [node["html"] for node in rule["nodes"]][:3] for rule in found["violations"]}
            assert nodes == {}, width
    assert len(colours) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_its_screen(tmp_path: Path, scheme: Literal["light", "dark"]) -> None:
    with shown(WRONG, tmp_path, scheme=scheme) as seen:
        background = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(17, 21, 28)") == (scheme == "dark")
        seen.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        overflowing = """() => [...document.querySelectorAll('.grid td:not(:has(*))')]
            .filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.closest('table').ariaLabel)"""
        for width in WIDTHS:
            seen.page.set_viewport_size({"width": width, "height": 800})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.page.evaluate(overflowing) == [], width  # no number is wider than its cell


def test_motion_is_reduced_where_that_is_wished(tmp_path: Path) -> None:
    with shown(WRONG, tmp_path) as seen:
        duration = "getComputedStyle(document.querySelector('.window')).transitionDuration"
        assert seen.page.evaluate(duration) != "0s"
        seen.page.emulate_media(reduced_motion="reduce")
        assert seen.page.evaluate(duration) == "0s"


def test_page_can_be_printed(tmp_path: Path) -> None:
    with shown(WRONG, tmp_path) as seen:
        seen.page.emulate_media(media="print")
        assert not seen.page.get_by_role("button", name="Next").first.is_visible()
        assert seen.page.locator(".said").first.is_visible()
        assert seen.page.get_by_text("graded with this seed").is_visible()  # in what is folded on a screen
        seen.page.set_viewport_size({"width": 680, "height": 900})  # A4 with margins
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 680


def test_text_is_there_without_the_script(tmp_path: Path) -> None:
    """As where a learning platform leaves scripts out."""
    path = tmp_path / "report.html"
    path.write_text(
        html.render(WRONG)
        .replace('"use strict";', "throw null;", 1)
        .replace("script-src 'unsafe-inline'", "script-src 'none'")
    )
    with opened(path) as seen:
        loss = seen.page.locator("section.loss").first
        assert not loss.locator(".controls").is_visible()
        assert loss.get_by_role("table", name="expected out[0, 1]").is_visible()
        assert loss.get_by_role("table", name="x[0, 1]").is_visible()
        assert loss.get_by_text("The smallest case that fails").is_visible()


def test_largest_page_is_small_and_soon_there(tmp_path: Path) -> None:
    big = Numbered((2, 3, 6, 6), (3, 3, 3, 3))
    items = []
    for output in ("out", "dx", "dw", "db"):
        expected = big.expected[output]
        drawn = picture((3, 4, 9, 9), lambda array: array * 1.01)
        items.append(lost(output, 0, Explanation(output, (), OVERWRITTEN, example(big, output, expected + 1), drawn)))
    source = "\n".join(f"    value_{i} = np.einsum('nchw,fcij->nfhw', x, w)  # {i}" for i in range(400))
    largest = report(
        tuple(items), speed=SPEEDS, stdout="x" * 65536, listings=(Listing("conv_forward_naive", 1, source),)
    )
    html.render(largest, CLASS)
    begun = time.perf_counter()
    page = html.render(largest, CLASS)
    assert time.perf_counter() - begun < 1
    assert len(page.encode()) < 1_000_000
    for data in page.split('<script type="application/json">')[1:]:
        assert json.loads(data.split("</script>")[0])["x"]
    with shown(largest, tmp_path) as seen:
        assert seen.page.locator(".maps").first.get_by_role("table", include_hidden=True).count() == 36
