"""What a wrong submission is told: the smallest failing case, as code that shows it, the same every time."""

import contextlib
import io
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.feedback.explain import explain
from grader.judging.ahead import Ahead
from grader.pipeline import Grader, Options
from grader.records import GradeReport, Verdict
from grader.records.feedback import Example, Explanation
from grader.reports.forms import html, json, markdown, terminal
from grader.reports.losses import losses
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.session import Session
from grader.sources import find_entries
from tests.cli import ROOT, kept_zygotes
from tests.injected import RIGHT, programs

SAMPLES = ROOT / "submissions"
NAMED = {
    "carol": {"dx": "dx-crop-slice"},
    "dave": {"forward": "out-width-from-height"},
    "erin": {"dx": "dx-crop-one"},
    "frank": {"dx": "bwd-stride-ignored", "dw": "bwd-stride-ignored"},
    "heidi": {"forward": "out-same-size"},
    "judy": {"forward": "out-no-bias"},
    "kim": {"forward": "out-float32"},
    "mia": {"dx": "dx-overwritten"},
}
"""The mistakes of the samples that the bank knows, by item."""
CUT_OFF = "The padding is cut off with a slice that is empty at pad 0"
SILENT = {"starter"}
"""Wrong, but there is nothing to show."""


@pytest.fixture(scope="module", autouse=True)
def grader() -> Iterator[Grader]:
    """One for all of them, as in the run of a class."""
    with _grader() as grader:
        yield grader
    _grader.cache_clear()


@cache
def _grader() -> Grader:
    return Grader(load_rubric(DEFAULT_RUBRIC), Options(timing=False))


@cache
def graded(*paths: Path) -> dict[str, GradeReport]:
    return {entry.id: _grader().grade(entry) for entry in find_entries(paths)}


def explanations(report: GradeReport) -> Iterator[tuple[str, Explanation]]:
    for item in report.items:
        if item.kind == "correctness" and item.explanation is not None:
            yield item.id, item.explanation


def numbers(values: Any) -> int:
    return sum(map(numbers, values)) if isinstance(values, list) else 1


def test_mistakes_of_the_samples_are_named() -> None:
    for name, report in graded(SAMPLES).items():
        found = {item: e.mistake.bug for item, e in explanations(report) if e.mistake is not None}
        assert found == NAMED.get(name, {}), name


@pytest.mark.parametrize(("name", "text"), [("carol", "pad:-pad"), ("mia", "dx_pad[n, :, rows, columns] = ")])
def test_line_to_look_at_is_the_one(name: str, text: str) -> None:
    found = dict(explanations(graded(SAMPLES)[name]))["dx"].mistake
    assert found is not None
    lines = (SAMPLES / f"{name}.py").read_text().split("\n")
    assert found.lines
    assert all(text in lines[number - 1] for number in found.lines)


def test_right_outputs_are_not_explained() -> None:
    for name, report in graded(SAMPLES).items():
        explained = {item for item, _ in explanations(report)}
        wrong = {i.id for i in report.items if i.kind == "correctness" and i.verdict is not Verdict.PASSED}
        assert explained == wrong, name


def examples() -> list[tuple[str, str, Example]]:
    found = []
    for name, report in graded(SAMPLES).items():
        for item, explanation in explanations(report):
            if name not in SILENT:
                assert explanation.example is not None, (name, item)
                found.append((name, item, explanation.example))
    return found


def test_counterexamples_of_the_samples_are_small_and_mostly_zeros_and_ones() -> None:
    for name, item, example in examples():
        assert sum(numbers(values) for values in example.inputs.values()) <= 40, (name, item)
    assert len(examples()) >= 10


def nonzero(values: Any) -> bool:
    return any(map(nonzero, values)) if isinstance(values, list) else bool(values)


def test_example_is_not_all_zeros_where_the_mistake_gives_numbers() -> None:
    """Zeros look as if nothing were computed, or all were cut off, whatever mistake is named beside them."""
    got = {(name, item): example.got for name, item, example in examples() if example.got is not None}
    assert [key for key, values in got.items() if not nonzero(values)] == [("carol", "dx")]  # cuts off all there is
    assert len(got) >= 8
    erin = dict(explanations(graded(SAMPLES)["erin"]))["dx"].example
    assert erin is not None
    assert erin.sizes["pad"] == 2  # one row is cut off of two; at pad 0 an empty result would be that of `p:-p`


def test_example_of_two_mistakes_shows_both_or_that_of_which_something_is_left(tmp_path: Path) -> None:
    (overwritten,) = (p.code for p in programs() if (p.bug, p.structure) == ("dx-overwritten", "loops"))
    cut = "dxp[:, :, p : p + H, p : p + W]"
    (tmp_path / "slice.py").write_text(overwritten.replace(cut, "dxp[:, :, p:-p, p:-p]"))
    (tmp_path / "start.py").write_text(overwritten.replace(cut, "dxp[:, :, :H, :W]"))
    shown = {}
    for name, report in graded(tmp_path).items():
        dx = dict(explanations(report))["dx"]
        assert dx.mistake is not None
        assert dx.mistake.bug.endswith("+dx-overwritten")
        assert dx.example is not None
        shown[name] = dx.example
    assert nonzero(shown["slice"].got)
    assert shown["start"].sizes["pad"] > 0
    assert shown["start"].sizes["stride"] < max(shown["start"].sizes["HH"], shown["start"].sizes["WW"])


def shown_wrong(snippet: str, code: str) -> bool:
    """Whether a snippet fails in a notebook in which this code was run."""
    names: dict[str, Any] = {"__name__": "notebook"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, names)
        try:
            exec(snippet, names)
        except Exception:  # a failed assert, or whatever the student's code raises: both show it
            return True
    return False


def test_snippets_fail_on_what_is_wrong_and_pass_on_what_is_right() -> None:
    right = (SAMPLES / "alice.py").read_text()
    for name, item, example in examples():
        assert shown_wrong(example.snippet, (SAMPLES / f"{name}.py").read_text()), (name, item)
        assert not shown_wrong(example.snippet, right), (name, item)
        assert example.snippet.count("assert ") == 1


def test_snippets_of_other_mistakes_work_too(tmp_path: Path) -> None:
    right = (SAMPLES / "alice.py").read_text()
    chosen = [program for program in programs() if program.structure == "taps"][::8]
    for program in chosen:
        (tmp_path / f"{program.bug}.py").write_text(program.code)
    shown = 0
    for name, report in graded(tmp_path).items():
        for item, explanation in explanations(report):
            assert explanation.mistake is None or explanation.mistake.title
            if explanation.example is not None:
                shown += 1
                assert shown_wrong(explanation.example.snippet, (tmp_path / f"{name}.py").read_text()), (name, item)
                assert not shown_wrong(explanation.example.snippet, right), (name, item)
                assert sum(numbers(values) for values in explanation.example.inputs.values()) <= 40
    assert shown >= 0.95 * len(chosen)


def test_same_failure_gives_the_same_explanation() -> None:
    with Grader(load_rubric(DEFAULT_RUBRIC), Options(timing=False)) as grader:
        for entry in find_entries([SAMPLES / "frank.py", SAMPLES / "mia.py", SAMPLES / "dave.py"]):
            assert list(explanations(grader.grade(entry))) == list(explanations(graded(SAMPLES)[entry.id]))


@pytest.mark.parametrize(
    ("line", "at_most"),
    [
        ("out[..., 6:] = 0", 30),  # a kernel of one: x is 1 by 7
        ("out = out * (1 + (w.shape[2] > 3))", 20),
        ("out = out * (1 + (x.shape[0] > 2 and x.shape[2] > 7))", 50),
        ("if x.shape[3] > 6: out[0, 0, 0, 0] = np.nan", 30),
        ("if x.shape[3] > 6: raise ValueError(x.shape)", 30),
    ],
)
def test_what_no_small_problem_shows_is_made_as_small_as_it_can_be(tmp_path: Path, line: str, at_most: int) -> None:
    code = RIGHT["taps"] + (
        "\nright = conv_forward_naive\n"
        "def conv_forward_naive(x, w, b, conv_param):\n"
        "    out, cache = right(x, w, b, conv_param)\n"
        f"    {line}\n"
        "    return out, cache\n"
    )
    found = []
    for number in range(2):
        path = tmp_path / f"s{number}.py"
        path.write_text(code)
        (report,) = graded(path).values()
        found.append(dict(explanations(report))["forward"].example)
    example, again = found
    assert example is not None
    assert example == again
    assert sum(numbers(values) for values in example.inputs.values()) <= at_most
    assert shown_wrong(example.snippet, code)
    assert not shown_wrong(example.snippet, (SAMPLES / "alice.py").read_text())


def test_example_never_has_more_numbers_than_the_case_it_comes_from(tmp_path: Path) -> None:
    """A smaller stride makes the upstream gradient larger, for which there may not even be room."""
    (tmp_path / "rubric.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: strides\ncases:\n  count: 16\n"
        "  ranges: {N: [1, 1], C: [1, 1], F: [64, 64], H: [121, 121], W: [121, 121], HH: [1, 1], WW: [1, 1],"
        " stride: [30, 30], pad: [0, 0]}\n  dtypes: [float64]\n"
    )
    (tmp_path / "s.py").write_text(
        RIGHT["taps"] + "\nright = conv_backward_naive\n"
        "def conv_backward_naive(dout, cache):\n"
        "    dx, dw, db = right(dout, cache)\n"
        "    return dx, dw * (1 + (cache[0].size * len(cache[1]) > 500_000)), db\n"
    )
    with Grader(load_rubric(tmp_path / "rubric.yaml"), Options(timing=False)) as grader:
        (entry,) = find_entries([tmp_path / "s.py"])
        report = grader.grade(entry)
    assert report.verdict == "graded", report.message
    assert dict(explanations(report))["dw"].example is None  # nobody would read so many numbers


FORWARD_LEAVES_NO_CACHE = """\
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    {pad}
    return np.zeros((len(x), len(w), (x.shape[2] - w.shape[2]) / s + 1)), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    xp = {windows}
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for i in {range}(dout.shape[2]):
        for j in {range}(dout.shape[3]):
            at = (slice(None), slice(None), slice(i * s, i * s + HH), slice(j * s, j * s + WW))
            dw += np.einsum("nf,ncij->fcij", dout[:, :, i, j], xp[at].reshape(len(x), -1, HH, WW))
            dxp[at] += np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
    return dxp[:, :, p : xp.shape[2] - p, p : xp.shape[3] - p], dw, dout.sum(axis=(0, 2, 3))
"""
PADDED = "np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"


def test_cache_is_blamed_only_where_it_is_another(tmp_path: Path) -> None:
    """One crashes on `xrange` whatever it is given; the other is right on the padded x that it would have kept."""
    crash = FORWARD_LEAVES_NO_CACHE.format(pad="", windows=PADDED, range="xrange")
    padded = FORWARD_LEAVES_NO_CACHE.format(pad=f"x = {PADDED}", windows="x", range="range")
    (tmp_path / "crash.py").write_text(crash)
    (tmp_path / "padded.py").write_text(padded)
    reports = graded(tmp_path)
    dx = next(item for item in reports["crash"].items if item.id == "dx")
    assert dx.hint == "`xrange` is Python 2; in Python 3 it is `range`."
    assert dict(explanations(reports["crash"]))["dx"].crashes == ((16, "NameError: name 'xrange' is not defined"),)
    for item, explanation in explanations(reports["padded"]):
        assert explanation.mistake is None, item
    told = [item.hint for item in reports["padded"].items if item.id in ("dx", "dw", "db")]
    assert all("was given the cache (x, w, b, conv_param)" in (hint or "") for hint in told)


def test_tuple_that_does_not_fit_is_not_blamed_on_whoever_keeps_more_in_the_cache(tmp_path: Path) -> None:
    """The cache is ours, and has four things in it: what forward would have returned has five."""
    code = FORWARD_LEAVES_NO_CACHE.format(pad="kept = x.copy()", windows=PADDED, range="range")
    code = code.replace("(x, w, b, conv_param)\n", "(x, kept, w, b, conv_param)\n", 1)
    (tmp_path / "s.py").write_text(code.replace("x, w, b, conv_param = cache", "x, kept, w, b, conv_param = cache"))
    dx = next(item for item in graded(tmp_path)["s"].items if item.id == "dx")
    assert "to unpack" in (dx.message or "")
    assert (dx.hint or "").startswith("conv_forward_naive did not return a cache"), dx.hint
    assert "Fix the forward pass first." in (dx.hint or "")


def test_crash_is_told_at_its_line_also_where_python_counts_it_to_the_loop_before() -> None:
    crashes = dict(explanations(graded(SAMPLES)["grace"]))["forward"].crashes
    code = (SAMPLES / "grace.py").read_text().split("\n")
    assert [code[line - 1].strip()[:16] for line, _ in crashes] == ["window = x_pad[n"]


def test_hint_of_a_crash_names_its_line_and_what_is_special_about_numbers_is_shown_only_where_it_matters(
    tmp_path: Path,
) -> None:
    """Shapes that do not fit crash in most cases and give a wrong sum in the others, with whatever numbers."""
    taps = "dw = np.zeros(w.shape)\n    for i in range(HH):\n        for k in range(WW):\n            dw[:, :, i, k] = "
    summed = "(dout[:, :, None] * xp[:, None, :, i : i + W_out * s : s, k : k + H_out * s : s]).sum(axis=(0, 3, 4))"
    back = "return dx, dw, db"
    assert RIGHT["loops"].count(back) == 1
    (tmp_path / "s.py").write_text(RIGHT["loops"].replace(back, f"{taps}{summed}\n    {back}"))
    report = graded(tmp_path)["s"]
    line = (tmp_path / "s.py").read_text().split("\n").index(f"            dw[:, :, i, k] = {summed}") + 1
    dw = next(item for item in report.items if item.id == "dw")
    assert f"Two arrays whose shapes do not fit met at s.py:{line}." in (dw.hint or "")
    example = dict(explanations(report))["dw"].example
    assert example is not None
    assert example.kinds == ()


def test_example_of_a_mistake_that_crashes_is_a_crash_in_its_own_line(tmp_path: Path) -> None:
    """At pad 0 another line crashes, before the one that cuts by one."""
    stored = (
        "np.zeros((0, 3)) + np.zeros(3 if p else 2)\n    dx = np.zeros(x.shape)\n    dx[...] = dxp[:, :, 1:-1, 1:-1]"
    )
    (tmp_path / "s.py").write_text(RIGHT["loops"].replace("dx = dxp[:, :, p : p + H, p : p + W]", stored))
    dx = dict(explanations(graded(tmp_path)["s"]))["dx"]
    assert dx.mistake is not None
    assert dx.mistake.bug == "dx-crop-one"
    assert dx.example is not None
    assert dx.example.sizes["pad"] == 2


def test_wrong_results_on_our_cache_say_so(tmp_path: Path) -> None:
    code = FORWARD_LEAVES_NO_CACHE.format(pad="", windows=PADDED, range="range")
    no_pad = "    assert p\n    HH, WW = w.shape[2:]\n"
    (tmp_path / "s.py").write_text(code.replace("dw += ", "dw -= ").replace("    HH, WW = w.shape[2:]\n", no_pad))
    dw = dict(explanations(graded(tmp_path)["s"]))["dw"]
    assert (
        "In all of these cases conv_forward_naive returned no cache, so backward was given (x, w, b, conv_param)"
        in dw.facts[0]
    )


CRASHES_ON_ITS_OWN = """\
import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, conv_param, *own = cache
    if own {and_some}:
        raise ValueError("not today")
    return x * 3, w * 3, b * 3
"""


@pytest.mark.parametrize(
    ("and_some", "told"),
    [
        ("", "what is shown here comes from that"),
        ("and dout.shape[1] > 1", "cases it is wrong on the cache that conv_forward_naive returned and on (x, w, b, "),
    ],
)
def test_where_both_caches_give_wrong_results_it_is_said_whether_that_is_true_of_all_cases(
    tmp_path: Path, and_some: str, told: str
) -> None:
    """On its own it crashes, so what the other gave is shown, which is wrong as well: it is right on neither."""
    forward = RIGHT["loops"].partition("def conv_backward_naive")[0]
    forward = forward.replace("return out, (x, w, b, conv_param)", "return out, (x, w, b, conv_param, 1)")
    (tmp_path / "s.py").write_text(forward + CRASHES_ON_ITS_OWN.format(and_some=and_some))
    report = graded(tmp_path)["s"]
    assert (report.wrong_on_own_cache, report.cache_note) == (0, None)
    assert told in " ".join(dict(explanations(report))["dx"].facts)


def test_shape_of_a_gradient_is_not_put_down_to_forward_that_only_gives_other_numbers(tmp_path: Path) -> None:
    """What forward kept is wrong, and dw is computed with it; dx has an axis too many, and db is a number."""
    forward, begins, backward = RIGHT["loops"].partition("def conv_backward_naive")
    for old, new in (
        ("return out, (x, w, b, conv_param)", "return out * 3, (x, w, b, conv_param, out * 3)"),
        ("x, w, b, conv_param = cache", "x, w, b, conv_param, kept = cache"),
        ("return dx, dw, db", "return np.stack([dx, dx, dx]), dw * kept.sum(), 0"),
    ):
        assert old in forward + backward
        forward, backward = forward.replace(old, new), backward.replace(old, new)
    (tmp_path / "s.py").write_text(forward + begins + backward)
    (tmp_path / "shaped.py").write_text((forward + begins + backward).replace("out * 3, (", "out[:, :, None] * 3, ("))
    told = {name: dict(explanations(graded(tmp_path)[name])) for name in ("s", "shaped")}
    blames = {
        name: [one for one in ("dx", "dw", "db") if "put forward right first" in str(found[one].facts)]
        for name, found in told.items()
    }
    assert blames == {"s": ["dw"], "shaped": ["dx", "dw"]}


def test_two_loops_in_one_line_that_count_with_one_name_are_told(tmp_path: Path) -> None:
    loops = "            for h in range(H_out):\n                for k in range(W_out):\n                    window"
    assert loops in RIGHT["loops"]
    one = "            for h, h in np.ndindex(H_out, W_out):\n                    k = h\n                    window"
    code = RIGHT["loops"].replace(loops, one, 1)
    (tmp_path / "s.py").write_text(code)
    (report,) = graded(tmp_path).values()
    (line,) = (at for at, text in enumerate(code.split("\n"), 1) if "ndindex" in text)
    assert f"Two loops count with `h`, one inside the other (line {line}): from" in str(dict(explanations(report)))
    assert not any("defect" in note for note in report.notes)


def test_index_behind_its_loop_and_total_that_is_not_begun_anew_are_told(tmp_path: Path) -> None:
    right, stored = RIGHT["loops"], "out[n, f, h, k] = np.sum(window * w[f]) + b[f]"
    adds = "total += np.sum(window * w[f])\n                    out[n, f, h, k] = total + b[f]"
    rows = "            for h in range(H_out):\n                for k"
    codes = {
        "kept": right.replace(rows, f"            total = 0\n{rows}", 1).replace(stored, adds),
        "by_itself": right.replace(rows, f"            total = 0\n{rows}", 1).replace(
            stored, adds.replace("total +=", "total = total +")
        ),
        "list": right.replace("    for n in range(N):\n", "    rows = []\n    for n in range(N):\n", 1).replace(
            stored, f"{stored}\n                rows.append(out[n, f, h])\n            out[n, f] = rows"
        ),
        "anew": right.replace(stored, f"total = 1\n                    {adds}"),
        "cleared": right.replace("    for n in range(N):\n", "    rows = []\n    for n in range(N):\n", 1).replace(
            stored, f"{stored}\n                rows.append(2)\n            out[n, f] = rows\n            rows.clear()"
        ),
        "behind": right.replace("    db[f] += dout[n, f, h, k]", "    pass\n        db[f] += dout[n, f].sum()"),
    }
    for name, code in codes.items():
        (tmp_path / f"{name}.py").write_text(code)
    told = {name: str(dict(explanations(report))) for name, report in graded(tmp_path).items()}

    def line(name: str, text: str) -> str:
        return f"line {codes[name][: codes[name].index(text)].count(chr(10)) + 1}"

    begins, stores = line("kept", "total = 0"), line("kept", "= total + b[f]")
    for name in ("kept", "by_itself"):
        assert f"`total` is begun in {begins}, outside the loop that stores it in {stores}:" in told[name]
    assert "is begun in" not in told["anew"] + told["cleared"]
    begins, stores = line("list", "rows = []"), line("list", "= rows")
    assert f"`rows` is begun in {begins}, outside the loop that stores it in {stores}:" in told["list"]
    use = line("behind", "        db[f] +=")
    assert f"`f` is an index in {use}, behind the loop that counts with it" in told["behind"]
    assert "is an index in" not in told["kept"] + told["anew"]


PADDED_ON_ONE_SIDE = """
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (0, p), (0, p)))
    HH, WW = w.shape[2:]
    H_out, W_out = 1 + (xp.shape[2] - HH) // s, 1 + (xp.shape[3] - WW) // s
    out = np.zeros((len(x), len(w), H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = xp[:, :, i * s : i * s + HH, j * s : j * s + WW]
            out[:, :, i, j] = np.einsum("nchw,fchw->nf", window, w) + b
    return out, (xp, w, b, conv_param)


def conv_backward_naive(dout, cache):
    xp, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = xp.shape
    F, C, HH, WW = w.shape
    H_out, W_out = dout.shape[2:]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = xp[n, :, i * s : i * s + HH, j * s : j * s + WW]
                    dw[f] += window * dout[n, f, i, j]
                    dxp[n, :, i * s : i * s + HH, j * s : j * s + WW] += w[f] * dout[n, f, i, j]
    return dxp[:, :, p : H - p, p : W - p], dw, dout.sum(axis=(0, 2, 3))
"""


def test_crashes_on_the_cache_of_a_wrong_forward_have_no_name_and_are_put_down_to_it(tmp_path: Path) -> None:
    """Forward pads one side and caches that: the array for dx is as large as it, which is right."""
    (tmp_path / "s.py").write_text(PADDED_ON_ONE_SIDE)
    told = dict(explanations(graded(tmp_path)["s"]))
    assert told["forward"].mistake is not None
    assert told["forward"].mistake.bug == "out-pad-after-only"
    assert told["dx"].mistake is None
    assert told["dx"].facts[0].startswith("conv_forward_naive is wrong in all of these cases, too")


PLACES_FIRST = """
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, F, HH, WW = len(x), len(w), *w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    H_out, W_out = 1 + (xp.shape[2] - HH) // s, 1 + (xp.shape[3] - WW) // s
    columns = [
        xp[n, :, i * s : i * s + HH, j * s : j * s + WW].ravel()
        for i in range(H_out)
        for j in range(W_out)
        for n in range(N)
    ]
    out = w.reshape(F, -1) @ np.array(columns).T + b[:, None]
    return out.reshape(F, N, H_out, W_out).swapaxes(0, 1), (x, w, b, conv_param, np.array(columns))


def conv_backward_naive(dout, cache):
    x, w, b, conv_param, columns = cache
    s, p = conv_param["stride"], conv_param["pad"]
    H, W, HH, WW = *x.shape[2:], *w.shape[2:]
    dw = (dout.swapaxes(0, 1).reshape(len(w), -1) @ columns).reshape(w.shape)
    dxp = np.zeros((*x.shape[:2], H + 2 * p, W + 2 * p))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            gradient = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
            dxp[:, :, i * s : i * s + HH, j * s : j * s + WW] += gradient
    return dxp[:, :, p : p + H, p : p + W], dw, dout.sum(axis=(0, 2, 3))
"""


def test_gradient_gets_no_name_where_forward_is_wrong_in_a_way_that_nobody_knows(tmp_path: Path) -> None:
    """The columns that it cached go over places first, and dout goes over images first, as it should."""
    (tmp_path / "known.py").write_text(PLACES_FIRST)
    (tmp_path / "unknown.py").write_text(PLACES_FIRST.replace("+ b[:, None]", "+ np.sin(b[:, None])"))
    found = {name: dict(explanations(report)) for name, report in graded(tmp_path).items()}
    assert [told.keys() for told in found.values()] == [{"forward", "dw"}] * 2
    assert [one.mistake for one in found["unknown"].values()] == [None, None]
    assert "put forward right first" in str(found["unknown"]["dw"].facts)
    forward, dw = (one.mistake for one in found["known"].values())
    assert forward is not None
    assert dw is not None
    assert (forward.bug, "put forward right first" in dw.where) == ("out-only-reshaped", True)


def test_output_that_is_lost_in_the_line_of_another_gets_no_name_of_its_own(tmp_path: Path) -> None:
    line = "dxp[n, :, h * s : h * s + HH, k * s : k * s + WW] += w[f] * dout[n, f, h, k]"
    assert line in RIGHT["loops"]
    for name, factor in (("alone", ""), ("twice", "3 * ")):
        code = RIGHT["loops"].replace(line, line.replace("w[f] * dout[n, f, h, k]", f"{factor}w[f] * dout[n, f, k, h]"))
        (tmp_path / f"{name}.py").write_text(code)
    told = {name: dict(explanations(report)) for name, report in graded(tmp_path).items()}
    assert {one.mistake.bug for one in told["alone"].values() if one.mistake} == {"bwd-dout-transposed"}
    assert [one.mistake for one in told["twice"].values()] == [None] * 3


def test_smaller_case_of_two_crashes_ends_in_the_line_that_is_told(tmp_path: Path) -> None:
    """A kernel that is not square comes first by its numbers, and pad 0, which is told, by its traits."""
    right = RIGHT["loops"]
    begins = "def conv_backward_naive(dout, cache):\n    x, w, b, conv_param = cache\n"
    assert begins in right
    fails = "    if w.shape[2] != w.shape[3]:\n        raise ValueError\n    conv_param['pad'] or np.zeros(0)[1]\n"
    (tmp_path / "s.py").write_text(right.replace(begins, begins + fails))
    report = graded(tmp_path)["s"]
    dx = next(item for item in report.items if item.id == "dx")
    example = dict(explanations(report))["dx"].example
    assert "IndexError" in (dx.message or "")
    assert example is not None
    assert "IndexError" in example.problem


BACKWARD_OF_COLUMNS = """\
def conv_backward_naive(dout, cache):
    x, w, b, conv_param, columns = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s, p = conv_param["stride"], conv_param["pad"]
    H_out, W_out = dout.shape[2:]
    upstream = dout.reshape(N, F, -1)
    dw = np.sum(upstream @ columns.transpose(0, 2, 1), axis=0).reshape(w.shape)
    parts = (w.reshape(F, -1).T @ upstream).reshape(N, C, HH, WW, -1)
    dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))
    for at in range(H_out * W_out):
        h, k = at // W_out, at % H_out
        dxp[:, :, h * s : h * s + HH, k * s : k * s + WW] += parts[..., at]
    dx = dxp[:, :, p : p + H, p : p + W]
    db = dout.sum(axis=(0, 2, 3))
    return dx, dw, db
"""


def test_mistake_of_dx_is_not_told_of_dw_which_comes_of_columns_that_forward_kept(tmp_path: Path) -> None:
    """Both functions number the windows by the wrong size; backward does so where it adds to dx, and nowhere else."""
    forward = RIGHT["vectorised"].partition("def conv_backward_naive")[0]
    for old, new in (
        (
            "h, k = np.indices((H_out, W_out)).reshape(2, -1)",
            "h, k = (at := np.arange(H_out * W_out)) // W_out, at % H_out",
        ),
        ("return out, (x, w, b, conv_param)", "return out, (x, w, b, conv_param, columns)"),
    ):
        assert old in forward
        forward = forward.replace(old, new)
    (tmp_path / "s.py").write_text(forward + BACKWARD_OF_COLUMNS)
    found = dict(explanations(graded(tmp_path)["s"]))
    (line,) = (
        n
        for n, text in enumerate((forward + BACKWARD_OF_COLUMNS).split("\n"), 1)
        if text.startswith("        h, k = at")
    )
    assert found["dx"].mistake is not None
    assert (found["dx"].mistake.bug, found["dx"].mistake.lines) == ("bwd-flat-index", (line,))
    assert found["dw"].mistake is None
    assert "put forward right first" in " ".join(found["dw"].facts)


def test_mistake_that_comes_with_the_cache_alone_is_not_said_to_be_made_in_backward(tmp_path: Path) -> None:
    forward = RIGHT["vectorised"].partition("def conv_backward_naive")[0]
    right = "h, k = np.indices((H_out, W_out)).reshape(2, -1)"
    kept = forward.replace(right, "at = np.arange(H_out * W_out); h, k = at // W_out, at % H_out")
    kept = kept.replace("return out, (x, w, b, conv_param)", "return out, (x, w, b, conv_param, columns)")
    assert kept.count("columns)") == 1 + forward.count("columns)")
    (tmp_path / "s.py").write_text(kept + BACKWARD_OF_COLUMNS.replace("at % H_out", "at % W_out"))
    found = dict(explanations(graded(tmp_path)["s"]))
    titles = {name: one.mistake.title for name, one in found.items() if one.mistake is not None}
    assert titles == dict.fromkeys(("forward", "dw"), "Windows are counted by the wrong size")


BY_STRIDES = """\
    columns = np.lib.stride_tricks.as_strided(
        x, (N, C, H, W), x.itemsize * np.array([C * H * W, H * W, W, 1]), writeable=False
    )
    xp = np.pad(columns, ((0, 0), (0, 0), (p, p), (p, p)))
"""


def test_strides_that_are_computed_are_told_as_such_and_not_as_rows_and_columns_swapped(tmp_path: Path) -> None:
    before, mark, after = RIGHT["loops"].partition("    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))\n")
    assert mark
    (tmp_path / "s.py").write_text(before + BY_STRIDES + after)
    found = dict(explanations(graded(tmp_path)["s"]))
    assert list(found) == ["forward"]
    (fact,) = found["forward"].facts
    assert fact.startswith("Wherever out is wrong, an input does not lie in memory row by row.")


def test_hint_of_an_error_stands_beside_it_and_before_a_smaller_case_that_may_fail_in_another_way(
    tmp_path: Path,
) -> None:
    """At pad 0 nothing is cut out, and elsewhere dx is as large as the padded image: another case, without a crash."""
    right, cut = RIGHT["loops"], "dx = dxp[:, :, p : p + H, p : p + W]"
    assert cut in right
    (tmp_path / "s.py").write_text(
        right.replace(cut, "dx = dxp[:, :, p : p + H, p : p + W] if p == 1 else dxp[:, :, p:-p] if p else dxp[H]")
    )
    report = graded(tmp_path)["s"]
    dx = next(item for item in report.items if item.id == "dx")
    assert "IndexError" in (dx.message or "")
    assert dx.hint
    for written in (terminal.render(report), markdown.render(report)):
        text = " ".join(written.split())
        assert text.index(dx.hint[:30]) < text.index("mallest failing case")


def test_crashes_on_a_cache_that_the_code_did_not_make_are_told_only_where_there_is_no_other(tmp_path: Path) -> None:
    code = RIGHT["taps"].replace("return out, (x, w, b, conv_param)", "return out, (x, w, b, conv_param, 1 // p)")
    code = code.replace("x, w, b, conv_param = cache", "x, w, b, conv_param, _ = cache")
    (tmp_path / "only.py").write_text(code)
    (tmp_path / "other.py").write_text(code.replace("return dx, dw, db", "assert dx.ndim == H\n    return dx, dw, db"))
    crashes = {name: dict(explanations(report))["dx"].crashes for name, report in graded(tmp_path).items()}
    assert [text for _, text in crashes["only"]] == ["ValueError: not enough values to unpack (expected 5, got 4)"]
    assert [text for _, text in crashes["other"]] == ["AssertionError"]


def test_mistake_made_twice_refers_to_forward_and_integers_to_the_line_of_their_dtype(tmp_path: Path) -> None:
    strided, plain = "h * s : h * s + HH, k * s : k * s + WW", "h : h + HH, k : k + WW"
    (tmp_path / "twice.py").write_text(RIGHT["loops"].replace(strided, plain))
    (tmp_path / "whole.py").write_text(RIGHT["loops"].replace("db = np.zeros(F)", "db = np.zeros(F, dtype=np.int64)"))
    reports = graded(tmp_path)
    texts = {"twice": plain, "whole": "np.int64"}
    codes = {name: (tmp_path / f"{name}.py").read_text() for name in texts}
    line = {name: codes[name][: codes[name].index(text)].count("\n") + 1 for name, text in texts.items()}
    mistakes = {item: why.mistake for item, why in explanations(reports["twice"]) if why.mistake is not None}
    where = {item: mistake.where for item, mistake in mistakes.items()}
    told = f"conv_forward_naive has the same kind of mistake (line {line['twice']})."
    assert {item: text.endswith(told) for item, text in where.items()} == {"forward": False, "dx": True, "dw": True}
    assert mistakes["dx"].hint == mistakes["forward"].hint  # "compare with forward" would not help
    facts = dict(explanations(reports["whole"]))["db"].facts
    assert f"db is an array of int64 (line {line['whole']}): " in "".join(facts)


def test_cache_is_not_blamed_where_both_are_the_same(tmp_path: Path) -> None:
    """Every second call is wrong, whichever of two equal caches it is given."""
    kept, begins = "(x, w, b, conv_param)", "def conv_backward_naive(dout, cache):\n"
    odd = RIGHT["taps"].replace(begins, f"CALLS = []\n{begins}    CALLS.append(0)\n    cache = cache[:4]\n")
    odd = odd.replace("return dx, dw, db", "return dx, dw * (1 + len(CALLS) % 2), db")
    (tmp_path / "same.py").write_text(odd)
    (tmp_path / "more.py").write_text(odd.replace(f"return out, {kept}", "return out, (x, w, b, conv_param, s)"))
    same, more = (graded(tmp_path)[name] for name in ("same", "more"))
    assert (same.wrong_on_own_cache, same.cache_note) == (0, None)
    assert more.wrong_on_own_cache > 0
    assert "which was tried in its place" not in str(list(explanations(same)))


def test_student_whose_forward_takes_the_parameters_out_of_the_cache_is_told_so(tmp_path: Path) -> None:
    forward, backward = RIGHT["loops"].split("def conv_backward_naive")
    popped = forward.replace('conv_param["pad"]', 'conv_param.pop("pad")')
    (tmp_path / "pops.py").write_text(f"{popped}def conv_backward_naive{backward}")
    report = graded(tmp_path)["pops"]
    assert report.wrong_on_own_cache > 0
    assert "conv_backward_naive is right" in (report.cache_note or "")
    assert (report.cache_note or "").endswith(": KeyError: 'pad'.")
    assert {i.id: i.verdict for i in report.items}["dx"] is Verdict.PASSED


def test_what_only_crashes_gets_a_name_only_where_its_text_shows_the_mistake(tmp_path: Path) -> None:
    """The end of dx's slice lacks the stride, which crashes just where a mistake in dw would: its line tells that."""
    right, written = RIGHT["loops"], "dxp[n, :, h * s : h * s + HH, k * s : k * s + WW]"
    (tmp_path / "end.py").write_text(right.replace(written, "dxp[n, :, h * s : h + HH, k * s : k + WW]"))
    stored = "dx = np.zeros(x.shape)\n    dx[...] = dxp[:, :, 1:-1, 1:-1]"
    (tmp_path / "cut.py").write_text(right.replace("dx = dxp[:, :, p : p + H, p : p + W]", stored))
    width = right.replace("W_out = 1 + (W + 2 * p - WW) // s\n    out", "W_out = 1 + (H + 2 * p - HH) // s\n    out")
    (tmp_path / "two.py").write_text(
        width.replace("    out = np.zeros(", "    np.zeros((0, 3)) + np.zeros(3 if p else 2)\n    out = np.zeros(")
    )
    found = {name: dict(explanations(report)) for name, report in graded(tmp_path).items()}
    named = {output: why.mistake and (why.mistake.bug, why.mistake.lines) for output, why in found["end"].items()}
    line = (tmp_path / "end.py").read_text().split("h * s : h + HH")[0].count("\n") + 1
    assert named == {"dx": ("bwd-end-without-stride", (line,)), "dw": None, "db": None}
    assert found["two"]["forward"].mistake is not None
    assert found["two"]["forward"].mistake.bug == "out-width-from-height"
    (told,) = (fact for fact in found["two"]["forward"].facts if "for another reason than what is named" in fact)
    assert told.startswith("The calls that crash in line 12 do so")
    assert {why.mistake.bug for why in found["cut"].values() if why.mistake} == {"dx-crop-one"}


_PLACES = """\
def places(C, HH, WW):
    c = np.repeat(np.arange(C), HH * WW)[:, None]
    i = np.tile(np.repeat(np.arange(HH), WW), C)[:, None]
    return c, i, np.tile(np.arange(WW), HH * C)[:, None]


def conv_forward_naive("""


def test_two_mistakes_that_crash_only_since_they_do_not_go_together_are_none(tmp_path: Path) -> None:
    code = RIGHT["vectorised"].replace("def conv_forward_naive(", _PLACES, 1)
    code = code.replace("c, i, j = np.indices((C, HH, WW)).reshape(3, -1, 1)", "c, i, j = places(C, HH, WW)")
    (tmp_path / "s.py").write_text(code.replace("axis=(0, 2, 3))\n", "axis=(0, 2, 3))\n    db[F]\n"))
    assert not any(one.mistake for _, one in explanations(graded(tmp_path)["s"]))


def test_two_mistakes_of_backward_that_touch_different_gradients_are_both_named(tmp_path: Path) -> None:
    """The image is stored at the wrong place, which dx, cut out at the wrong place too, does not show."""
    padded = "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"
    stored = "xp = np.zeros((N, C, H + 2 * p, W + 2 * p))\n    xp[:, :, :H, :W] = x"
    code = RIGHT["loops"].replace(padded, stored).replace("dxp[:, :, p : p + H, p : p + W]", "dxp[:, :, :H, :W]")
    (tmp_path / "end.py").write_text(code)
    found = {name: why.mistake for name, why in explanations(graded(tmp_path)["end"])}
    bugs = {name: mistake.bug for name, mistake in found.items() if mistake}
    assert bugs == {"forward": "out-pad-after-only", "dx": "dx-crop-from-start", "dw": "dw-pad-one-side"}
    assert found["dw"] is not None
    lines = [number for number, line in enumerate(code.split("\n"), 1) if "xp[:, :, :H, :W] = x" in line]
    assert found["dw"].lines == tuple(lines[1:])
    assert f"has the same kind of mistake (line {lines[0]})" in found["dw"].where


def test_what_a_function_returns_that_is_called_is_no_return_of_the_graded_one(tmp_path: Path) -> None:
    helper = "def parts(cache):\n    return cache[0], cache[1], cache[2], cache[3]\n\n\n"
    code = RIGHT["loops"].replace("x, w, b, conv_param = cache", "x, w, b, conv_param = parts(cache)")
    code = code.replace("return dx, dw, db", "return dx, db, dw").replace("def conv_back", f"{helper}def conv_back")
    (tmp_path / "order.py").write_text(code)
    mistake = dict(explanations(graded(tmp_path)["order"]))["dw"].mistake
    assert mistake is not None
    assert mistake.lines == (code.rstrip().count("\n") + 1,)


def test_function_that_a_graded_one_calls_is_on_the_page_where_there_is_something_to_look_at(tmp_path: Path) -> None:
    helpers = "def crop(dxp, p):\n    return dxp[:, :, p:-p, p:-p]\n\n\ndef same(dxp):\n    return dxp\n\n\n"
    code = RIGHT["loops"].replace("dxp[:, :, p : p + H, p : p + W]", "crop(same(dxp), p)")
    (tmp_path / "s.py").write_text(code.replace("def conv_backward", f"{helpers}def conv_backward"))
    report = graded(tmp_path)["s"]
    shown = re.findall(r"<summary>(\w+) <span", html.render(report))
    assert shown == ["conv_forward_naive", "conv_backward_naive", "crop"]
    assert f"look here: {CUT_OFF}" in html.render(report)


ON_ONE_CACHE = """

right_forward, right_backward = conv_forward_naive, conv_backward_naive


def conv_forward_naive(x, w, b, conv_param):
    out, cache = right_forward(x, w, b, conv_param)
    return out, (cache, "mine")


def conv_backward_naive(dout, cache):
    is_mine = len(cache) == 2
    x, w, b, conv_param = cache[0] if is_mine else cache
    is_small = w.shape[2] * w.shape[3] < 12
    if is_mine and not is_small:
        raise ValueError("too large")
    dx, dw, db = right_backward(dout, (x, w, b, conv_param))
    return dx if is_mine or (is_small and not conv_param["pad"]) else dx + 1, dw, db
"""


def test_smallest_case_is_one_that_is_marked_wrong(tmp_path: Path) -> None:
    """With small kernels the student's own cache gives the right gradient, and that is the one that counts."""
    (tmp_path / "one.py").write_text(RIGHT["loops"] + ON_ONE_CACHE)
    example = dict(explanations(graded(tmp_path)["one"]))["dx"].example
    assert example is not None
    assert example.sizes["HH"] * example.sizes["WW"] >= 12


ON_PIXELS_OF_WHAT_IS_PADDED = """\
def conv_backward_naive(dout, cache):
    xp, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for h in range(0, xp.shape[2] - HH + 1, s):
        for k in range(0, xp.shape[3] - WW + 1, s):
            g = dout[:, :, h, k]
            dw += np.einsum("nf,nchk->fchk", g, xp[:, :, h : h + HH, k : k + WW])
            dxp[:, :, h : h + HH, k : k + WW] += np.einsum("nf,fchk->nchk", g, w)
    return {cut}, dw, dout.sum(axis=(0, 2, 3))
"""


@pytest.mark.parametrize("cut", ["dxp[:, :, p:-p, p:-p]", "dxp[:, :, p : xp.shape[2] - p, p : xp.shape[3] - p]"])
def test_what_is_told_comes_from_the_cache_that_the_student_has(tmp_path: Path, cut: str) -> None:
    """Forward is right and keeps the padded image. On x, tried in its place, other numbers come out than it ever gives.

    It crashes with a stride, and that is told beside the slice that is empty at pad 0.
    """
    forward = RIGHT["loops"].partition("def conv_backward_naive")[0].replace("return out, (x, w", "return out, (xp, w")
    (tmp_path / "s.py").write_text(forward + ON_PIXELS_OF_WHAT_IS_PADDED.format(cut=cut))
    found = dict(explanations(graded(tmp_path)["s"]))
    assert [*found] == ["dx", "dw", "db"]
    for one in found.values():
        assert one.example is not None
        assert "\n_, cache = conv_forward_naive(x, w, b, conv_param)\n" in one.example.snippet
        assert "in place of the cache" not in one.example.snippet
    mistake, facts = found["dx"].mistake, found["dx"].facts
    if ":-p" in cut:
        assert mistake is not None
        assert mistake.title == CUT_OFF
    assert any("for another reason than what is named" in fact for fact in facts) == (":-p" in cut)


def test_shape_that_is_asserted_is_no_other_reason_than_what_gives_another_shape(tmp_path: Path) -> None:
    summed = "db = np.sum(dout, axis=(0, 1, 2))\n    assert db.shape == b.shape"
    (tmp_path / "s.py").write_text(RIGHT["taps"].replace("db = np.sum(dout, axis=(0, 2, 3))", summed))
    db = dict(explanations(graded(tmp_path)["s"]))["db"]
    assert db.mistake is not None
    assert (db.mistake.title, len(db.mistake.lines)) == ("db is summed over the wrong axes", 1)
    assert db.crashes[0][0] == db.mistake.lines[0] + 1
    assert not any("for another reason" in fact for fact in db.facts)


def test_output_that_is_missing_in_some_calls_has_no_case_in_which_others_crash(tmp_path: Path) -> None:
    """What is told of it is that it is None; a crash, smaller or not, is no example of that."""
    forward, begins, backward = RIGHT["loops"].partition("def conv_backward_naive")
    backward = backward.replace("W_out = 1 + (W", "W_out = 1 + (H").replace("return dx, dw, db", "return dx, dw, None")
    (tmp_path / "s.py").write_text(forward + begins + backward)
    db = dict(explanations(graded(tmp_path)["s"]))["db"]
    assert db.crashes
    assert db.example is None


TAPS_OF_X = """\
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for h, k in np.ndindex(dout.shape[2:]):
        for i, j in np.ndindex(w.shape[2:]):
            r = h * s + i - p
            q = k * s + j - p
            if r < 0 or r > H or q < 0 or q > W:
                continue
            dx[:, :, r, q] += dout[:, :, h, k] @ w[:, :, i, j]
            dw[:, :, i, j] += dout[:, :, h, k].T @ x[:, :, r, q]
    return dx, dw, dout.sum(axis=(0, 2, 3))
"""


def test_padding_is_not_left_out_where_places_are_counted_from_it_on(tmp_path: Path) -> None:
    """`r > H` lets one row too many through: it crashes wherever there is padding, as code without any would."""
    (tmp_path / "s.py").write_text(RIGHT["loops"].partition("def conv_backward_naive")[0] + TAPS_OF_X)
    for one in dict(explanations(graded(tmp_path)["s"])).values():
        assert one.mistake is None


def test_places_of_pixels_and_loops_that_end_before_the_image_are_told(tmp_path: Path) -> None:
    """In code that works with x as it is: by its formula, by its `break`; and an array that begins with ones."""
    right = TAPS_OF_X.replace("r > H", "r >= H").replace("q > W", "q >= W")
    codes = {
        "brackets": right.replace("h * s + i - p", "(h - p) * s + i"),
        "sign": right.replace("k * s + j - p", "k * s - j + p"),
        "ended": right.replace("continue", "break"),
        "ones": right.replace("np.zeros(w.shape)", "np.ones(w.shape)"),
        "right": right,
    }
    for name, code in codes.items():
        (tmp_path / f"{name}.py").write_text(RIGHT["loops"].partition("def conv_backward_naive")[0] + code)
    found = {name: dict(explanations(report)) for name, report in graded(tmp_path).items()}
    line = RIGHT["loops"].partition("def conv_backward_naive")[0].count("\n") + 1
    place = "In line {} a row or column is computed of `{}` and `{}`. Number {} of window {} lies at {}*s + {} in the"
    assert place.format(line + 7, *"hiihhi") in str(found["brackets"]["dx"].facts)
    assert place.format(line + 8, *"kjjkkj") in str(found["sign"]["dx"].facts)
    assert f"In line {line + 10} the loop ends at a row or column below 0." in str(found["ended"]["dw"].facts)
    assert found["ones"]["dw"].facts == ("Every number of dw is too large by exactly 1.",)
    assert found["right"] == {}


def test_mistake_that_both_passes_make_refers_to_its_lines_in_forward_and_to_no_others(tmp_path: Path) -> None:
    pad, edge = "(p, p), (p, p)))", "(p, p), (p, p)), mode='edge')"
    (tmp_path / "s.py").write_text(RIGHT["loops"].replace(pad, edge).replace(" + b[f]", " - b[f]"))
    found = dict(explanations(graded(tmp_path)["s"]))
    forward, dw = found["forward"].mistake, found["dw"].mistake
    assert forward is not None
    assert dw is not None
    assert (len(forward.lines), len(dw.lines)) == (2, 1)
    assert f"conv_forward_naive has the same kind of mistake (line {forward.lines[0]})." in dw.where


def test_mistake_in_a_line_that_both_passes_run_is_put_right_once(tmp_path: Path) -> None:
    code = RIGHT["loops"].replace("h * s : h * s + HH, k * s : k * s + WW", "*cut(h, k, s, HH, WW)")
    ends = "    return slice(top, top + HH), slice(left, left + WW)\n"
    code += f"\n\ndef cut(i, j, s, HH, WW):\n    top = i * s\n    left = j\n{ends}"
    assert code.count("*cut(") == 3
    (tmp_path / "s.py").write_text(code)
    found = dict(explanations(graded(tmp_path)["s"]))
    (line,) = (i for i, text in enumerate(code.split("\n"), 1) if "left = j" in text)
    for name in ("dx", "dw"):
        mistake = found[name].mistake
        assert mistake is not None
        assert mistake.lines == (line,)
        assert mistake.where.endswith("conv_forward_naive runs that, too: put it right once.")


def test_backward_that_shows_no_mistake_of_its_own_may_have_it_from_the_cache_of_forward(tmp_path: Path) -> None:
    """What the cache has of x is right, and so is dw. Its weights are not."""
    code = RIGHT["loops"].replace("return out, (x, w, b, conv_param)", "return out, (x, w, b, conv_param, s)")
    code = code.replace("    xp = np.pad", "    w = w[:, :, ::-1, ::-1]\n    xp = np.pad", 1)
    code = code.replace("x, w, b, conv_param = cache", "x, w, b, conv_param, _ = cache")
    (tmp_path / "s.py").write_text(code)
    found = dict(explanations(graded(tmp_path)["s"]))
    dx = found["dx"].mistake
    assert dx is not None
    assert "and backward uses its cache: put forward right first. Only if this is told then, too: " in dx.where
    assert "dw" not in found


def test_forward_whose_bias_alone_is_wrong_is_not_put_first(tmp_path: Path) -> None:
    """What it keeps for backward is right; dw is wrong in a way that nobody knows."""
    code = RIGHT["loops"].replace(" + b[f]", " - b[f]").replace("+= window * dout[n, f, h, k]", "+= window * 3 ** f")
    (tmp_path / "s.py").write_text(code)
    found = dict(explanations(graded(tmp_path)["s"]))
    assert found["forward"].mistake is not None
    assert not any("put forward right first" in fact for fact in found["dw"].facts)


def test_line_in_which_the_named_mistake_crashes_is_told_beside_wrong_numbers(tmp_path: Path) -> None:
    """With the error, and without another reason: the mistake is why."""
    (tmp_path / "s.py").write_text(RIGHT["loops"].replace("(W + 2 * p - WW)", "(H + 2 * p - HH)", 1))
    report = graded(tmp_path)["s"]
    forward = dict(explanations(report))["forward"]
    assert forward.mistake is not None
    ((line, error),) = forward.crashes
    assert forward.facts == (f"Some of these calls crash in line {line} ({error}).",)
    assert f"({error})" in " ".join(terminal.render(report).split())
    page = html.render(report)
    assert re.search(rf'crash in <a href="#[^"]+">line {line}</a> \({re.escape(error)}\)', page)
    assert "In some cases it crashes" not in page  # once is enough


@pytest.mark.parametrize("condition", ["s == 3", "HH != WW or s > 1"])
def test_mistake_is_named_beside_crashes_that_another_makes(tmp_path: Path, condition: str) -> None:
    cut = "dx = dxp[:, :, p : p + H, p : p + W]"
    crash = f"if {condition}:\n        np.zeros(2) + np.zeros(3)\n    dx = dxp[:, :, p:-p, p:-p]"
    (tmp_path / "both.py").write_text(RIGHT["loops"].replace(cut, crash))
    report = graded(tmp_path)["both"]
    found = dict(explanations(report))
    mistake, (fact,) = found["dx"].mistake, found["dx"].facts
    assert mistake is not None
    assert (mistake.title, len(mistake.lines)) == (CUT_OFF, 1)
    assert fact.startswith("Some of these calls crash in line")
    assert mistake.lines[0] == found["dx"].crashes[0][0] + 1
    assert not any("dx is lost in all of these calls" in fact for fact in found["dw"].facts)


def test_crash_above_the_crop_is_none_of_it_and_is_named_where_nothing_else_is_wrong(tmp_path: Path) -> None:
    code, pad = RIGHT["taps"].replace("dxp[:, :, p : p + H, p : p + W]", "dxp[:, :, 1:-1, 1:-1]"), "xp = np.pad("
    before, mark, backward = code.partition("def conv_backward_naive")
    assert pad in backward
    stored = "xp = np.zeros((N, C, H + 2 * p, W + 2 * p))\n    xp[:, :, p:-p, p:-p] = x\n    _ = np.pad("
    (tmp_path / "s.py").write_text(before + mark + backward.replace(pad, stored))
    explained = dict(explanations(graded(tmp_path)["s"]))
    found = {output: one.mistake for output, one in explained.items()}
    assert found["dx"] is not None
    assert (found["dx"].bug, found["dx"].confidence < 0.9) == ("dx-crop-one", True)
    assert found["dw"] is not None
    assert (found["dw"].bug, found["db"]) == ("bwd-x-slice", None)
    (line,) = found["dw"].lines
    told = f"The calls that crash in line {line} do so at least in part for another reason than what is named here."
    assert [told in one.facts for one in explained.values()] == [True, False, False]


def test_output_that_is_no_array_anywhere_is_told_before_crashes(tmp_path: Path) -> None:
    code = RIGHT["loops"].replace(
        "return dx, dw, db", "dx = dxp[:, :, 1:-1, 1:-1] + np.zeros(x.shape)\n    return dx, dw, [db]"
    )
    (tmp_path / "list.py").write_text(code)
    report = graded(tmp_path)["list"]
    db = next(item for item in report.items if item.id == "db")
    assert "For example, db is a list of 1" in (db.message or "")
    assert dict(explanations(report))["db"].example is None


def test_function_with_a_text_that_begins_at_the_margin_is_shown_whole(tmp_path: Path) -> None:
    """Such as a docstring in which somebody wrote, or lines that were put out of use."""
    first = "def conv_backward_naive(dout, cache):\n"
    told = (
        f"{first}    \"\"\"Of dout, where ''' is none:\n- N images\n\"\"\"  # and \"\"\" none\n    '''\ndx = 1\n'''\n"
    )
    code = RIGHT["loops"].replace(first, told)
    cut = code.replace("dx = dxp[:, :, p : p + H, p : p + W]", "dx = dxp[:, :, p:-p, p:-p]")
    (tmp_path / "s.py").write_text(f"{cut}\n\nTOLD = 1\n")
    report = graded(tmp_path)["s"]
    (listing,) = (one for one in report.listings if one.function == "conv_backward_naive")
    assert listing.text.endswith("return dx, dw, db")
    mistake = dict(explanations(report))["dx"].mistake
    assert mistake is not None
    assert [cut.split("\n")[line - 1].strip() for line in mistake.lines] == ["dx = dxp[:, :, p:-p, p:-p]"]


def test_each_line_says_which_of_two_mistakes_it_shows(tmp_path: Path) -> None:
    cut = RIGHT["loops"].replace("dx = dxp[:, :, p : p + H, p : p + W]", "dx = dxp[:, :, p:-p, p:-p]")
    added = "dxp[n, :, h * s : h * s + HH, k * s : k * s + WW] +="
    (tmp_path / "both.py").write_text(cut.replace(added, added.replace("+=", "=")))
    report = graded(tmp_path)["both"]
    mistake = dict(explanations(report))["dx"].mistake
    assert mistake is not None
    overwritten = "dx is overwritten where windows overlap"
    assert mistake.title == f"{overwritten}. And: {CUT_OFF}"
    assert [title for _, title in mistake.titles] == [overwritten, CUT_OFF]
    page = html.render(report)
    assert f"look here: {overwritten}<" in page
    assert f"look here: {CUT_OFF}<" in page


def test_line_that_cuts_at_pad_0_is_quoted_and_others_are_not(tmp_path: Path) -> None:
    right = RIGHT["loops"]
    stored = "dx = np.zeros(x.shape)\n    dx[...] = dxp[:, :, p:-p, p:-p]"
    (tmp_path / "cut.py").write_text(right.replace("dx = dxp[:, :, p : p + H, p : p + W]", stored))
    empty = "dx = dxp[:, :, p : p + H, p : p + W] + (np.ones((0, 3)) if p == 0 else 0)"
    (tmp_path / "empty.py").write_text(right.replace("dx = dxp[:, :, p : p + H, p : p + W]", empty))
    (tmp_path / "key.py").write_text(right.replace('conv_param["pad"]', 'conv_param["padding"]'))
    hints = {name: next(i for i in report.items if i.id == "dx").hint for name, report in graded(tmp_path).items()}
    assert hints["cut"] == "One of the two arrays is empty: `p:-p` takes nothing when `p` is 0."
    assert "-p" not in (hints["empty"] or "")
    assert "is empty" in (hints["empty"] or "")
    assert "`conv_param` has the keys `stride` and `pad`." in (hints["key"] or "")


def test_kinds_of_input_are_told_in_words() -> None:
    frank = next(item for item in graded(SAMPLES)["frank"].items if item.id == "dw")
    assert (frank.message or "").startswith("Wrong in every case with stride>1, and in no other (")


def test_pads_that_are_right_are_told_in_numbers() -> None:
    erin = next(item for item in graded(SAMPLES)["erin"].items if item.id == "dx")
    assert (erin.message or "").startswith("Right only where pad is 1 (")
    heidi = next(item for item in graded(SAMPLES)["heidi"].items if item.id == "forward")
    assert (heidi.message or "").startswith("Wrong for pad=0, pad=2, HH!=WW,")


def test_what_is_told_of_windows_that_overlap_is_shown_by_two() -> None:
    example = dict(explanations(graded(SAMPLES)["mia"]))["dx"].example
    assert example is not None
    sizes = example.sizes
    windows = [
        (1 + (sizes[size] + 2 * sizes["pad"] - sizes[kernel]) // sizes["stride"], sizes[kernel])
        for size, kernel in (("H", "HH"), ("W", "WW"))
    ]
    assert any(count > 1 and kernel > sizes["stride"] for count, kernel in windows)


def test_one_crash_of_all_outputs_has_one_smallest_case(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(wrapped_backward("if x.shape[2] > 2: raise ValueError(x.shape)"))
    found = dict(explanations(graded(tmp_path)["s"]))
    examples = {name: one.example for name, one in found.items()}
    assert examples["dx"] is not None
    same = {one and (tuple(one.sizes.values()), one.problem, str(one.inputs)) for one in examples.values()}
    assert (len(examples), len(same)) == (3, 1)
    for name, one in examples.items():  # that shows whether it is right once the call returns it
        assert one is not None and one.output == name and f"np.abs({name} - expected)" in one.snippet
        assert re.search("[1-9]", str(one.expected))
    assert found["dx"].crashes == found["dw"].crashes != ()


def test_crash_in_what_both_functions_call_has_an_example_for_each(tmp_path: Path) -> None:
    """Both end in the same line with the same error, and only backward is given an upstream gradient."""
    helper = "def check(x):\n    if x.shape[2] != x.shape[3]: raise ValueError(x.shape)\n"
    code = RIGHT["loops"].replace("    N, C, H, W = x.shape\n", "    check(x)\n    N, C, H, W = x.shape\n")
    (tmp_path / "s.py").write_text(code + helper)
    report = graded(tmp_path)["s"]
    found = {one.output: one.example for _, one in explanations(report)}
    assert not any("defect" in note for note in report.notes)
    assert [one and one.output for one in found.values()] == ["out", "dx", "dw", "db"]
    assert "dout" in found["dx"].snippet and "dout" not in found["out"].snippet  # type: ignore[union-attr]


def test_smallest_case_on_the_canonical_cache_is_one_in_which_forward_leaves_none(tmp_path: Path) -> None:
    """Where forward returns, backward finds what it kept, and is right."""
    crashes = "    assert H == W\n    return out, (x, w, b, conv_param)\n"
    code = RIGHT["loops"].replace("    return out, (x, w, b, conv_param)\n", crashes.replace("param)", "param, 0)"))
    code = code.replace("    x, w, b, conv_param = cache\n", "    x, w, b, conv_param, _ = cache\n")
    (tmp_path / "s.py").write_text(code)
    example = dict(explanations(graded(tmp_path)["s"]))["db"].example
    assert example is not None
    assert example.sizes["H"] != example.sizes["W"]


def wrapped_backward(line: str) -> str:
    """The right program with a line at the start of backward, after x is known."""
    first = "    x, w, b, conv_param = cache\n"
    return RIGHT["loops"].replace(first, f"{first}    {line}\n")


def test_snippets_are_literals(tmp_path: Path) -> None:
    """Also where the reference's own array, or the input, does not lie row by row in memory."""
    wrong = "dx = dxp[:, :, p : p + H, p : p + W].copy()\n    dx[:, :, 0, 1:] *= 2 if p else 1"
    (tmp_path / "s.py").write_text(RIGHT["loops"].replace("dx = dxp[:, :, p : p + H, p : p + W]", wrong))
    only = "out[...] *= 1 if x.flags.c_contiguous else 2"
    (tmp_path / "t.py").write_text(RIGHT["loops"].replace("    return out,", f"    {only}\n    return out,"))
    found = [explanation for report in graded(tmp_path).values() for _, explanation in explanations(report)]
    assert len(found) == 2
    for explanation in found:
        assert explanation.example is not None
        assert "swapaxes" not in explanation.example.snippet
    assert shown_wrong(found[1].example.snippet if found[1].example else "", (tmp_path / "t.py").read_text())


@pytest.mark.parametrize("level", [1, 2, 3])
def test_rubric_says_how_much_is_told(level: int) -> None:
    rubric = load_rubric(DEFAULT_RUBRIC)
    rubric = rubric.model_copy(update={"feedback": rubric.feedback.model_copy(update={"level": level})})
    with kept_zygotes(), Grader(rubric, Options(timing=False)) as grader:
        (entry,) = find_entries([SAMPLES / "carol.py"])
        report = grader.grade(entry)
    (_, found), *_ = explanations(report)
    assert found.mistake is not None
    told = [bool(found.mistake.explanation), bool(found.mistake.where), bool(found.mistake.hint), *report.terms.einsums]
    assert told == [True, level >= 2, level >= 3, *(("out", "dx", "dw", "db") if level >= 3 else ())]


@pytest.mark.parametrize(
    ("line", "bug"),
    [
        ("x[...] = 0", "both-changes-inputs"),
        ("calls.append(0); out = out * (1 + 1e-10 * len(calls))", "both-keeps-state"),
    ],
)
def test_broken_promise_is_explained(tmp_path: Path, line: str, bug: str) -> None:
    lines = [
        *RIGHT["taps"].split("\n"),
        "calls, right = [], conv_forward_naive",
        "def conv_forward_naive(x, w, b, conv_param):",
        "    out, cache = right(x.copy(), w, b, conv_param)",
        f"    {line}",
        "    return out, cache",
    ]
    (tmp_path / "s.py").write_text("\n".join(lines))
    (report,) = graded(tmp_path).values()
    item = next(i for i in report.items if i.id == "contract")
    assert item.explanation is not None
    assert item.explanation.mistake is not None
    assert item.explanation.mistake.bug == bug
    assert item.explanation.mistake.lines == ((lines.index(f"    {line}") + 1,) if line.startswith("x") else ())
    for form in (terminal, markdown, html):  # it was measured: there is nothing to guess
        text = form.render(report)
        assert item.explanation.mistake.title in text
        assert "certainly" not in text.lower()


@pytest.mark.parametrize(("cut", "crop"), [("1:-1, 1:-1]", "dx-crop-one"), ("p:-p, p:-p]", "dx-crop-slice")])
def test_line_of_dw_that_crashes_is_told_beside_a_crop_of_dx(tmp_path: Path, cut: str, crop: str) -> None:
    """It does nothing to dx, but no gradient comes back from such a call."""
    right, window = RIGHT["loops"], "window = xp[n, :, h * s : h * s + HH, k * s : k * s + WW]"
    before, mark, backward = right.partition("def conv_backward_naive")
    assert window in backward
    backward = backward.replace(window, "window = xp[n, :, h * s : h * s + WW, k * s : k * s + HH]", 1)
    code = before + mark + backward.replace("p : p + H, p : p + W]", cut)
    (tmp_path / "s.py").write_text(code)
    found = {item: one.mistake for item, one in explanations(graded(tmp_path)["s"])}
    named = {item: None if one is None else (one.bug, one.lines) for item, one in found.items()}
    of_dw, of_dx = [1 + code.split("\n").index(line) for line in code.split("\n") if "+ WW, k" in line or cut in line]
    assert named["dx"] == (f"{crop}+bwd-kernel-square", (of_dw, of_dx))
    assert named["dw"] == named["db"] == ("bwd-kernel-square", (of_dw,))


@pytest.mark.parametrize(
    ("old", "new", "bug", "at"),
    [
        ("dx = dxp[:, :, p : p + H, p : p + W]",
         "dx = np.delete(dxp, [0, -1], axis=2)\n    dx = np.delete(dx, [0, -1], axis=3)", "dx-crop-one", "np.delete"),
        ("dxp[n, :, h * s : h * s + HH, k * s : k * s + WW] += ",
         "part = dxp[n, :, h * s : h * s + HH, k * s : k * s + WW]; part = part + ", "dx-zeros", "part = part"),
    ],
)  # fmt: skip
def test_lines_are_told_however_they_are_written(tmp_path: Path, old: str, new: str, bug: str, at: str) -> None:
    before, mark, backward = RIGHT["loops"].partition("def conv_backward_naive")
    assert old in backward
    code = before + mark + backward.replace(old, new)
    (tmp_path / "s.py").write_text(code)
    mistake = dict(explanations(graded(tmp_path)["s"]))["dx"].mistake
    assert mistake is not None
    lines = tuple(number for number, line in enumerate(code.split("\n"), 1) if at in line)
    assert (mistake.bug, mistake.lines) == (bug, lines)


@pytest.mark.parametrize("stride", ["", "0, {}, s"])
def test_loops_for_dx_alone_that_run_over_the_image_are_told(tmp_path: Path, stride: str) -> None:
    code, begins, loops = RIGHT["loops"].partition("    for n in range(N):  # dx\n")
    for out, image in (("H_out", "H"), ("W_out", "W")):
        assert f"range({out})" in loops
        loops = loops.replace(f"range({out})", f"range({stride.format(image) or image})")
    if stride:
        loops = loops.replace("h * s : h * s", "h : h").replace("k * s : k * s", "k : k")
        loops = loops.replace("dout[n, f, h, k]", "dout[n, f, h // s, k // s]")
    (tmp_path / "s.py").write_text(code + begins + loops)
    mistake = dict(explanations(graded(tmp_path)["s"]))["dx"].mistake
    assert mistake is not None
    lines = tuple(i for i, line in enumerate((code + begins + loops).split("\n"), 1)
                  if i > code.count("\n") and ("(H)" in line or "(W)" in line or ", s):" in line))  # fmt: skip
    assert (mistake.bug, mistake.lines) == ("bwd-same-size", lines)


def test_bias_beside_loops_over_the_image_hides_nothing(tmp_path: Path) -> None:
    """It is added to all of out at the end, also where no window was summed up."""
    code = RIGHT["loops"].replace("np.sum(window * w[f]) + b[f]", "np.sum(window * w[f])")
    code = code.replace("    return out, (x", "    out += b[:, None, None]\n    return out, (x")
    forward, begins, backward = code.partition("def conv_backward_naive")
    forward = forward.replace("range(H_out)", "range(0, H, s)").replace("range(W_out)", "range(0, W, s)")
    forward = forward.replace("h * s : h * s", "h : h").replace("k * s : k * s", "k : k")
    (tmp_path / "s.py").write_text(forward.replace("out[n, f, h, k]", "out[n, f, h // s, k // s]") + begins + backward)
    mistake = dict(explanations(graded(tmp_path)["s"]))["forward"].mistake
    assert mistake is not None
    assert (mistake.bug, len(mistake.lines)) == ("out-same-size", 2)


def test_image_padded_by_one_for_dw_alone_is_told(tmp_path: Path) -> None:
    """As in the notebook, whose pad is 1; dx has an array of its own, and is only lost where calls crash."""
    before, mark, backward = RIGHT["loops"].partition("def conv_backward_naive")
    code = before + mark + backward.replace("(p, p), (p, p)", "(1, 1), (1, 1)")
    (tmp_path / "s.py").write_text(code)
    found = {item: one.mistake for item, one in explanations(graded(tmp_path)["s"])}
    (line,) = (i for i, line in enumerate(code.split("\n"), 1) if "(1, 1), (1, 1)" in line)
    assert {one and (one.bug, one.lines) for one in found.values()} == {("bwd-pad-one", (line,))}


def test_lines_in_which_calls_crash_are_told_where_no_mistake_is_named(tmp_path: Path) -> None:
    right = RIGHT["loops"]
    code = right.replace("db[f] += dout[n, f, h, k]", "db[f] += dout[n, f, h + (H > W), k]")
    code = code.replace(
        "dx = dxp[:, :, p : p + H, p : p + W]", "dx = np.zeros(x.shape)\n    dx[:] = dxp[:, :, p : p + H - (C > F)]"
    )
    (tmp_path / "s.py").write_text(code)
    (tmp_path / "one.py").write_text(right.replace("db[f] += dout", "db[f + N * 0 + (H > W)] += dout"))
    found = {name: dict(explanations(report))["db"].facts for name, report in graded(tmp_path).items()}
    lines = [1 + at for at, line in enumerate(code.split("\n")) if "(H > W)" in line or "(C > F)" in line]
    (told,) = (fact for fact in found["s"] if "more than one line" in fact)
    crashed = {(str(lines[0]), "IndexError"), (str(lines[1]), "ValueError")}
    assert {*re.findall(r"line (\d+) \((\w+):", told)} == crashed
    assert not any("more than one line" in fact for fact in found["one"])


_CROP, _CROPPED = "dx = dxp[:, :, p : p + H, p : p + W]", "dx = np.zeros(x.shape)\n    dx[:] = dxp[:, :, p:-p, p:-p]"


def test_two_mistakes_that_only_crash_are_named_where_the_text_shows_both(tmp_path: Path) -> None:
    code = RIGHT["loops"].replace("db[f] += dout[n, f, h, k]", "db[f] += dout[n, f, k, h]").replace(_CROP, _CROPPED)
    (tmp_path / "s.py").write_text(code)
    mistake = dict(explanations(graded(tmp_path)["s"]))["dx"].mistake
    lines = tuple(i for i, line in enumerate(code.split("\n"), 1) if "dout[n, f, k, h]" in line or "p:-p" in line)
    assert mistake is not None
    assert ({*mistake.bug.split("+")}, mistake.lines) == ({"bwd-sizes-swapped", "dx-crop-slice"}, lines)


def test_mistake_that_explains_the_crashes_of_one_line_is_named_beside_others(tmp_path: Path) -> None:
    code = RIGHT["loops"].replace("db[f] += dout[n, f, h, k]", "db[f] += dout[n, f, h + (H > W), k]")
    code = code.replace(_CROP, _CROPPED)
    (tmp_path / "s.py").write_text(code)
    explained = dict(explanations(graded(tmp_path)["s"]))
    crop, other = (
        next(i for i, line in enumerate(code.split("\n"), 1) if part in line) for part in ("p:-p", "(H > W)")
    )
    dx, dw = explained["dx"], explained["dw"]
    assert dx.mistake is not None
    assert (dx.mistake.bug, dx.mistake.lines) == ("dx-crop-slice", (crop,))
    assert any(f"line {other}" in fact and "another reason" in fact for fact in dx.facts)
    assert dw.mistake is None
    assert any("dx is lost in all of these calls, too" in fact for fact in dw.facts)


def test_mistake_that_explains_the_shape_is_named_where_the_text_shows_it(tmp_path: Path) -> None:
    """What stands in the columns that are too many comes of something else here."""
    wide = RIGHT["loops"].replace("W_out = 1 + (W + 2 * p", "W_out = 1 + (H + 2 * p")
    code = wide.replace(
        "return out, (x, w, b, conv_param)",
        "out += 3.0 * (W_out * s > W + 2 * p - WW + s)\n    return out, (x, w, b, conv_param)",
    )
    assert len({RIGHT["loops"], wide, code}) == 3
    (tmp_path / "s.py").write_text(code)
    (tmp_path / "hidden.py").write_text(code.replace("W_out = 1 + (H + 2", "W_out = 1 + (max([H, 1]) + 2"))
    found = {name: dict(explanations(report))["forward"].mistake for name, report in graded(tmp_path).items()}
    line = next(i for i, text in enumerate(code.split("\n"), 1) if "W_out = 1 + (H + 2 * p" in text)
    assert found["s"] is not None
    assert (found["s"].bug, found["s"].lines) == ("out-width-from-height", (line,))
    assert found["hidden"] is None


X_FOR_PADDED = """(dout, cache):
    xp, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    H, W, HH, WW = *xp.shape[2:], *w.shape[2:]
    dxp, dw, db = np.zeros(xp.shape), np.zeros(w.shape), dout.sum(axis=(0, 2, 3))
    for i, r in enumerate(range(0, H - HH + 1, s)):
        for j, k in enumerate(range(0, W - WW + 1, s)):
            dw += np.tensordot(dout[:, :, i, j], xp[:, :, r : r + HH, k : k + WW], (0, 0))
            dxp[:, :, r : r + HH, k : k + WW] += np.tensordot(dout[:, :, i, j], w, (1, 0))
    dx = dxp[:, :, p : H - p, p : W - p]
    return dx, dw, db
"""


def test_shape_of_a_gradient_names_no_cut_where_x_from_the_cache_is_taken_for_padded(tmp_path: Path) -> None:
    before, mark, _ = RIGHT["loops"].partition("def conv_backward_naive")
    (tmp_path / "s.py").write_text(before + mark + X_FOR_PADDED)
    dx = dict(explanations(graded(tmp_path)["s"]))["dx"]
    assert dx.mistake is None
    assert any("Backward takes for `xp` what forward puts into the cache as `x`" in fact for fact in dx.facts)


def test_crash_beside_wrong_numbers_is_told_where_no_mistake_is_named(tmp_path: Path) -> None:
    """The smallest cases do not crash, so that nothing else would show it."""
    before, mark, after = RIGHT["loops"].partition("def conv_backward_naive(")
    code = before.replace("np.sum(window * w[f])", "np.sum(window[: C - p + 1] * w[f])")
    assert code != before
    (tmp_path / "s.py").write_text(code + mark + after)
    facts = dict(explanations(graded(tmp_path)["s"]))["forward"].facts
    line = 1 + next(at for at, line in enumerate(code.split("\n")) if "C - p + 1" in line)
    assert [fact for fact in facts if f"Some of these calls crash in line {line} (ValueError:" in fact]


def test_what_is_left_over_from_another_line_of_the_file_is_told(tmp_path: Path) -> None:
    begins, taken = "def conv_backward_naive(dout, cache):\n", "    x, w, b, conv_param = cache\n"
    assert begins + taken in RIGHT["loops"]
    code = RIGHT["loops"].replace(begins + taken, begins + taken.replace("    x,", "    _,"))
    (tmp_path / "s.py").write_text(f"{code}\n\nx = np.ones((4, 3, 5, 5))\n")
    (tmp_path / "none.py").write_text(code)  # where nothing has that name, the error says so
    line = code.split("\n").index(begins.strip()) + 3
    told = {name: dict(explanations(report))["dw"].facts for name, report in graded(tmp_path).items()}
    assert [
        fact for fact in told["s"] if fact.startswith(f"`x` in line {line} is set nowhere in conv_backward_naive: ")
    ]
    assert not any("is set nowhere" in fact for fact in told["none"])


def test_what_has_no_name_has_a_fact_that_leads_to_it(tmp_path: Path) -> None:
    to_x = RIGHT["taps"].replace("dw = np.zeros(w.shape)", "dw, dxp = np.zeros(w.shape), xp")
    loops = "    for i in range(HH):\n        for j in range(WW):\n"
    one_by_one = "for c in range(C) for i in range(HH) for j in range(WW)"
    too_small = (
        RIGHT["loops"]
        .replace(
            "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))",
            "xp = np.zeros((N, C, H + p, W + p))\n    xp[:, :, p:, p:] = x",
            1,
        )
        .replace("np.sum(window * w[f])", f"sum(xp[n, c, h * s + i, k * s + j] * w[f, c, i, j] {one_by_one})")
    )
    (tmp_path / "to_x.py").write_text(to_x.replace(f"    dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))\n{loops}", ""))
    (tmp_path / "too_small.py").write_text(too_small)
    line = 1 + to_x[: to_x.index("dw, dxp = ")].count("\n")
    found = {name: dict(explanations(report)) for name, report in graded(tmp_path).items()}
    assert found["to_x"]["dx"].facts[0].startswith(f"In line {line} x, padded or not, gets a second name or is copied")
    without = "Without padding it is right: look at where the pad stands. The padded array has 2*pad more rows"
    assert any(fact.startswith(without) for fact in found["too_small"]["forward"].facts)


def test_index_of_another_axis_is_told_and_no_array_that_begins_with_zeros_is_one_of_x(tmp_path: Path) -> None:
    code = RIGHT["loops"].replace("dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))", f"dxp = {_PADDED_ZEROS}")
    crossed = code.replace("dw[f] += window * dout[n, f, h, k]", "dw[f] += window * dout[f, n, h, k] * 1.5")
    (tmp_path / "s.py").write_text(crossed)
    (tmp_path / "right.py").write_text(code)
    facts = [fact for _, one in explanations(graded(tmp_path)["s"]) for fact in one.facts]
    (line,) = (i for i, text in enumerate(crossed.split("\n"), 1) if "dout[f, n" in text)
    assert f"In line {line} `f`, which counts filters, is the index of images in `dout`." in facts
    assert f"In line {line} `n`, which counts images, is the index of filters in `dout`." in facts
    assert not any("a gradient begins with zeros" in fact for fact in facts)
    assert not [*explanations(graded(tmp_path)["right"])]


def test_number_for_an_index_and_arguments_in_another_order_are_told(tmp_path: Path) -> None:
    right = RIGHT["loops"]
    window = "window = xp[n, :, h * s : h * s + HH, k * s : k * s + WW]"
    cut = "\n\ndef cut(image, top, left, h, w):\n    return image[:, top : top + h, left : left + w]\n"
    codes = {
        "number": right.replace("out[n, f, h, k] =", "out[0, f, h, k] ="),
        "alone": right.replace("dw[f] += window *", "dw[f] += window[0] *"),
        "order": right.replace(window, "window = cut(xp[n], h * s, k * s, WW, HH)") + cut,
        "right": right.replace(window, "window = cut(xp[n], h * s, k * s, HH, WW)") + cut,
        "stride": right.replace("dx = dxp[:, :, p : p + H, p : p + W]", "stride = s\n    dx = cut(dxp, stride, H, W)")
        + "\n\ndef cut(image, margin, h, w):\n    return image[:, :, margin : margin + h, margin : margin + w]\n",
    }
    assert window in right and right not in codes.values()
    for name, code in codes.items():
        (tmp_path / f"{name}.py").write_text(code)
    told = {name: str(dict(explanations(report))) for name, report in graded(tmp_path).items()}
    (at,) = (i for i, text in enumerate(codes["number"].split("\n"), 1) if "out[0, f" in text)
    assert f"In line {at} the index of images in `out` is 0 in every turn of the loop over images" in told["number"]
    (at,) = (i for i, text in enumerate(codes["alone"].split("\n"), 1) if "window[0]" in text)
    assert f"dw is right only in the first channel: in line {at} no other channel is taken." in told["alone"]
    assert "`WW` and `HH` are handed to `cut`, whose `def` line has `h` and `w` there" in told["order"]
    assert "`stride` is handed to `cut`, whose `def` line has `margin` there" in told["stride"]
    assert told["right"] == "{}"


def test_rows_for_columns_are_told_beside_crashes_that_no_name_explains(tmp_path: Path) -> None:
    """Not where all names are those of the other axis, from the shapes on."""
    right = RIGHT["loops"]
    window = "window = xp[n, :, h * s : h * s + HH, k * s : k * s + WW]\n                    dw"
    crossed = window.replace("window", "right = h * s + WW\n                    window", 1).replace(
        "k * s + WW", "right"
    )
    assert window in right
    names = {"H": "W", "W": "H", "HH": "WW", "WW": "HH", "H_out": "W_out", "W_out": "H_out"}
    renamed = re.sub(r"\b[HW]+(_out)?\b", lambda name: names[name[0]], right)
    (tmp_path / "ends.py").write_text(right.replace(window, crossed))
    (tmp_path / "renamed.py").write_text(renamed.replace("dout[n, f, h, k]", "dout[n, f, h, k].shape"))
    ends, other = (dict(explanations(report)) for report in graded(tmp_path).values())
    (line,) = (i for i, text in enumerate(right.replace(window, crossed).split("\n"), 1) if "right = h" in text)
    assert f"In line {line} rows and columns are mixed up, by their names: " in str(ends["dw"].facts)
    assert other.keys() == {"dx", "dw", "db"} and "mixed up" not in str(other)


def test_number_for_a_size_is_told_where_no_call_is_right_without_that_size(tmp_path: Path) -> None:
    """Not beside another mistake, with which calls are right whose sizes are others."""
    right = RIGHT["loops"]
    cut, product = "h * s : h * s + HH, k * s : k * s + WW]", "np.sum(window * w[f])"
    by_channels = right.replace(product, "sum(np.sum(window[c, :] * w[f, c]) for c in range(3))")
    codes = {
        "channels": by_channels,
        "ends": right.replace(product, "np.sum(window[:3, :] * w[f, 0:3, :])"),
        "windows": right.replace(cut, "h * s : h * s + 3, k * s : k * s + 3]", 1),
        "beside": right.replace("+ b[f]", "+ b[f] * s + xp[0, :3, 3:].sum() * 0"),
    }
    for name, code in codes.items():
        (tmp_path / f"{name}.py").write_text(code)
    told = {name: dict(explanations(report))["forward"].facts for name, report in graded(tmp_path).items()}
    lines = {name: [i for i, text in enumerate(code.split("\n"), 1) if "3" in text] for name, code in codes.items()}
    expected = {"channels": "C=3", "ends": "C=3 or less", "windows": "HH=3 and WW=3"}
    for name, size in expected.items():
        (line,) = lines[name]
        said = f"In line {line} the number 3 stands for a size. Only cases with {size} are right: which size is meant?"
        assert said in told[name]
    assert "stands for a size" not in str(told["beside"])


def test_a_pad_that_is_right_for_1_alone_and_parts_of_the_cache_are_told(tmp_path: Path) -> None:
    right = RIGHT["loops"]
    padded = "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"
    by_one = "xp = np.pad(x, p)[1 : N + 1, 1 : C + 1]"
    taken = "x, w, b, conv_param = cache"
    assert padded in right and taken in right
    (tmp_path / "one.py").write_text(right.replace(padded, by_one, 1))
    forward, mark, backward = right.partition("def conv_backward_naive")
    made = forward.replace("return out, (x, w, b, conv_param)", "cache = (x, w, b, conv_param)\n    return out, cache")
    code = made + mark + backward.replace(taken, "x, w, b, conv_param, out = cache")
    (tmp_path / "parts.py").write_text(code)
    reports = graded(tmp_path)
    assert "With a pad of 1 it is right, and with no other" in str(dict(explanations(reports["one"]))["forward"].facts)
    line = code[: code.index("    cache = ")].count("\n") + 1
    hints = {item.hint for item in reports["parts"].items if item.id in ("dx", "dw", "db")}
    assert any(f"Line {line} puts 4 parts into the cache" in (hint or "") for hint in hints)


_PADDED_ZEROS = "np.pad(np.zeros_like(x), ((0, 0), (0, 0), (p, p), (p, p)))"


def test_gradients_that_are_convolutions_of_dout_need_zeros_between_its_numbers(tmp_path: Path) -> None:
    """Both by the forward pass, right for stride 1 alone."""
    forward, mark, _ = RIGHT["loops"].partition("def conv_backward_naive")
    code = f"""{forward}{mark}(dout, cache):
    x, w, b, conv_param = cache
    p, K = conv_param["pad"], w.shape[2]
    turned = w[:, :, ::-1, ::-1].swapaxes(0, 1)
    dx, _ = conv_forward_naive(dout, turned, np.zeros(x.shape[1]), {{"stride": 1, "pad": K - 1 - p}})
    dw, _ = conv_forward_naive(x.swapaxes(0, 1), dout.swapaxes(0, 1), 0 * b, {{"stride": 1, "pad": p}})
    return dx, dw.swapaxes(0, 1), dout.sum(axis=(0, 2, 3))
"""
    (tmp_path / "as_it_is.py").write_text(code)
    spread = "spread = np.zeros(0)\n    spread[::2] = 0\n    dx, _ = conv"
    (tmp_path / "spread.py").write_text(code.replace("dx, _ = conv", spread))
    first = next(number for number, line in enumerate(code.split("\n"), 1) if line.startswith("    dx, _"))
    for name, lines in ("as_it_is", {"dx": first, "dw": first + 1}), ("spread", {}):
        told = {
            output: int(fact.split()[2])
            for output, one in explanations(graded(tmp_path)[name])
            for fact in one.facts
            if " dout is convolved as it is. " in fact
        }
        assert told == lines


def test_backward_that_calls_a_wrong_forward_is_sent_to_it(tmp_path: Path) -> None:
    wrong = RIGHT["loops"].replace("+ b[f]", "- b[f]")
    calls = "    db = np.zeros(F) + 0 * conv_forward_naive(x, w, b, conv_param)[0].sum(axis=(0, 2, 3)) + 1"
    code = wrong.replace("    db = np.zeros(F)", calls)
    assert code != wrong
    (tmp_path / "s.py").write_text(code)
    (tmp_path / "right.py").write_text(code.replace("- b[f]", "+ b[f]"))
    line = code[: code.index(calls)].count("\n") + 1
    said = f"In line {line} conv_forward_naive is called, which is wrong itself: put forward right first."
    found = {name: dict(explanations(report))["db"] for name, report in graded(tmp_path).items()}
    assert said in found["s"].facts
    assert said not in found["right"].facts


def test_output_that_is_lost_in_crashes_of_another_one_refers_to_it(tmp_path: Path) -> None:
    crop = "dx = np.zeros(x.shape)\n    for n in range(N):\n        dx[n] = dxp[n, :, 1:-1, 1:-1]"
    code = RIGHT["loops"].replace("dx = dxp[:, :, p : p + H, p : p + W]", crop)
    assert crop in code
    (tmp_path / "s.py").write_text(code)
    found = dict(explanations(graded(tmp_path)["s"]))
    assert found["dx"].mistake is not None
    for name in ("dw", "db"):
        assert found[name].mistake is None
        assert found[name].facts[-1] == "dx is lost in all of these calls, too: begin with what is said under it."


def test_what_is_said_of_crashes_is_said_once_where_one_output_refers_to_another(tmp_path: Path) -> None:
    before, mark, backward = RIGHT["loops"].partition("def conv_backward_naive")
    assert backward.count(", (p, p), (p, p)))") == backward.count("np.zeros((N, C, H + 2 * p, W + 2 * p))") == 1
    backward = re.sub(r"np\.pad\(x.*", "x", backward).replace(
        "np.zeros((N, C, H + 2 * p, W + 2 * p))", "np.zeros(x.shape)"
    )
    (tmp_path / "s.py").write_text(before + mark + backward)
    found = dict(explanations(graded(tmp_path)["s"]))
    of_crashes = {
        name: [fact for fact in one.facts if "crash in more than one line" in fact] for name, one in found.items()
    }
    assert (len(of_crashes["dx"]), of_crashes["db"]) == (1, [])
    assert found["db"].facts[-1] == "dx is lost in all of these calls, too: begin with what is said under it."


def test_output_that_refers_to_another_stands_behind_it(tmp_path: Path) -> None:
    right, window = RIGHT["loops"], "window = xp[n, :, h * s : h * s + HH, k * s : k * s + WW]"
    before, mark, backward = right.partition("def conv_backward_naive")
    swapped = "window = xp[n, :, h * s : h * s + WW, k * s : k * s + HH]"
    (tmp_path / "s.py").write_text(before + mark + backward.replace(window, swapped, 1))
    report = graded(tmp_path)["s"]
    assert [item.id for item in report.items if item.explanation] == ["dx", "dw", "db"]
    assert [loss.titles for loss in losses(report)] == ["dw", "dx, db"]
    told = [(item.message, item.explanation.crashes) for item in report.items if item.explanation]
    assert all(text and crashes[0][1] in text for text, crashes in told), "one error is told in the code and above it"


@pytest.mark.parametrize(
    ("line", "told", "shown"),
    [
        ("dw += np.random.randn(*w.shape) * (w.shape[-1] > 2)", "gives another result when it is called again", True),
        ("x[...] = x * 0.5\n    dw += x.sum() * (w.shape[-1] > 2)", "changes x in place", True),
        ("dw += w", None, False),
    ],
)
def test_promise_that_is_broken_is_told_of_wrong_results_without_a_name(
    tmp_path: Path, line: str, told: str | None, shown: bool
) -> None:
    code = RIGHT["taps"].replace("    return dx, dw, db", f"    {line}\n    return dx, dw, db")
    (tmp_path / "s.py").write_text(code)
    report = graded(tmp_path)["s"]
    facts = dict(explanations(report))["dw"].facts
    assert [fact for fact in facts if "may be why" in fact] == (
        [] if told is None else [fact for fact in facts if told in fact][:1]
    )
    item = next(i for i in report.items if i.id == "contract")
    assert (item.explanation is not None) is shown
    if item.explanation is not None:
        assert item.explanation.mistake is not None
        number = 1 + code.split("\n").index(f"    {line}".split("\n")[0])
        assert number in item.explanation.mistake.lines


def test_results_that_depend_on_calls_before_and_functions_that_return_none_are_told(tmp_path: Path) -> None:
    """One keeps the cache of its first call, one has no dw yet, one has nothing of backward."""
    right, begins = RIGHT["taps"], "def conv_backward_naive(dout, cache):\n"
    (tmp_path / "first.py").write_text(
        right.replace(begins, f"KEPT = []\n{begins}    KEPT.append(cache)\n    cache = KEPT[0]\n")
    )
    (tmp_path / "some.py").write_text(right.replace("return dx, dw, db", "return dx, None, db"))
    (tmp_path / "none.py").write_text(right.replace(begins, f"{begins}    return None, None, None\n"))
    (tmp_path / "at_times.py").write_text(
        right.replace(begins, f"{begins}    if cache[3]['pad'] == 0:\n        return None\n")
    )
    reports = graded(tmp_path)
    told = {name: {i.id: i for i in report.items} for name, report in reports.items()}
    facts = dict(explanations(reports["first"]))["dx"].facts
    assert any("depends on the calls before it" in fact for fact in facts)
    assert dict(explanations(reports["first"]))["dx"].example is None
    assert told["some"]["dw"].message == "conv_backward_naive returns None for dw"
    assert told["some"]["dx"].verdict is Verdict.PASSED
    assert told["none"]["dx"].message == "conv_backward_naive returns nothing but None (not implemented yet)"
    for item in (told["at_times"][output] for output in ("dx", "dw", "db")):
        assert item.message is not None
        assert item.message.startswith("Wrong for pad=0, alone and combined")
        assert item.message.endswith("For example, conv_backward_naive returns nothing but None.")
        assert (item.hint or "").startswith("Does every way through the function end with a `return`")
    assert told["at_times"]["db"].verdict is Verdict.FAILED


def test_what_is_only_lost_in_the_crashes_of_another_output_has_no_mistake_of_its_own(tmp_path: Path) -> None:
    wrong = RIGHT["loops"].replace("w[f] * dout[n, f, h, k]", "w[f] * dout[n, f, k, h]")
    (tmp_path / "s.py").write_text(wrong)
    (report,) = graded(tmp_path).values()
    named = {item: found.mistake and found.mistake.bug for item, found in explanations(report)}
    assert named == dict.fromkeys(("dx", "dw", "db"), "bwd-dout-transposed")


def test_what_a_mistake_makes_wrong_stands_before_what_its_crashes_cost(tmp_path: Path) -> None:
    right = TAPS_OF_X.replace("r > H", "r >= H").replace("q > W", "q >= W")
    wrong = right.replace("dw[:, :, i, j] +=", "dw[:, :, j, i] +=")
    (tmp_path / "s.py").write_text(RIGHT["loops"].partition("def conv_backward_naive")[0] + wrong)
    (report,) = graded(tmp_path).values()
    told = [(loss.titles, loss.mistake and loss.mistake.bug) for loss in losses(report)]
    assert told == [("dw", "dw-transposed"), ("dx, db", "dw-transposed")]


def test_array_that_nothing_set_is_told_with_its_line(tmp_path: Path) -> None:
    wrong = RIGHT["loops"].replace("dw = np.zeros(w.shape)", "np.full(w.shape, 7.0)\n    dw = np.empty(w.shape)")
    (tmp_path / "s.py").write_text(wrong)
    (report,) = graded(tmp_path).values()
    line = wrong.split("\n").index("    dw = np.empty(w.shape)") + 1
    dw = dict(explanations(report))["dw"]
    assert dw.facts[0].startswith("`np.empty` sets nothing") and f"(line {line})" in dw.facts[0]
    assert dw.example is None  # it may well not fail the next time


ODD = {
    "an empty array with a long axis": "out = np.zeros((4 * 10**6, 0))",
    "hangs on whole numbers": "while (x == np.round(x)).all() and x.size < 200: pass\n    out = 2 * out",
    "slow": "__import__('time').sleep(0.03)\n    out = 2 * out",
    "another result each time": "calls.append(0)\n    out = out * (1 + len(calls) % 2)",
    "dies": "__import__('os')._exit(0)",
}


@pytest.mark.parametrize("line", ODD.values(), ids=ODD)
def test_odd_submissions_cost_neither_much_time_nor_a_snippet_that_shows_nothing(tmp_path: Path, line: str) -> None:
    code = RIGHT["taps"] + (
        "\ncalls, right = [], conv_forward_naive\n"
        "def conv_forward_naive(x, w, b, conv_param):\n"
        "    out, cache = right(x, w, b, conv_param)\n"
        f"    {line}\n"
        "    return out, cache\n"
    )
    (tmp_path / "s.py").write_text(code)
    rubric = load_rubric(DEFAULT_RUBRIC)
    rubric = rubric.model_copy(update={"policy": rubric.policy.model_copy(update={"on_violation": "flag"})})
    spent: list[float] = []

    def timed(*arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return explain(*arguments)
        finally:
            spent.append(time.perf_counter() - start)

    with kept_zygotes(), pytest.MonkeyPatch.context() as patch, Grader(rubric, Options(timing=False)) as grader:
        patch.setattr("grader.feedback.explain.explain", timed)
        (entry,) = find_entries([tmp_path / "s.py"])
        report = grader.grade(entry)
    assert report.verdict == "graded"
    assert len(json.render(report)) < 100_000
    assert spent[0] < 10  # usually below 1; a search without an end takes half a minute
    for _, explanation in explanations(report):
        if explanation.example is not None and "pass" not in line:
            assert shown_wrong(explanation.example.snippet, code)


def test_calls_made_ahead_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several calls in one exchange with the sandbox give what the same calls give one by one."""
    ahead = graded(SAMPLES)
    monkeypatch.setattr(Ahead, "look", lambda *_: None)
    for entry in find_entries([SAMPLES]):
        reports = _grader().grade(entry), ahead[entry.id]
        one, other = ((report.who, report.items, report.notes, report.stdout) for report in reports)
        assert one == other
    assert len(ahead) == len(list(SAMPLES.glob("*.py")))


def test_right_submission_is_asked_in_whole_rounds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one, its calls cost three times as much."""

    def one_by_one(*_: Any) -> Any:
        raise AssertionError("a call by itself")

    for name in ("forward", "backward"):
        monkeypatch.setattr(Session, name, one_by_one)
    (entry,) = find_entries([SAMPLES / "alice.py"])
    report = _grader().grade(entry)
    assert (report.verdict, report.message) == ("graded", None)
