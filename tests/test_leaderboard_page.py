"""The leaderboard's page, in a real browser."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest

from grader.records import BoardLandmark, Interval, PastBoard, Together
from grader.reports import leaderboard_page
from tests.browser import INK, WIDTHS, opened
from tests.html_reports import AXE
from tests.test_leaderboard import HOSTILE, board, graded

RATIOS = {"Zoe": (1.1, 1.0), "anna": (0.02, 0.03), "Émile": (0.5, 0.9), "bob 10": (0.3, 0.2), "bob 9": (2.0, 2.0)}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    reports = [graded(name, 60 + i, pair) for i, (name, pair) in enumerate(RATIOS.items())]
    reports += [graded(name, 50, (0.1 + i / 1000, 0.1)) for i, name in enumerate(HOSTILE)]
    path = tmp_path / "board.html"
    path.write_text(leaderboard_page.render(board(reports)))
    return path


def test_page_sorts_by_every_column(page: Path) -> None:
    with opened(page) as seen:
        rows = seen.page.locator("tbody tr")
        total = len(RATIOS) + len(HOSTILE)
        assert rows.count() == total

        def first(column: str, times: int) -> str:
            for _ in range(times):
                seen.page.get_by_role("button", name=column).click()
            return rows.nth(0).locator("th").inner_text()

        assert rows.nth(0).locator("th").inner_text() == "bob 9"
        assert first("score", 1) == "bob 9"
        assert first("score", 1) == HOSTILE[-1]  # of equals, the faster
        assert first("forward", 1) == "bob 9"
        assert first("forward", 1) == "anna"
        assert seen.page.locator("th[aria-sort=ascending]").inner_text().startswith("forward")
        assert first("name", 2) == "Zoe"
        names = rows.locator("th").all_inner_texts()
        assert names.index("bob 10") < names.index("bob 9") < names.index("anna")  # descending, by number
        assert first("rank", 2) == "anna"
        assert rows.count() == total
        assert seen.console == []


def test_page_searches_names(page: Path) -> None:
    with opened(page) as seen:
        seen.page.get_by_label("Search").fill("BOB")
        assert seen.page.locator("tbody tr:visible th").all_inner_texts() == ["bob 9", "bob 10"]
        assert seen.page.get_by_role("status").inner_text() == f"2 of {len(RATIOS) + len(HOSTILE)} shown"
        seen.page.get_by_role("button", name="speed").click()
        seen.page.get_by_role("button", name="speed").click()
        assert seen.page.locator("tbody tr:visible th").all_inner_texts() == ["bob 10", "bob 9"]
        seen.page.get_by_label("Search").fill("émile")
        assert seen.page.locator("tbody tr:visible").count() == 1
        seen.page.get_by_label("Search").fill("")
        assert seen.page.locator("tbody tr:visible").count() == len(RATIOS) + len(HOSTILE)


def test_page_is_silent_and_asks_nothing_of_a_network(page: Path) -> None:
    with opened(page) as seen:
        seen.page.wait_for_load_state("networkidle")
        assert seen.requests == [page.as_uri()]
        assert seen.console == []
        assert seen.page.locator("script").count() == 1  # the page's own: no name became one
        assert seen.page.locator("tbody b").count() == 0


def test_chart_stands_where_the_numbers_say(page: Path) -> None:
    """Ten times as fast is one more power of ten on the axis, and the dashed line is at 1."""
    with opened(page) as seen:

        def left(selector: str) -> float:
            box = seen.page.locator(selector).first.bounding_box()
            assert box is not None
            return box["x"] + box["width"] / 2

        decade = left(".tick:text-is('1')") - left(".tick:text-is('0.1')")
        assert decade > 30
        dot = left("tbody tr:has-text('bob 9') .dot")
        assert (dot - left(".guide.baseline")) / decade == pytest.approx(0.301, abs=0.02)  # log10(2)


@pytest.mark.parametrize("width", [390, 880, 1100])
def test_names_have_half_of_the_table_and_are_never_torn(page: Path, width: int) -> None:
    with opened(page, width=width) as seen:
        table = seen.page.locator("table").bounding_box()
        assert table is not None
        for name in seen.page.locator(".name").all():
            box = name.bounding_box()
            assert box is not None
            assert box["width"] >= 0.45 * table["width"]
            assert box["height"] < 30  # one line: what does not fit is in the tooltip
            assert name.get_attribute("title") == name.text_content()
        plots = seen.page.locator(".guide.baseline").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().x)"
        )
        assert max(plots) - min(plots) < 1  # one axis for all rows


def test_speed_is_told_beside_nested_loops_too(tmp_path: Path) -> None:
    path = tmp_path / "board.html"
    path.write_text(
        leaderboard_page.render(replace(board([graded("a", 60, (0.5, 0.5))]), loops=Interval(0.001, 0.001, 0.001)))
    )
    with opened(path) as seen:
        assert "0.50\n500\N{MULTIPLICATION SIGN} nested loops" in seen.page.locator("tbody").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_its_screen(page: Path, scheme: Literal["light", "dark"]) -> None:
    with opened(page, scheme=scheme) as seen:
        background = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(17, 21, 28)") == (scheme == "dark")
        bottoms = "bars => bars.map(bar => bar.getBoundingClientRect().bottom)"
        for width in WIDTHS:
            seen.page.set_viewport_size({"width": width, "height": 800})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            bars = seen.page.locator(".bar").evaluate_all(bottoms)
            assert max(bars) - min(bars) < 1
            boxes = [tick.bounding_box() for tick in seen.page.locator(".tick").all()]
            edges = [(box["x"], box["x"] + box["width"]) for box in boxes if box is not None]
            assert all(one[1] < two[0] for one, two in pairwise(edges))  # labels do not touch
        seen.page.emulate_media(media="print", color_scheme=scheme)
        assert seen.page.evaluate(INK) == "rgb(27, 35, 48)"  # paper is light


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1100, "light")])
def test_landmarks_attempts_and_awards_fit_and_can_be_read_by_all(
    tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    shown = board([graded(name, 60, (0.1 * i * pair[0], pair[1])) for name, pair in RATIOS.items() for i in (1, 2, 3)])
    ways = [("one loop less", 0.024), ("einsum", 0.025), ("im2col", 0.6), ("the product alone", 1.3)]
    landmarks = tuple(BoardLandmark(name, "Do less. " * 9, Interval(at, at, at)) for name, at in ways)
    race = Together("2026-02-05T18:00:00Z", 15, 5)
    past = PastBoard("last year", "2025-02-05", 40, 1.5, 0.3, is_comparable=False)
    path = tmp_path / "board.html"
    path.write_text(
        leaderboard_page.render(
            replace(shown, landmarks=landmarks, together=race, past=(past,), loops=landmarks[0].speed)
        )
    )
    with opened(path, width=width, scheme=scheme) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert seen.page.locator(".axis .step").all_inner_texts() == ["a, b", "c", "d"]
        assert seen.page.locator("tbody svg").count() == len(RATIOS)
        assert seen.page.locator(".awards li").all_inner_texts()[-1].startswith("Most improved")
        seen.page.evaluate(AXE.read_text())
        found = seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [each["id"] for each in found["violations"]] == []
        assert seen.console == []
