"""The HTML report of one submission, in a real browser."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import grader
from grader.records import GradeReport, ReportVerdict, Verdict, Who
from grader.records.feedback import Explanation, Listing, Picture
from grader.reports.forms import html
from grader.reports.heat_maps import DIFFERENCE, negligible
from tests.browser import INK, WIDTHS, opened
from tests.html_reports import (
    AXE,
    CELLS,
    CLASS,
    DB,
    DW,
    FORWARD,
    OVERWRITTEN,
    RIGHT,
    SIZES,
    SPEEDS,
    TINY,
    TRAITS,
    WRONG,
    Numbered,
    Stepper,
    example,
    indices,
    lost,
    picture,
    report,
    shown,
)
from tests.test_leaderboard import HOSTILE


def test_one_huge_number_does_not_hide_that_others_are_wrong() -> None:
    assert negligible([[0.0, 2.0]], [[1e200, 2.5]]) < 0.5


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
        looks = [look[:4] for look in cells.evaluate_all("cells => cells.map(cell => cell.className)")]
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


def test_a_crash_beside_a_wrong_result_is_said_to_be_another_case() -> None:
    why = Explanation("db", crashes=((8, "ValueError: no"),))
    beside = (
        "Wrong in every case. For example, db has shape (1, 1).",
        "Wrong (9 of 9 cases fail, 2 of them with a crash).",
        "Crashes for pad=0 (2 of 9 cases fail).",
        "Crashes for pad=0 (2 of 9 cases fail). For example, a.py:7: ValueError: other",
    )
    pages = [html.render(report((replace(lost("db", 0, why), message=message),))) for message in beside]
    assert ["In some cases it crashes, in your" in page for page in pages] == [True, False, False, False]
    assert ["The crash is in your" in page for page in pages] == [False, True, True, False]
    assert ["Other calls crash in your" in page for page in pages] == [False, False, False, True]


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
        assert "Each faint tick is a submission of the class that was timed." in speeds.inner_text()
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
        assert "combined" not in rows
        assert "this kind is not asked of it" in seen.page.locator("details.kinds").inner_text()
        for name, cells in rows.items():
            for item, cell in zip(judged, cells, strict=True):
                row = (item.traits or {})["combined" if name == "several kinds at once" else name]
                assert (cell == "✓") == (row["passed"] == row["total"])
                assert cell == "✓" or f"{row['passed']}/{row['total']}" in cell
    assert ".kinds" not in html.render(RIGHT).partition("</style>")[2]
    assert "Which kinds" not in html.render(RIGHT)


def test_no_code_is_cut_off_on_a_phone(tmp_path: Path) -> None:
    code = "def f():\n    return " + "x + " * 80 + "x" + "\n" * 40 + "    # end"
    long = replace(WRONG, listings=(Listing("conv_forward_naive", 1, code),))
    with shown(long, tmp_path, width=390) as seen:
        cut = "one => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1"
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
        seen.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
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
        ink = seen.page.evaluate(INK)
        seen.page.emulate_media(media="print", color_scheme="dark")  # paper is light
        assert seen.page.evaluate(INK) == ink


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
        assert loss.get_by_text("The smallest failing case found").is_visible()


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


def test_in_a_notebook_the_page_is_framed_and_its_links_stay_in_the_frame(tmp_path: Path) -> None:
    framed = grader.GradeReport.of(report((lost("dx", 0, None),)))
    (tmp_path / "notebook.html").write_text(f"<!doctype html><p>Out [1]:</p>{framed._repr_html_()}")
    with opened(tmp_path / "notebook.html") as seen:
        page = seen.page.frames[1]
        page.click("th a >> nth=-1")
        page.wait_for_url("about:srcdoc#loss-1", timeout=10_000)
        assert seen.console == []
