"""The ranking is a law of the intervals; the forms show the same rows and let nothing through unescaped."""

import csv
import io
import json
import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from grader.classroom.board import public_board
from grader.classroom.folder import open_results
from grader.classroom.leaderboard import Names, rank
from grader.classroom.pseudonyms import default_key, load_key, pseudonym
from grader.classroom.roll import Roll
from grader.records import (
    Board,
    Doubt,
    GradeReport,
    Interval,
    Isolation,
    ItemResult,
    Lateness,
    Override,
    ReportVerdict,
    Speed,
    Verdict,
    Who,
)
from grader.reports import leaderboard as forms
from grader.reports import leaderboard_page
from grader.rubric.model import Rubric
from grader.rubric.reading import DEFAULT_RUBRIC
from reference.conv2d import OPERATOR
from tests.cli import SUBMISSIONS, grade, grade_in_a_process
from tests.rubrics import one_operator
from tests.test_batch import QUICKLY_TIMED, RUBRIC, SAMPLE
from tests.test_sources import write

HOSTILE = [
    "=cmd|'x'",
    "a|b `c`",
    "<script>alert(1)</script>",
    "new\nline\x1b[31m",
    "\u202eltr",
    "x" * 300,
    '"&<b>',
    "$_%",
]


def speed(ratio: float, width: float = 0.02) -> Speed:
    interval = Interval(ratio, ratio * (1 - width), ratio * (1 + width))
    return Speed(interval, 0.01 / ratio, 0.01, 15, False, True)


def graded(name: str, score: float | None = 90.0, ratios: Sequence[float] = (1.0, 1.0), **changes: Any) -> GradeReport:
    """A report of a submission that is right, with these ratios of forward and backward."""
    item = ItemResult("forward", "forward", "correctness", 35.0, 35.0, Verdict.PASSED)
    report = GradeReport(
        who=Who(name, name, f"/hidden/{name}.py"),
        sha256="feedface",
        verdict=ReportVerdict.GRADED,
        message=None,
        score=score,
        max_score=100.0,
        items=(item,),
        speed=dict(zip(("forward", "backward"), map(speed, ratios), strict=False)) or None,
        stdout="",
        isolation=Isolation(),
        seed=1,
        rubric={"name": "r", "sha256": "5"},
        versions={},
        started_at="",
        wall_s=1.0,
        terms=OPERATOR.terms,
    )
    return replace(report, **changes)


def rubric(**settings: str) -> Rubric:
    loaded = one_operator(DEFAULT_RUBRIC)
    return loaded.model_copy(update={"leaderboard": loaded.leaderboard.model_copy(update=settings)})


def board(reports: Sequence[GradeReport], names: Names = "real", **settings: str) -> Board:
    return rank(Roll.of(reports, rubric(**settings)), names=names, secret=b"k" * 32)


intervals = st.tuples(st.floats(0.001, 10), st.floats(0, 0.5)).map(lambda pair: speed(*pair))


@given(st.lists(intervals, max_size=12))
def test_ranks_follow_the_intervals(speeds: list[Speed]) -> None:
    reports = [graded(f"s{i}", ratios=(), speed={"forward": s, "backward": s}) for i, s in enumerate(speeds)]
    rows = board(reports).rows
    assert len(rows) == len(speeds)
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    for row in rows:
        for other in rows:
            assert row.speed is not None
            assert other.speed is not None
            if row.speed.low <= other.speed.high and other.speed.low <= row.speed.high:
                assert row.rank == other.rank
            if row.rank < other.rank:
                assert row.speed.low > other.speed.high
        assert row.rank == 1 + sum(other.rank < row.rank for other in rows)
        assert row.tied == (sum(other.rank == row.rank for other in rows) > 1)


def test_a_chain_of_overlaps_shares_a_rank() -> None:
    reports = [graded("a", ratios=(1.0, 1.0)), graded("b", ratios=(1.03, 1.03)), graded("c", ratios=(1.06, 1.06))]
    assert [(row.name, row.rank) for row in board([*reports, graded("d", ratios=(2, 2))]).rows] == [
        ("d", 1), ("c", 2), ("b", 2), ("a", 2),
    ]  # fmt: skip


def test_scatter_gains_no_rank_and_ties_nobody() -> None:
    """With its whole interval, from 0.081 to 0.64, it would be one of six that are first."""
    noisy = Speed(Interval(0.297, 0.081, 0.64), 0.03, 0.01, 15, extrapolated=False, stable=False, doubts=(Doubt.WIDE,))
    reports = [graded(f"s{ratio}", ratios=(ratio, ratio)) for ratio in (0.6, 0.5, 0.3, 0.2, 0.1)]
    reports.append(graded("noisy", ratios=(), speed={"forward": noisy, "backward": noisy}))
    shown = board(reports)
    assert [(row.name, row.rank, row.tied) for row in shown.rows] == [
        ("s0.6", 1, False), ("s0.5", 2, False), ("s0.3", 3, True), ("noisy", 3, True), ("s0.2", 5, False),
        ("s0.1", 6, False),
    ]  # fmt: skip
    for form in ("terminal", "html"):
        assert "reaches no farther than 5 % to each side" in " ".join(render(shown, form).split())


@pytest.mark.parametrize("stable", [True, False])
def test_what_differs_from_run_to_run_decides_no_rank(stable: bool) -> None:
    """The interval of one measurement is that of its own scatter alone."""
    found = {name: replace(speed(ratio, 0.001), stable=stable) for name, ratio in (("a", 1.0), ("b", 0.9), ("c", 0.75))}
    shown = board([graded(name, speed={"forward": each, "backward": each}) for name, each in found.items()])
    assert [(row.name, row.rank) for row in shown.rows] == [("a", 1), ("b", 1), ("c", 3)]
    for form in ("terminal", "html"):
        words = " ".join(render(shown, form).split()).replace("&#39;", "'")
        assert "counting the 6 % by which a program's speed differs from run to run" in words


def test_speed_is_the_geometric_mean() -> None:
    (row,) = board([graded("a", ratios=(0.5, 2.0))]).rows
    assert row.speed is not None
    assert row.speed.median == pytest.approx(1.0)
    assert row.speed.low == pytest.approx(math.sqrt(0.5 * 0.98 * 2 * 0.98))
    assert (row.forward, row.backward) == (speed(0.5).ratio, speed(2.0).ratio)


def test_only_right_and_timed_submissions_are_ranked_by_speed() -> None:
    wrong = ItemResult("dx", "dx", "correctness", 10.0, 20.0, Verdict.PARTIAL)
    slow_item = ItemResult("speed-forward", "speed", "speed", 0.0, 10.0, Verdict.PARTIAL)
    reports = [
        graded("right", items=(slow_item,)),
        graded("wrong", items=(wrong,)),
        graded("half", ratios=(1.0,)),
        graded("rejected", 0.0, verdict=ReportVerdict.REJECTED, speed=None),
        graded("ours", score=None, verdict=ReportVerdict.JUDGE_ERROR, speed=None),
    ]
    found = rank(Roll.of(reports, rubric()), names="real", left_out=2)
    assert [row.name for row in found.rows] == ["right"]
    assert dict(found.left_out) == {
        "not right everywhere": 1, "not timed": 1, "could not be graded": 2, "graded by another rubric": 2,
    }  # fmt: skip
    assert found.marks == (0.0, 90.0, 90.0, 90.0)
    everyone = board(reports, eligible="all", rank_by="score").rows
    assert [row.name for row in everyone] == ["right", "wrong", "half"]
    assert [row.rank for row in everyone] == [1, 1, 1]


def test_best_or_latest_attempt() -> None:
    wrong = ItemResult("dx", "dx", "correctness", 10.0, 20.0, Verdict.PARTIAL)
    attempts = [
        graded("a", 95, (2.0, 2.0)),
        graded("b", 80, (1.5, 1.5)),
        graded("a", 99, (1.0, 1.0)),
        graded("c", 99, (3.0, 3.0)),
        graded("c", 70, (3.0, 3.0), items=(wrong,)),
    ]
    assert [(row.name, row.score) for row in board(attempts).rows] == [("c", 99), ("a", 95), ("b", 80)]
    assert [(row.name, row.score) for row in board(attempts, attempt="latest").rows] == [("b", 80), ("a", 99)]
    by_score = board(attempts, rank_by="score").rows
    assert [(row.name, row.rank) for row in by_score] == [("c", 1), ("a", 1), ("b", 3)]
    assert board(attempts).marks == (70, 80, 99)


@given(st.text(max_size=20), st.text(max_size=20), st.binary(min_size=32, max_size=32))
def test_pseudonyms_are_stable_and_keyed(one: str, two: str, secret: bytes) -> None:
    assert pseudonym(secret, one) == pseudonym(secret, one)
    assert (pseudonym(secret, one) == pseudonym(secret, two)) == (one == two)
    assert pseudonym(secret, one) != pseudonym(secret[::-1] + b"x", one)


def test_order_of_equals_tells_nothing_where_names_are_hidden() -> None:
    """No one's place among twenty equals follows from the real name."""
    reports = [graded(chr(97 + i)) for i in range(20)]
    orders = [
        [row.name for row in rank(Roll.of(reports, rubric()), names="pseudonymous", secret=bytes([i]) * 32).rows]
        for i in range(3)
    ]
    real = [[pseudonym(bytes([i]) * 32, chr(97 + j)) for j in range(20)] for i in range(3)]
    assert all(order not in (names, names[::-1]) for order, names in zip(orders, real, strict=True))
    places = [[order.index(name) for name in names] for order, names in zip(orders, real, strict=True)]
    assert places[0] != places[1] != places[2]


@pytest.mark.parametrize("names", ["pseudonymous", "anonymous"])
@pytest.mark.parametrize("form", ["terminal", "markdown", "fragment", "latex", "csv", "json", "html"])
def test_hidden_names_are_nowhere(names: Names, form: str) -> None:
    reports = [graded("alice", ratios=(2, 2)), graded("bob", ratios=(1, 1))]
    text = render(board(reports, names), form)
    assert "alice" not in text
    assert "/hidden/" not in text
    assert "feedface" not in text
    assert ("no. 1" if names == "anonymous" else pseudonym(b"k" * 32, "alice")) in text


def test_pseudonyms_are_never_cut_and_real_names_are_where_they_have_to_be() -> None:
    reports = [graded("alice " * 9, 12.25, ratios=(1234567.0, 1234567.0))]
    for width in (40, 60, 80):
        assert pseudonym(b"k" * 32, "alice " * 9) in forms.terminal(board(reports, "pseudonymous"), width)
    table = forms.terminal(board(reports, "real"), 60).partition("baseline time")[0]
    assert "alice alice alice " not in table
    assert "  1  ali\N{HORIZONTAL ELLIPSIS} " in table


def render(shown: Board, form: str) -> str:
    return leaderboard_page.render(shown) if form == "html" else str(getattr(forms, form)(shown))


def test_every_form_shows_the_same_rows() -> None:
    shown = board([graded(f"s{i}", 90 - i, (10.0 / (i + 1), 1.0)) for i in range(5)])
    names = [row.name for row in shown.rows]
    rows = list(csv.DictReader(io.StringIO(forms.csv(shown))))
    assert [row["name"] for row in rows] == names
    assert [float(row["speed"]) for row in rows] == [row.speed.median for row in shown.rows if row.speed]
    plain = json.loads(forms.json(shown))
    assert [row["name"] for row in plain["rows"]] == names
    assert plain["rows"][0]["forward"] == {"ratio": 10.0, "low": 9.8, "high": 10.2}
    for form in ("terminal", "markdown", "fragment", "latex", "html"):
        text = render(shown, form)
        places = [text.index(name) for name in names]
        assert places == sorted(places), form


def test_names_are_escaped_in_every_form() -> None:
    shown = board([graded(name, ratios=(1 + i, 1 + i)) for i, name in enumerate(HOSTILE)])
    for form in ("terminal", "markdown", "fragment", "latex", "csv", "json", "html"):
        text = render(shown, form)
        assert "\x1b" not in text
        assert "\u202e" not in text
        if form in ("fragment", "html", "markdown"):
            assert "<script>alert" not in text
            assert "<b>" not in text
    cells = [cell for row in csv.reader(io.StringIO(forms.csv(shown))) for cell in row]
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    assert max(map(len, forms.terminal(shown).split("\n"))) <= 80
    assert all(line.replace("\\|", "").count("|") == 8 for line in forms.markdown(shown).split("\n"))
    assert r"\<script\>" in forms.markdown(shown)
    assert r"\$\_\%" in forms.latex(shown)
    for form in ("fragment", "html"):
        seen = _Cells()
        seen.feed(render(shown, form))
        assert '"&<b>' in seen.texts


class _Cells(HTMLParser):
    """The texts of a page as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def handle_data(self, data: str) -> None:
        self.texts.add(data.strip())


def test_marks_of_different_maxima_are_told_with_their_own() -> None:
    reports = [graded("a", 99.0), graded("b", 93.0, max_score=95.0)]
    assert "of 100" in forms.terminal(board(reports[:1]))
    shown = forms.terminal(board(reports))
    assert ("of 100" in shown, "99/100" in shown, "93/95" in shown) == (False, True, True)


def test_points_of_hidden_items_do_not_show_through_a_board() -> None:
    """Neither their sum with the others is told, nor a rank by it."""
    seen = ItemResult("forward", "forward", "correctness", 30.5, 35.0, Verdict.PASSED)
    hidden = ItemResult("dx", "dx", "correctness", 50.0, 65.0, Verdict.PASSED, visibility="hidden")
    reports = [
        graded("a", 80.5, items=(seen, hidden)),
        graded("b", 50.0, items=(replace(seen, points=35.0), replace(hidden, points=15.0))),
    ]
    shown = board(reports, rank_by="score")
    assert [(row.name, row.rank, row.score, row.max_score) for row in shown.rows] == [
        ("b", 1, 35.0, 35.0),
        ("a", 2, 30.5, 35.0),
    ]
    assert shown.marks == (30.5, 35.0)
    assert "of 35" in forms.terminal(shown)
    late = replace(reports[0], late=Lateness(3600, 1, 10, 8.05))
    decided = replace(reports[1], score=20.0, overrides=(Override(None, 20.0, "copied", "Kim", ""),))
    shown_late, shown_decided = board([late, decided], rank_by="score").rows
    assert (shown_late.score, shown_decided.score) == (27.45, 7.0)  # 10 % less, and 20 of 100
    assert not [form for form in ("terminal", "html", "markdown") if "80.5" in render(shown, form)]


def test_speed_of_hidden_items_is_on_no_board() -> None:
    loaded = rubric()

    def shown(*hidden: str) -> Board:
        items = (i.model_copy(update={"visibility": "hidden"}) if i.id in hidden else i for i in loaded.items)
        given = loaded.model_copy(update={"items": tuple(items)})
        judged = graded("a").items
        judged += tuple(ItemResult(id, id, "speed", 1.0, 10.0, Verdict.PASSED, visibility="hidden") for id in hidden)
        reports = [graded(name, ratios=ratios, items=judged) for name, ratios in (("a", (1.0, 4.0)), ("b", (2.0, 0.5)))]
        return rank(Roll.of(reports, given), names="real")

    assert [(row.name, row.backward is None) for row in shown().rows] == [("a", False), ("b", False)]
    one = shown("speed-backward")
    assert one.timed == ("forward",)
    assert [(row.name, row.backward, row.speed == row.forward) for row in one.rows] == [
        ("b", None, True), ("a", None, True)
    ]  # fmt: skip
    none = shown("speed-forward", "speed-backward")
    assert (none.rows, none.left_out) == ((), (("speed is hidden", 2),))
    for form in ("terminal", "html", "markdown", "fragment", "latex"):
        assert "Nobody is ranked." in render(none, form)


def test_nobody_ranked_is_said() -> None:
    empty = board([graded("a", verdict=ReportVerdict.REJECTED, speed=None)])
    for form in ("terminal", "html", "markdown", "fragment", "latex"):
        assert "Nobody is ranked." in render(empty, form)
    for form in ("terminal", "html"):
        assert "1 could not be graded" in render(empty, form)


def test_remarks_are_true_of_the_board() -> None:
    loaded = rubric()
    forward_only = loaded.model_copy(update={"items": tuple(i for i in loaded.items if i.id != "speed-backward")})
    shown = rank(Roll.of([graded("a", ratios=(1.0,))], forward_only), names="real")
    assert "its time of forward." in forms.terminal(shown)
    page = leaderboard_page.render(shown)
    assert "of forward" in page
    assert not any(f">{column}</button>" in page for column in ("forward", "backward"))  # the speed is that of one
    assert "geometric" not in forms.terminal(shown) + leaderboard_page.render(shown)
    assert "overlap" not in forms.terminal(board([graded("a")], rank_by="score"))


def test_header_says_when_and_by_which_rubric() -> None:
    reports = [graded("a", started_at=f"2026-02-0{day}T10:20:30+00:00") for day in (3, 1)]
    shown = board([*reports, graded("b", started_at="2026-02-02T08:00:00+00:00")], attempt="latest")
    said = f"Last graded 2026-02-02 08:00 UTC; rubric {rubric().sha256[:12]}"
    assert forms.terminal(shown).splitlines()[1] == said
    assert said in leaderboard_page.render(shown)


def test_without_timings_there_are_no_columns_of_speeds() -> None:
    shown = board([graded("a", ratios=()), graded("b", ratios=())], rank_by="score")
    for form in ("terminal", "markdown", "fragment", "latex"):
        text = render(shown, form)
        assert [word for word in ("interval", "forward", "backward", "fwd", "bwd", "baseline") if word in text] == []
        assert "rank" in text


def test_names_have_the_room_of_a_wide_terminal() -> None:
    shown = board([graded("x" * 60, ratios=(1, 1))])
    longest = {width: max(map(len, forms.terminal(shown, width).splitlines())) for width in (70, 80, 100)}
    assert longest[70] <= 70 < longest[80] <= 80 < longest[100] <= 100


def test_wide_characters_keep_to_the_width() -> None:
    shown = board([graded("张伟" * 20, ratios=(1, 1)), graded("a\tb", ratios=(2, 2))])
    assert max(map(cell_len, forms.terminal(shown).split("\n"))) <= 80
    assert "\t" not in forms.terminal(shown)


def test_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = default_key()
    key, is_new = load_key(path)
    assert is_new
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_key(path) == (key, False)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class, graded twice: bob's second attempt is faster, and carol is wrong."""
    root = tmp_path_factory.mktemp("board")
    folder = write(root / "class", {"al.py": SAMPLE["alice"], "bob.py": SAMPLE["bob"], "carol.py": SAMPLE["carol"]})
    rubric = root / "rubric.yaml"
    rubric.write_text(QUICKLY_TIMED)
    grade(folder, "--rubric", rubric, "--out", root / "out")
    (folder / "bob.py").write_text(SAMPLE["oscar"])
    grade(folder, "--rubric", rubric, "--out", root / "out", "--no-timing")
    return root / "out"


def test_command_ranks_the_best_timed_attempt(results: Path) -> None:
    done = grade_in_a_process("leaderboard", results, "--format", "json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert [(row["name"], row["rank"]) for row in shown["rows"]] == [("al", 1), ("bob", 2)]
    assert shown["rows"][1]["speed"]["ratio"] < 0.05  # the loops of the first attempt: the second was not timed
    assert shown["left_out"] == {"not right everywhere": 1}
    assert 0.0001 < shown["loops"]["ratio"] < 0.05
    assert "Nested Python loops: 0.0" in grade("leaderboard", results).stdout


def test_public_board_does_not_name_whose_marks_are_lacking(results: Path) -> None:
    shown = json.loads(grade("leaderboard", results, "--format", "json").stdout)
    assert shown["not_ranked"] == {"not right everywhere": ["carol"]}
    with open_results(results) as store:
        public = public_board(store)
    assert public is not None
    assert public.left_out == (("not right everywhere", 1),)
    assert "carol" not in forms.json(public)


def test_command_writes_files_and_keeps_names(results: Path, tmp_path: Path) -> None:
    page, key, legend = tmp_path / "board.html", tmp_path / "key", tmp_path / "legend.csv"
    common = ("leaderboard", results, "--names", "pseudonymous", "--key", key)
    done = grade(*common, "--format", "html", "--out", page, "--legend", legend)
    assert done.returncode == 0, done.stderr
    assert f"created a key for pseudonyms, {key}" in done.stderr
    assert done.stdout == ""
    rows = {row["id"]: row["pseudonym"] for row in csv.DictReader(legend.read_text().splitlines())}
    assert set(rows) == {"al", "bob", "carol"}
    assert rows["al"] in page.read_text()
    again = grade(*common)
    assert rows["al"][:10] in again.stdout
    assert again.stderr == ""
    assert "=no" not in grade("leaderboard", results, "--names", "anonymous").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--legend", "x.csv"), "--legend is for pseudonymous names"),
        (("--names", "pseudonymous", "--key", str(SUBMISSIONS / "bob.py")), "is not a key for pseudonyms"),
        (("--names", "pseudonymous", "--key", "/proc/nothing/key"), "cannot be read or made"),
        (("--out", "/proc/nothing/board.html"), "/proc/nothing/board.html: cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(results: Path, arguments: tuple[str, ...], message: str) -> None:
    done = grade("leaderboard", results, *arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_results_of_another_rubric_are_left_out_and_counted(tmp_path: Path) -> None:
    rubric, out = tmp_path / "rubric.yaml", tmp_path / "out"
    files = write(tmp_path / "class", {"a.py": SAMPLE["alice"], "b.py": SAMPLE["carol"]})
    rubric.write_text(RUBRIC + "leaderboard: {rank_by: score, eligible: all}\n")
    grade(files, "--rubric", rubric, "--out", out)
    assert [row["name"] for row in rows_of(out)] == ["a", "b"]
    rubric.write_text(rubric.read_text() + "items: [{id: db, kind: correctness, output: db, points: 60}]\n")
    grade(files / "b.py", "--rubric", rubric, "--out", out, "--add")
    assert [(row["name"], row["max_score"]) for row in rows_of(out)] == [("a", 154), ("b", 154)]  # marked again
    rubric.write_text(rubric.read_text() + "seed: 5\n")
    grade(files / "a.py", "--rubric", rubric, "--out", out, "--add")
    assert [row["name"] for row in rows_of(out)] == ["a"]
    assert "Not ranked: 1 graded by another rubric." in grade("leaderboard", out).stdout


def rows_of(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(grade("leaderboard", out, "--format", "json").stdout)["rows"]
    return rows


def test_results_of_an_older_schema_are_brought_up(tmp_path: Path) -> None:
    rubric, out = tmp_path / "rubric.yaml", tmp_path / "out"
    rubric.write_text(RUBRIC + "leaderboard: {rank_by: score}\n")
    files = write(tmp_path / "class", {"a.py": SAMPLE["alice"], "b.py": SAMPLE["leo"]})
    grade(files, "--rubric", rubric, "--out", out)
    with closing(sqlite3.connect(out / "results.sqlite")) as database, database:
        database.executescript(
            "DROP TABLE runs; DROP TABLE landmarks; ALTER TABLE attempts DROP COLUMN functions_key;"
            "ALTER TABLE attempts DROP COLUMN is_written; ALTER TABLE attempts DROP COLUMN root; DROP TABLE roots;"
            "DROP TABLE secrets; DROP TABLE overrides; DROP TABLE extensions; DROP TABLE considered;"
            "DROP TABLE retimes;"
            "PRAGMA application_id = 0; PRAGMA user_version = 1"
        )
    done = grade("leaderboard", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert "was graded by an older convgrade; grade the class again" in done.stderr
    assert "2 kept" in grade(files, "--rubric", rubric, "--out", out).stderr
    assert [row["name"] for row in rows_of(out)] == ["a"]
