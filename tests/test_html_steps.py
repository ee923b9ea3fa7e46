"""The page steps through the smallest failing case, in a real browser."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from grader.records import Array
from grader.records.feedback import Explanation
from tests.html_reports import (
    DX,
    IMAGES,
    SMALL,
    TINY,
    WRONG,
    Numbered,
    Stepper,
    example,
    flipped,
    indices,
    lost,
    report,
    shown,
    worst_of,
)


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


def test_numbers_that_are_marked_as_wrong_do_not_look_the_same(tmp_path: Path) -> None:
    nearly = SMALL.expected["out"].copy()
    nearly[0, 0, 0, 0] = np.float32(1 / 3)
    right = nearly.copy()
    right[0, 0, 0, 0] = 1 / 3
    step = replace(example(SMALL, "out", nearly), expected=right.tolist())
    with shown(report((lost("out", 0, Explanation("out", (), None, step)),)), tmp_path) as seen:
        stepper = Stepper(seen.page, "forward")
        assert stepper.marked("your out[0, 0]", "wrong") == {(0, 0)}
        differ = stepper.numbers("your out[0, 0]") != stepper.numbers("expected out[0, 0]")
        assert indices(differ) == {(0, 0)}
