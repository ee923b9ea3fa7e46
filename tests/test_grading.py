"""Judging from end to end: what a fault costs, what it does not, and what the student is told."""

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.records import FUNCTIONS
from tests.cli import SUBMISSIONS, grade, grade_json, items
from tests.injected import RIGHT
from tests.test_batch import TIMED
from tests.test_sources import write

ALICE = SUBMISSIONS / "alice.py"
OF_THE_LAST = "Backward depends on the forward pass that ran last"


_FIFTH = "  - {{id: speed-{}, workload: {{x: [20, 3, 31, 31], w: [25, 3, 3, 3], stride: 2, pad: 1}}}}\n"
FEW_IMAGES = f"{TIMED}items:\n{''.join(map(_FIFTH.format, FUNCTIONS))}"
"""With a fifth of the images, where it does not matter how they are timed."""


def timed_briefly(path: Path, timed: str = FEW_IMAGES) -> dict[str, Any]:
    """By the packaged rubric, timed in a hurry."""
    rubric = path.with_name("brief.yaml")
    rubric.write_text(timed)
    return grade_json(path, "--rubric", rubric)


def endless(tmp_path: Path, body: str) -> dict[str, Any]:
    """Alice's with another first line in backward, graded with a short limit for a call."""
    rubric = tmp_path / "quick.yaml"
    rubric.write_text(FEW_IMAGES.replace("limits: {", "limits: {call_s: 0.3, total_s: 0.6, "))
    path = tmp_path / "sub.py"
    path.write_text(
        ALICE.read_text().replace("    x, w, b, conv_param = cache\n", f"    x, w, b, conv_param = cache\n{body}")
    )
    return grade_json(path, "--rubric", rubric)


def test_endless_backward_keeps_the_forward_marks(tmp_path: Path) -> None:
    report = endless(tmp_path, "    while True:\n        pass\n")
    got = items(report)
    assert [got[name]["verdict"] for name in ("forward", "dx", "dw", "db")] == [
        "passed",
        "timeout",
        "timeout",
        "timeout",
    ]
    assert got["forward"]["points"] == 40
    assert got["contract"]["points"] == 7
    assert got["speed-forward"]["points"] > 0
    assert got["speed-backward"]["verdict"] == "timeout"
    assert "did not finish within 0.3 s" in got["dx"]["message"]
    line = 1 + next(i for i, text in enumerate((tmp_path / "sub.py").read_text().split("\n")) if "while" in text)
    told = f"Once it has begun, the `while` at sub.py:{line} cannot end, but by an error: nothing in it leaves it."
    assert {got[name]["hint"] for name in ("dx", "dw", "db")} == {told}
    assert report["speed"]["backward"] is None


def test_all_of_numpy_can_be_imported(tmp_path: Path) -> None:
    """Also what it only loads when it is asked for, such as `numpy.testing`, which needs machine code of Python's."""
    modules = "char, fft, lib, linalg, ma, matlib, polynomial, random, rec, strings, testing, typing"
    begins = f"import numpy as np\nfrom numpy import *\nfrom numpy import {modules}\nfrom numpy.lib import format\n"
    used = "    testing.assert_allclose(matlib.ones(2), ones((1, 2)))\n"
    opened = "def conv_forward_naive(x, w, b, conv_param):\n"
    code = RIGHT["loops"].replace("import numpy as np\n", begins).replace(opened, opened + used)
    assert begins in code
    assert used in code
    (tmp_path / "star.py").write_text(code)
    assert grade_json(tmp_path / "star.py", "--no-timing")["score"] == 100


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="there they are read as they are")
def test_f_strings_of_a_later_python_are_read(tmp_path: Path) -> None:
    """Quotes that only Python 3.12 takes; where a text is wrong there, too, it is told as before."""
    code = RIGHT["loops"]
    for line in ("def conv_forward_naive(x, w, b, conv_param):\n", "def conv_backward_naive(dout, cache):\n"):
        assert line in code
        said = """    here = {"k": {"a": [1]}}\n    told = f"{here["k"]["a"][0]:>{here["k"]["a"][0]}} {"it"}", """
        said += "f'{', '.join('ab')}'\n"
        code = code.replace(line, f"{line}{said}    assert told == ('1 it', 'a, b'), told\n")
    (tmp_path / "later.py").write_text(code)
    assert grade_json(tmp_path / "later.py", "--no-timing")["score"] == 100
    cells = [{"cell_type": "code", "metadata": {}, "source": text} for text in ("%matplotlib inline\n1 +", code)]
    (tmp_path / "later.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    assert grade_json(tmp_path / "later.ipynb", "--no-timing")["score"] == 100
    (tmp_path / "wrong.py").write_text(code.replace('here["k"]["a"][0]:', 'here["k"][:'))
    assert "SyntaxError: f-string" in grade_json(tmp_path / "wrong.py", "--no-timing")["message"]


def test_what_the_rubric_forbids_costs_the_function_that_uses_it(tmp_path: Path) -> None:
    rubric = "schema: convgrade/1\nextends: correctness-only.yaml\nname: r\npolicy: {forbidden: [numpy.einsum]}\n"
    (tmp_path / "r.yaml").write_text(rubric)
    got = items(grade_json(ALICE, "--rubric", tmp_path / "r.yaml"))
    assert got["forward"]["points"] == 45
    assert [got[name]["verdict"] for name in ("dx", "dw", "db")] == ["policy"] * 3
    assert "conv_backward_naive uses numpy.einsum, which this assignment forbids" in got["dx"]["message"]


HIDDEN_WAYS = {
    "core": ("", "np._core.einsumfunc.einsum(", "numpy._core.einsumfunc.einsum, which this assignment forbids"),
    "star": ("from numpy import *\n", "einsum(", "numpy.einsum, which this assignment forbids"),
    "alias": ("np2 = np\n", "np2.einsum(", "numpy.einsum, which this assignment forbids"),
    "plain": ("f = np.einsum\n", "f(", "numpy.einsum, which this assignment forbids"),
    "ctypes": ("", "np.ctypeslib.ctypes.x(", "numpy.ctypeslib; the graded functions may use only numpy"),
    "import": ("", "__import__('os').x(", "os; the graded functions may use only numpy"),
    "computed": ("", "__import__('o' + 's').x(", "__import__; the graded functions may use only numpy"),
    "importlib": ("import importlib\n", "importlib.import_module('os').x(", "importlib; the graded functions may use"),
}


def test_hidden_ways_to_what_is_forbidden_are_found(tmp_path: Path) -> None:
    rubric = "schema: convgrade/1\nextends: correctness-only.yaml\nname: r\npolicy: {forbidden: [numpy.einsum]}\n"
    (tmp_path / "r.yaml").write_text(f"{rubric}cases: {{count: 16}}\n")
    alice = ALICE.read_text()
    start = alice.index("def conv_forward_naive")
    assert "np.einsum(" in alice[alice.index("def conv_backward_naive") :]
    files = {
        f"{name}.py": alice[:start] + before + alice[start:].replace("np.einsum(", use)
        for name, (before, use, _) in HIDDEN_WAYS.items()
    }
    folder = write(tmp_path / "class", {**files})
    arguments = ("--rubric", tmp_path / "r.yaml", "--out", tmp_path / "out", "--jobs", 1, "--format", "json")
    done = grade(folder, *arguments)
    reports = {r["submission"]["id"]: items(r) for r in map(json.loads, done.stdout.splitlines())}
    for name, (_, _, told) in HIDDEN_WAYS.items():
        assert [reports[name][item]["verdict"] for item in ("dx", "dw", "db")] == ["policy"] * 3, name
        assert f"conv_backward_naive uses {told}" in reports[name]["dx"]["message"], name
        assert reports[name]["forward"]["points"] == 45


HARMLESS = {
    "array": "array('d', [1.0])", "bisect": "bisect([1], 1)", "cmath": "sqrt(-1)", "copy": "copy(w)",
    "datetime": "datetime.now().isoformat()", "decimal": "Decimal('0.1')", "fractions": "Fraction(1, 3)",
    "heapq": "heapify([2, 1])", "json": "dumps(conv_param)", "locale": "getlocale()", "logging": "debug('forward')",
    "random": "seed(0)", "statistics": "mean([1, 2])", "sys": "stdout.flush()", "traceback": "format_exc()",
    "warnings": "filterwarnings('ignore')",
}  # fmt: skip


def test_harmless_modules_of_the_standard_library_cost_nothing(tmp_path: Path) -> None:
    first = "    x, w, b, conv_param = cache\n"
    uses = "".join(f"    {module}.{use}\n" for module, use in HARMLESS.items())
    text = "".join(f"import {module}\n" for module in HARMLESS) + ALICE.read_text()
    assert text.count(first) == 1
    (tmp_path / "sub.py").write_text(text.replace(first, first + uses))
    assert grade_json(tmp_path / "sub.py", "--rubric", "correctness-only")["score"] == 100


def test_argument_whose_name_a_loop_takes_is_told_with_the_line_of_the_loop(tmp_path: Path) -> None:
    """Where the call ends by it, and only there."""
    loop = "    for b in range(len(x)):\n        out = x[b] + b[0]\n    return out, (x, w, b, conv_param)\n"
    path = tmp_path / "sub.py"
    path.write_text(f"def conv_forward_naive(x, w, b, conv_param):\n{loop}")
    told = items(grade_json(path, "--no-timing"))["forward"]
    assert "'int' object is not subscriptable" in told["message"]
    assert told["hint"].startswith("The loop at sub.py:2 counts with `b`, so from there on `b` is a number")
    path.write_text(path.read_text().replace("b[0]", "w[b][0].missing"))
    assert "counts with" not in (items(grade_json(path, "--no-timing"))["forward"]["hint"] or "")


def test_segfault_in_one_case_keeps_the_others(tmp_path: Path) -> None:
    crash = "    if len(x) == 4:\n        import ctypes; ctypes.string_at(0)\n"
    rubric = "schema: convgrade/1\nextends: correctness-only.yaml\nname: r\npolicy: {imports: [numpy, ctypes]}\n"
    (tmp_path / "r.yaml").write_text(rubric)
    path = tmp_path / "sub.py"
    path.write_text(
        ALICE.read_text().replace("    x, w, b, conv_param = cache\n", f"    x, w, b, conv_param = cache\n{crash}")
    )
    got = items(grade_json(path, "--rubric", tmp_path / "r.yaml"))
    for name in ("dx", "dw"):
        failing = {t: row for t, row in got[name]["traits"].items() if row["passed"] < row["total"]}
        assert failing == {"notebook": {"passed": 2, "total": 3}}
        assert "SIGSEGV" in got[name]["message"]
    assert got["forward"]["points"] == 45


def test_wrong_forward_does_not_cost_a_right_backward(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text(ALICE.read_text().replace("(x, w, b, conv_param)\n\n", "(x * 0, w, b, conv_param)\n\n", 1))
    got = items(grade_json(path, "--no-timing"))
    assert {got[name]["verdict"] for name in ("forward", "dx", "dw", "db")} == {"passed"}


def test_own_cache_of_any_form_is_right(tmp_path: Path) -> None:
    text = ALICE.read_text().replace("(x, w, b, conv_param)\n\n", "[conv_param, w, (x, b)]\n\n", 1)
    text = text.replace("x, w, b, conv_param = cache", "conv_param, w, (x, b) = cache")
    path = tmp_path / "sub.py"
    path.write_text(text)
    rubric = tmp_path / "r.yaml"
    rubric.write_text(
        f"{TIMED}items: [{{id: cache, kind: contract, points: 5, bonus: true, checks: [canonical_cache]}},"
        " {id: speed-backward, full_at: 0.2}]\n"  # which alice reaches on any machine
    )
    report = grade_json(path, "--rubric", rubric)
    got = items(report)
    assert {item["verdict"] for item in got.values() if item["kind"] == "correctness"} == {"passed"}
    assert got["speed-backward"]["points"] == 10
    assert got["cache"]["verdict"] == "failed"
    assert report["max_score"] == 100
    assert items(grade_json(ALICE, "--no-timing", "--rubric", rubric))["cache"]["points"] == 5


def test_changed_inputs_and_moods_cost_the_contract_only(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    text = ALICE.read_text().replace("    return out.reshape", "    w *= 0\n    return out.reshape")
    path.write_text(text.replace("(x, w, b, conv_param)\n\n", "(x, w.copy(), b, conv_param)\n\n", 1))
    got = items(grade_json(path, "--no-timing"))
    assert got["forward"]["verdict"] == "passed"
    assert got["contract"]["verdict"] == "partial"
    assert "inputs_unchanged: conv_forward_naive changes w in place" in got["contract"]["message"]
    written = path.read_text().replace("    return dx", "    dout *= 0\n    return dx")
    path.write_text(written)
    lines = [number for number, line in enumerate(written.split("\n"), 1) if line in ("    w *= 0", "    dout *= 0")]
    assert len(lines) == 2
    assert items(grade_json(path, "--no-timing"))["contract"]["diagnosis"]["lines"] == lines
    assert "in every call" not in got["contract"]["message"]
    path.write_text(ALICE.read_text().replace("    return dx", "    dout *= conv_param['pad'] > 0\n    return dx"))
    message = items(grade_json(path, "--no-timing"))["contract"]["message"]
    assert "naive changes dout in place, not in every call: for example for x (" in message
    assert re.search(r"for example for x \(.*\), w \(.*\), b \(\d+,\), stride \d+, pad 0", message)
    path.write_text(ALICE.read_text().replace("db = np.einsum", "db = np.random.rand() * np.einsum"))
    got = items(grade_json(path, "--no-timing"))
    assert "deterministic: conv_backward_naive gives another result" in got["contract"]["message"]


@pytest.mark.parametrize(
    ("kept", "cached", "read", "title"),
    [
        ("conv_forward_naive.last = (x, w, b, conv_param)", "None", "conv_forward_naive.last", OF_THE_LAST),
        (
            "kept = vars(conv_forward_naive).setdefault(str(x.shape), x.copy())\n    kept[...] = x",
            "(kept, w, b, conv_param)",
            "cache",
            OF_THE_LAST,
        ),
        (
            "conv_forward_naive.last = conv_param",
            "(x, w, b)",
            "(*cache, getattr(conv_forward_naive, 'last', None)) if len(cache) == 3 else cache",
            OF_THE_LAST,
        ),
        (
            "kept = vars(conv_forward_naive).setdefault(str(out.shape), out)\n    kept[...] = out\n    out = kept",
            "(x, w, b, conv_param)",
            "cache",
            "What a call returned is overwritten by the next one",
        ),
    ],
    ids=[
        "read past the cache",
        "one buffer for every cache",
        "parameters kept elsewhere",
        "one array for every result",
    ],
)
def test_what_is_kept_from_call_to_call_in_place_of_the_cache_breaks_a_promise(
    tmp_path: Path, kept: str, cached: str, read: str, title: str
) -> None:
    path, whole = tmp_path / "sub.py", "return out.reshape(N, len(w), H_out, W_out), "
    text = ALICE.read_text().replace(f"{whole}(x, w, b, conv_param)", f"{kept}\n    {whole}{cached}")
    path.write_text(text.replace("x, w, b, conv_param = cache", f"x, w, b, conv_param = {read}"))
    report = grade_json(path, "--no-timing")
    got = items(report)
    assert {got[name]["verdict"] for name in ("forward", "dx", "dw", "db")} == {"passed"}
    if title == OF_THE_LAST:
        assert "on the same cache after conv_forward_naive was called on something else" in got["contract"]["message"]
    assert got["contract"]["verdict"] == "partial"
    assert got["contract"]["diagnosis"]["title"] == title


def test_backward_may_change_what_is_in_its_cache(tmp_path: Path) -> None:
    """Also where forward returned it: by then, whoever got it has been through backward."""
    path, whole = tmp_path / "sub.py", "return out.reshape(N, len(w), H_out, W_out), "
    text = ALICE.read_text().replace(f"{whole}(x, w, b, conv_param)", f"{whole}(x, w.copy(), b, conv_param, out)")
    path.write_text(
        text.replace("x, w, b, conv_param = cache", "x, w, b, conv_param, *out = cache").replace(
            "    db = ", "    for each in out:\n        each[...] = 0\n    db = "
        )
    )
    assert items(grade_json(path, "--no-timing"))["contract"]["verdict"] == "passed"


def test_changed_parameters_are_told_apart_from_changed_arrays_with_their_line(tmp_path: Path) -> None:
    path, line = tmp_path / "sub.py", '    conv_param["H_out"] = 3\n'
    path.write_text(ALICE.read_text().replace("    return out.reshape", f"{line}    return out.reshape"))
    report = grade_json(path, "--no-timing")
    assert "conv_forward_naive changes conv_param in place" in items(report)["contract"]["message"]
    mistake = items(report)["contract"]["diagnosis"]
    assert "parameters" in mistake["title"]
    assert "+=" not in mistake["where"]
    assert [path.read_text().splitlines()[number - 1] for number in mistake["lines"]] == [line.rstrip()]


def test_pair_that_fits_only_the_canonical_cache_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text(ALICE.read_text().replace("(x, w, b, conv_param)\n\n", "(x * 2, w, b, conv_param)\n\n", 1))
    report = grade_json(path, "--no-timing")
    assert report["score"] == 100
    (note,) = report["notes"]
    assert note.startswith("In 59 cases conv_backward_naive is right on the cache (x, w, b, conv_param)")
    assert "On the cache that conv_forward_naive returned it is wrong there" in note


def test_rubric_chooses_whether_the_canonical_cache_counts_and_nothing_is_run_again(tmp_path: Path) -> None:
    text = ALICE.read_text()
    pair = text.replace("(x, w, b, conv_param)\n\n", "(x * 2, w, b, conv_param)\n\n", 1)
    crashes = text.replace("    return out.reshape", "    1 / 0\n    return out.reshape")
    homework = write(tmp_path / "hw", {"pair.py": pair, "none.py": crashes, "alice.py": text})
    rubric, out = tmp_path / "r.yaml", tmp_path / "out"
    own = "items: [{id: dw, kind: correctness, output: dw, points: 18, credit: traits, cache: own}]\n"
    found = {}
    for choice in ("", own):
        rubric.write_text(f"schema: convgrade/1\nextends: correctness-only.yaml\nname: r\n{choice}")
        done = grade(homework, "--rubric", rubric, "--out", out)
        assert "Backward right on (x, w, b, conv_param), and wrong on its own cache: pair" in done.stdout
        assert choice == "" or "3 marked again" in done.stderr
        with (out / "grades.csv").open(newline="") as file:
            found[choice] = {row["id"]: row for row in csv.DictReader(file)}
    best, strict = found[""], found[own]
    assert [best[id]["dw"] for id in ("pair", "none", "alice")] == ["18.0", "18.0", "18.0"]
    assert [strict[id]["dw"] for id in ("pair", "none", "alice")] == ["0.0", "18.0", "18.0"]  # none has no cache at all
    assert [strict["pair"][name] for name in ("dx", "db")] == ["25.0", "6.0"]
    assert [strict[id]["wrong_on_own_cache"] for id in ("pair", "none", "alice")] == ["59", "", ""]
    said = (out / "reports" / "pair.txt").read_text()
    assert "but it is marked on your own cache" in " ".join(said.split())
    assert "dw[" in said


def test_bonus_comes_on_top_and_is_said(tmp_path: Path) -> None:
    rubric = tmp_path / "r.yaml"
    bonus = "items: [{id: db, kind: correctness, output: db, points: 6, bonus: true}]\n"
    rubric.write_text(f"schema: convgrade/1\nextends: correctness-only.yaml\nname: r\n{bonus}")
    homework = write(tmp_path / "hw", {"a.py": ALICE.read_text(), "leo.py": (SUBMISSIONS / "leo.py").read_text()})
    done = grade(homework, "--rubric", rubric, "--out", tmp_path / "out")
    assert [line.split()[:4] for line in done.stdout.splitlines()[4:6]] == [
        ["above", "100", "%", "1"], ["90", "to", "100", "%"],
    ]  # fmt: skip
    assert "a: 100 / 94 (6 bonus)" in grade("report", tmp_path / "out", "a").stdout
    assert "# a: 100 / 94 (6 bonus)" in (tmp_path / "out" / "reports" / "a.md").read_text()
    assert "6 bonus" in (tmp_path / "out" / "reports" / "a.html").read_text()
    assert grade(homework / "a.py", "--rubric", rubric, "--fail-under", 106).returncode == 0
    assert grade(homework / "a.py", "--rubric", rubric, "--fail-under", 107).returncode == 1


@pytest.mark.parametrize(
    ("images", "hint"),
    [
        (3, "The function is wrong in some of the small cases, too"),
        (4, "On small inputs the function was right in some"),
    ],
)
def test_wrong_on_the_timed_workload_has_no_ratio(tmp_path: Path, images: int, hint: str) -> None:
    path, line = tmp_path / "sub.py", "    return out.reshape"
    path.write_text(ALICE.read_text().replace(line, f"    if len(x) > {images}: out *= 1.001\n{line}"))
    report = timed_briefly(path)
    speed = items(report)["speed-forward"]
    assert (speed["verdict"], speed["points"]) == ("failed", 0)
    assert "not timed: on the timed workload out[" in speed["message"]
    assert speed["hint"].startswith(hint)
    assert report["speed"]["forward"] is None
    assert report["speed"]["backward"]["ratio"] > 0


def test_what_is_not_left_behind_on_the_timed_workload_is_told_as_where_it_is_missing(tmp_path: Path) -> None:
    path, rubric = tmp_path / "sub.py", tmp_path / "brief.yaml"
    left = '    bn_param["running_mean"] = '
    path.write_text((SUBMISSIONS / "ruth.py").read_text().replace(left, f"    if len(x) < 800:\n    {left}"))
    rubric.write_text(
        "schema: convgrade/1\nextends: cs231n-spatial-batchnorm.yaml\nname: brief\ncases: {count: 16}\n"
        "limits: {timing_s: 0.1}\n"
    )
    found = items(grade_json(path, "--rubric", rubric))
    assert found["running-mean"]["verdict"] == "passed"
    missing = "not timed: on the timed workload `bn_param['running_mean']` is missing after the call"
    assert (found["speed-forward"]["verdict"], found["speed-forward"]["message"]) == ("missing", missing)


def test_backward_that_was_given_our_cache_says_so(tmp_path: Path) -> None:
    text = ALICE.read_text().replace("(x, w, b, conv_param)\n\n", "(x, w, conv_param)\n\n", 1)
    text = text.replace("x, w, b, conv_param = cache", "x, w, conv_param = cache")
    path = tmp_path / "sub.py"
    path.write_text(text)
    assert items(grade_json(path, "--no-timing"))["dx"]["verdict"] == "passed"
    path.write_text(text.replace("    return out.reshape", "    1 / 0\n    return out.reshape"))
    dx = items(timed_briefly(path))["dx"]
    assert dx["verdict"] == "crashed"
    assert "did not return a cache, so this call was given the cache (x, w, b, conv_param)" in dx["hint"]


@pytest.mark.parametrize(
    ("there", "told"),
    [("conv_forward(x):\n    return", "is not there"), ("conv_forward_naive(x:", "could not be read")],
)
def test_backward_says_that_there_is_no_forward_whose_cache_it_could_be_given(
    there: str, told: str, tmp_path: Path
) -> None:
    backward = "def conv_backward_naive(dout, cache):\n    x, w, conv_param = cache\n    return dout, w, x\n"
    (tmp_path / "sub.py").write_text(f"{backward}\n\ndef {there}\n")
    dx = items(grade_json(tmp_path / "sub.py", "--no-timing"))["dx"]
    assert dx["verdict"] == "crashed"
    assert dx["hint"].startswith(f"conv_forward_naive {told}, so this call was given the cache (x, w, b, conv_param)")


def test_function_that_was_never_right_is_not_timed(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text(ALICE.read_text().replace("    return out.reshape", "    1 / 0\n    return out.reshape"))
    got = items(timed_briefly(path))
    assert got["speed-forward"]["verdict"] == "crashed"
    assert (
        got["speed-forward"]["message"] == "not timed: in no case was everything right that conv_forward_naive returned"
    )
    assert got["speed-backward"]["points"] > 0


def test_gradient_with_respect_to_an_integer_bias_is_nobodys_task(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text(ALICE.read_text().replace("    dw = np.einsum", "    db = db.astype(b.dtype)\n    dw = np.einsum"))
    got = items(grade_json(path, "--no-timing"))
    assert got["db"]["verdict"] == "passed"
    assert "integer bias" in got["forward"]["traits"]
    assert "integer bias" not in got["db"]["traits"]


def test_slow_backward_does_not_use_up_the_time_of_forward(tmp_path: Path) -> None:
    rubric = tmp_path / "r.yaml"
    rubric.write_text("schema: convgrade/1\nextends: correctness-only.yaml\nname: r\nlimits: {total_s: 3}\n")
    path = tmp_path / "sub.py"
    slow = "    import time; time.sleep(0.4)\n    x, w, b, conv_param = cache\n"
    path.write_text(ALICE.read_text().replace("    x, w, b, conv_param = cache\n", slow))
    got = items(grade_json(path, "--rubric", rubric))
    assert got["forward"]["points"] == 45
    assert got["dx"]["verdict"] in ("partial", "timeout")
    assert "cases were skipped: conv_backward_naive was not tried: the time" in got["dx"]["message"]
    assert "far more work than the result needs" in got["dx"]["hint"]
    assert got["dx"]["counterexample"] is None


def test_time_of_loops_that_take_all_images_at_once_is_not_scaled_up(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text(
        (SUBMISSIONS / "dave.py").read_text().replace("(H + 2 * p - WW) // s + 1", "(W + 2 * p - WW) // s + 1")
    )
    speed = timed_briefly(path, TIMED)["speed"]
    assert not speed["forward"]["extrapolated"]
    assert speed["forward"]["ratio"] > 0.01


def test_compile_error_is_the_students_and_costs_one_function(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    for broken in (
        "def conv_backward_naive(dout, dout): pass",
        "def conv_backward_naive(d, c):\n    x = 1\n    global x",
    ):
        path.write_text(ALICE.read_text().split("def conv_backward_naive")[0] + broken)
        got = items(grade_json(path, "--no-timing"))
        assert got["forward"]["points"] == 40
        assert got["dx"]["verdict"] == "missing"
        assert "could not be defined: sub.py:" in got["dx"]["message"]


def test_contract_that_nothing_shows_is_missing(tmp_path: Path) -> None:
    rubric = tmp_path / "r.yaml"
    rubric.write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: r\n"
        "items: [{id: contract, kind: contract, points: 6, checks: [canonical_cache]}]\n"
    )
    path = tmp_path / "sub.py"
    path.write_text(ALICE.read_text().split("def conv_backward_naive")[0])
    assert items(grade_json(path, "--rubric", rubric))["contract"]["verdict"] == "missing"
    path.write_text("import numpy as np\ndef conv_forward_naive(*a): return np.zeros(1), None\n")
    assert items(grade_json(path, "--no-timing"))["contract"]["points"] == 0


def test_function_that_returned_none_to_another_is_named(tmp_path: Path) -> None:
    """A layer that is right while training, and not written for test mode."""
    text = (SUBMISSIONS / "ruth.py").read_text()
    name, helper = "def spatial_batchnorm_forward(", "def first(x, gamma, beta, bn_param):\n"
    end = "    out, cache = normalized(x, gamma, beta, bn_param)\n    return out.reshape(x.shape), cache\n\n\n"
    helper += (
        f"    if bn_param['mode'] == 'test':\n        return None, None\n{end.replace('out.reshape(x.shape)', 'out')}"
    )
    (tmp_path / "sub.py").write_text(
        f"{text.replace(name, 'def normalized(')}\n\n{helper}{name}x, gamma, beta, bn_param):\n"
        f"{end.replace('normalized', 'first')}"
    )
    forward = items(grade_json(tmp_path / "sub.py", "--rubric", "cs231n-spatial-batchnorm", "--no-timing"))["forward"]
    assert "'NoneType' object has no attribute 'reshape'" in forward["message"]
    line = f"{text}\n\n{helper}".count("\n") + 2
    assert (
        forward["hint"]
        == f"`out` is None there: `first` returned that (sub.py:{line}). What does it return in this case?"
    )
