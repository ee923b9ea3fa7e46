"""Every form of a report takes whatever numbers, shapes and names a submission gives: no value stops a report."""

import csv
import json
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from grader.classroom.attempts import Evidence
from grader.classroom.reports import write_report
from grader.classroom.store import Store
from grader.classroom.tables import write_tables
from grader.feedback.shown import plain
from grader.records import (
    FUNCTIONS,
    Array,
    Board,
    Doubt,
    Findings,
    GradeReport,
    Interval,
    Isolation,
    ItemResult,
    ReportVerdict,
    Row,
    Speed,
    Timing,
    Verdict,
    Who,
)
from grader.records.feedback import Example, Explanation, Listing, Mistake, Picture
from grader.reports import leaderboard, leaderboard_page, timing
from grader.reports.audience import for_student
from grader.reports.form import Beside, find_form
from grader.reports.forms import html, markdown, terminal
from grader.reports.forms import json as json_form
from grader.reports.index import ClassIndex
from grader.reports.summary import ClassSummary
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from reference.conv2d import OPERATOR
from tests.test_hostile_content import FORBIDDEN

RUBRIC = load_rubric(DEFAULT_RUBRIC)
NUMBERS = st.one_of(
    st.floats(),
    st.sampled_from([1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308, 5e-324, -5e-324, -0.0, 2.0**53]),
)
POINTS = st.floats(0, 1e6)
"""A rubric gives no others."""
DTYPES = ("f2", "f4", "f8", "i1", "i8", "u1", "u8", "b1")
LONGEST = 2**62 - 1
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
INTERVALS = st.builds(Interval, NUMBERS, NUMBERS, NUMBERS)
AXES = {"out": 4, "dx": 4, "dw": 4, "db": 1}


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...]) -> Array:
    """Arrays of every dtype that crosses from the sandbox."""
    values = np.array(draw(st.lists(NUMBERS, min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return values.reshape(shape).astype(draw(st.sampled_from(DTYPES)))


@st.composite
def explanations(draw: st.DrawFn) -> Explanation:
    """As `explain` makes them of an output that may hold anything."""
    output = draw(st.sampled_from(sorted(AXES)))
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=AXES[output], max_size=AXES[output])))
    expected, got = draw(arrays(shape)).astype(np.float64), draw(arrays(shape))
    odd = draw(st.sampled_from([None, (), (0, 3), (0, LONGEST), (2, 0, 1, LONGEST), (1,) * 32]))
    worst = tuple(draw(st.integers(0, size - 1)) for size in shape)
    inputs = {name: plain(draw(arrays((1, 2, 2, 2)))) for name in ("x", "w", "b", "dout")}
    sizes = dict.fromkeys(("N", "C", "F", "H", "W", "HH", "WW", "stride", "pad"), 1)
    example = Example(
        "forward" if output == "out" else "backward", output, sizes, draw(st.sampled_from(DTYPES)), inputs,
        plain(expected), None if odd else plain(got), shape, odd if odd else got.shape, None if odd else worst,
        draw(TEXTS), draw(TEXTS),
    )  # fmt: skip
    lines = tuple(draw(st.lists(st.integers(1, 9))))
    bug, title, why, where, hint = (draw(TEXTS) for _ in range(5))
    mistake = Mistake(bug, title, why, where, hint, draw(st.floats(0, 1)), lines)
    drawn = Picture(sizes, plain(expected, 4), plain(got, 4), worst)
    return Explanation(
        output,
        tuple(draw(st.lists(TEXTS, max_size=2))),
        draw(st.none() | st.just(mistake)),
        draw(st.none() | st.just(example)),
        draw(st.none() | st.just(drawn)),
    )


SPEEDS = st.builds(
    Speed, INTERVALS, NUMBERS, NUMBERS, st.integers(0, 99), st.booleans(), st.booleans(),
    st.lists(st.sampled_from(Doubt)).map(tuple), st.integers(1, 2), NUMBERS, NUMBERS, NUMBERS, st.none() | NUMBERS,
    st.none() | NUMBERS, st.lists(NUMBERS, min_size=1, max_size=6).map(tuple),
)  # fmt: skip
TRAITS = st.dictionaries(TEXTS, st.fixed_dictionaries({"passed": st.integers(0, 3), "total": st.integers(3, 4)}))


@st.composite
def items(draw: st.DrawFn, points: st.SearchStrategy[float]) -> ItemResult:
    numbers = {"worst_index": [0], "expected": draw(NUMBERS), "got": draw(NUMBERS), "message": draw(TEXTS)}
    shapes = {"x": (0, LONGEST), "w": (), "dout": (1,)}
    case = {"shapes": shapes, "conv_param": {"pad": 0}, "dtype": draw(TEXTS), "special": [draw(TEXTS)], **numbers}
    return ItemResult(
        draw(TEXTS), draw(TEXTS), "correctness", draw(st.none() | points), draw(points),
        draw(st.sampled_from(Verdict)), draw(st.booleans()), draw(st.none() | TEXTS), draw(st.none() | TEXTS),
        draw(st.none() | TRAITS), draw(st.none() | st.just(case)), draw(st.none() | explanations()),
        draw(st.sampled_from(("visible", "hidden"))),
    )  # fmt: skip


@st.composite
def reports(draw: st.DrawFn, points: st.SearchStrategy[float] = POINTS) -> GradeReport:
    return GradeReport(
        Who(draw(TEXTS), draw(TEXTS), draw(TEXTS)), draw(TEXTS), draw(st.sampled_from(ReportVerdict)),
        draw(st.none() | TEXTS), draw(st.none() | points), draw(points),
        tuple(draw(st.lists(items(points), max_size=3))),
        draw(st.none() | st.dictionaries(st.sampled_from(FUNCTIONS), SPEEDS, min_size=1)),
        draw(TEXTS), Isolation(), draw(st.integers(0, 2**63 - 1)), {"name": draw(TEXTS), "sha256": "5"},
        {"grader": "1"}, draw(TEXTS), draw(points), OPERATOR.terms,
        tuple(draw(st.lists(TEXTS, max_size=2))),
        tuple(draw(st.lists(st.builds(Listing, TEXTS, st.integers(1, 9), TEXTS), max_size=2))), draw(st.none() | TEXTS),
    )  # fmt: skip


ROWS = st.builds(
    Row, st.integers(1, 9), st.booleans(), TEXTS, NUMBERS, NUMBERS, st.none() | INTERVALS, st.none() | INTERVALS,
    st.none() | INTERVALS, st.booleans(),
)  # fmt: skip
BOARDS = st.builds(
    Board, TEXTS, st.sampled_from(("speed", "score")), st.sampled_from([("forward",), ("forward", "backward")]),
    st.just("real"), st.lists(ROWS, max_size=3).map(tuple), st.just((("not timed", 1),)),
    st.lists(NUMBERS).map(tuple), st.lists(NUMBERS).map(tuple), NUMBERS, st.none() | INTERVALS,
    st.just("convolution"),
)  # fmt: skip


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def strictly(text: str) -> Any:
    return json.loads(text, parse_constant=refuse)


def clean(text: str) -> str:
    """A text in which nothing controls a terminal or turns what follows."""
    assert FORBIDDEN.search(text) is None
    return text


def summary(report: GradeReport) -> str:
    whole = ClassSummary({})
    whole.add(report)
    return clean(whole.render())


def index(report: GradeReport) -> str:
    with ClassIndex("a class") as whole:
        whole.add(report, "reports/a.html")
        return clean("".join(whole.pieces()))


RATIOS = [0.0, float("inf"), float("nan"), 5e-324, 1.7e308, 1.0]
FORMS: dict[str, Callable[[GradeReport], object]] = {
    "terminal": lambda report: [clean(terminal.render(report, verbosity)) for verbosity in (-1, 0, 1)],
    "json": lambda report: strictly(clean(json_form.render(report, []))),
    "markdown": lambda report: clean(markdown.render(report)),
    "html": lambda report: clean(html.render(report, {(None, "forward"): RATIOS})),
    "summary": summary,
    "index": index,
    "gradescope": lambda report: strictly(find_form("gradescope").render(report, Beside())),
    "prairielearn": lambda report: clean(
        strictly(find_form("prairielearn").render(report, Beside())).get("output", "")
    ),
    "junit": lambda report: ET.fromstring(clean(find_form("junit").render(report, Beside()))),
    "autolab": lambda report: clean(find_form("autolab").render(report, Beside())),
}


@pytest.mark.slow
@given(report=reports())
def test_every_form_of_a_report_takes_every_number(report: GradeReport) -> None:
    """One test for all: to make a report takes longer than to render it."""
    for name, form in FORMS.items():
        note(name)
        form(report)
        form(for_student(report))


@pytest.mark.slow
@given(report=reports())
def test_results_folder_takes_every_number(tmp_path_factory: pytest.TempPathFactory, report: GradeReport) -> None:
    folder = tmp_path_factory.mktemp("results")
    write_report(folder, report)
    with write_tables(folder, RUBRIC, {}) as add:
        add(report)
    strictly((folder / "grades.json").read_text())
    with (folder / "grades.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert not {"inf", "-inf", "nan"} & {row["score"], row["ratio_forward"]}


@given(report=reports(), message=st.text("a\n\r\u2028\x1b"))
def test_quiet_report_is_one_line_whatever_the_message(report: GradeReport, message: str) -> None:
    assert "\n" not in terminal.render(replace(report, message=message), -1)


_ONE, _NONE = Interval(1.0, 1.0, 1.0), Interval(0.0, 0.0, 0.0)
_ROW = Row(1, False, "", 0.0, 0.0, _ONE, None, None, False)


@given(board=BOARDS)
@example(Board("", "speed", ("forward",), "real", (_ROW,), (), (), (), 0.0, _NONE, "", "", ""))
def test_every_form_of_a_leaderboard_takes_every_number(board: Board) -> None:
    for form in (leaderboard.terminal, leaderboard.markdown, leaderboard.fragment, leaderboard.latex, leaderboard.csv):
        form(board)
    strictly(leaderboard.json(board))
    leaderboard_page.render(board)


@given(st.lists(st.builds(Timing, TEXTS, st.just("forward"), st.sampled_from(Verdict), st.none() | SPEEDS), max_size=2))
def test_every_form_of_a_timing_takes_every_number(timings: list[Timing]) -> None:
    timing.terminal("a", timings, {each.item: "w" for each in timings})
    strictly(timing.as_json("a", timings))
    timing.spread([timings, timings])


@pytest.mark.slow
@given(report=reports(), why=explanations())
def test_store_takes_every_number_of_a_submission(
    tmp_path_factory: pytest.TempPathFactory, report: GradeReport, why: Explanation
) -> None:
    report = replace(report, speed=None)
    findings = Findings(ReportVerdict.GRADED, explanations=(why,), timings=(Timing("a", "forward", Verdict.PASSED),))
    with closing(Store(tmp_path_factory.mktemp("results"))) as store:
        store.add(Evidence("sha", "key", findings), report)
        attempt = store.latest_of(report.who.id)
        assert attempt is not None
        terminal.render(attempt.report, 1)
        html.render(attempt.report)
        assert len(attempt.findings.explanations) == 1


@given(st.sampled_from([(2,), (1, 2), (2, 1, 1, 2), (0, 3), (2, 0)]).flatmap(arrays), st.none() | st.integers(1, 4))
def test_arrays_as_plain_data_are_finite(values: Array, digits: int | None) -> None:
    strictly(json.dumps(plain(values, digits)))
