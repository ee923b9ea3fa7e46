"""What is not a gradable file gets one clear line, the status of the contract, and never a traceback."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from grader.records import Content
from grader.source_code.text import parse
from tests.cli import QUICKLY, SUBMISSIONS, grade, grade_all_json, grade_json, items
from tests.test_sources import write

ALICE = (SUBMISSIONS / "alice.py").read_text()
FORWARD_ONLY = ALICE[: ALICE.index("def conv_backward_naive")]


def graded(tmp_path: Path, text: str | bytes, name: str = "sub.py", status: int = 0) -> dict[str, object]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return grade_json(path, *QUICKLY, status=status)


NEITHER = "sub.py: defines neither conv_forward_naive nor conv_backward_naive"
NOT_HANDED_IN = (
    f"{NEITHER}; sub.py:2: ModuleNotFoundError: No module named 'cs231n' "
    "(are the functions in the file that it imports from? Hand in that one)"
)
NOT_GRADABLE: list[tuple[str | bytes, str]] = [
    ("", "sub.py: the file is empty"),
    ("\n  \n", "sub.py: the file is empty"),
    ("def conv_forward_naive(:\n", "sub.py:1: SyntaxError: "),
    ("x = 1\n\tdef f(): pass\n", "sub.py:2: IndentationError: "),
    (b"x = 1\ny = 'caf\xe9'  # caf\xe9\n", "sub.py:2: is not utf-8 text; save it as UTF-8"),
    (b"# caf\xe9\nx = (\n", "sub.py:1: is not utf-8 text; save it as UTF-8"),
    (b"# coding: ascii\n# caf\xe9\n", "sub.py:2: is not ascii text; save it as UTF-8"),
    (b"x = 1\n\0", "sub.py:2: SyntaxError: has NUL bytes, which are no text"),
    ("\n\n<!doctype html>\n<pre>\n" + ALICE, "sub.py: is a web page; hand in the Python file itself"),
    ("<p>" + ALICE, "sub.py: is a web page, or what was typed into the platform's text field; hand in the Python file"),
    ("{\\rtf1\\ansi " + ALICE, "sub.py: is a text with formats (RTF); save it as plain text"),
    ("version https://git-lfs.github.com/spec/v1\n", "sub.py: is only Git LFS's pointer to the file"),
    (b"# coding: klingon\n", "sub.py:1: cannot be decoded: "),
    (b"# coding: punycode\n", "sub.py:1: is written in punycode; save it as UTF-8"),
    (b"# coding: undefined\n", "sub.py:1: is written in undefined; save it as UTF-8"),
    ("# " + "\u00e9" * 100_000, "sub.py: defines neither conv_forward_naive"),
    ("\n" * 240_000 + "x = (\n" * 3000, "sub.py:2"),
    ("import os\nos.mkdir('d')\n" + "os.chdir('d'); os.mkdir('d')\n" * 1200, "sub.py: defines neither"),
    ("raise SystemExit(0)", f"{NEITHER}; sub.py:1: sys.exit"),
    ("x = 1\n", NEITHER),
    ("import plots\nfrom cs231n.layers import *\n", NOT_HANDED_IN),
    ("import plots\nfrom cs231n.layers import conv_forward_naive\n", NOT_HANDED_IN),
    (
        "import plots\nfrom cs231n.layers import affine_forward\n",
        f"{NEITHER}; sub.py:1: ModuleNotFoundError: No module",
    ),
    ("conv_forward_naive = 3\n", "sub.py: conv_forward_naive is an int"),
    ("import os\nos._exit(0)\n", "loading failed: sub.py crashed: the process ended itself with exit status 0"),
    ("while True: pass\n", "sub.py: loading the file did not finish within 0.5 s"),
    ("-" * 100_000 + "1", "sub.py:1: SyntaxError: "),
    ("(" * 100_000, "sub.py:1: SyntaxError: "),
    (b"x = 1\n" * 400_000, "sub.py: "),
]


@pytest.fixture(scope="module")
def rejections(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The reports of all that is not gradable, one after the other."""
    root = tmp_path_factory.mktemp("not-gradable")
    (root / "quick.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: quick\nlimits: {call_s: 0.5}\n"
    )
    files = {f"{i}/sub.py": text for i, (text, _) in enumerate(NOT_GRADABLE)}
    write(root, files)
    return grade_all_json(*(root / name for name in files), "--rubric", root / "quick.yaml")


@pytest.mark.parametrize("number", range(len(NOT_GRADABLE)), ids=[message for _, message in NOT_GRADABLE])
def test_file_without_anything_gradable_is_rejected(rejections: list[dict[str, Any]], number: int) -> None:
    assert len(rejections) == len(NOT_GRADABLE)
    report = rejections[number]
    assert report["verdict"] == "rejected"
    assert report["score"] == 0
    assert report["message"].startswith(NOT_GRADABLE[number][1])
    assert "\n" not in report["message"]


@pytest.mark.parametrize("make", ["missing", "fifo", "dangling", "long", "empty", "text"])
def test_path_that_leads_nowhere_is_a_usage_error_and_nothing_runs(tmp_path: Path, make: str) -> None:
    path: Path | str = tmp_path / "x.py"
    if make == "fifo":
        os.mkfifo(path)
    elif make == "dangling":
        (tmp_path / "x.py").symlink_to(tmp_path / "nowhere")
    elif make == "text":
        path = "/etc/passwd"
    elif make in ("long", "empty"):
        path = {"long": "a" * 300 + ".py", "empty": ""}[make]
    (tmp_path / "ann.py").write_text(ALICE)
    arguments = (tmp_path / "ann.py", path, "--no-timing", "--out", tmp_path / "r")
    done = grade(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert (str(path) or "a path is empty") in done.stderr.splitlines()[-1]
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("help", "grade --help"),
        ("version", "grade --version"),
        ("reprot", "grade report"),
        ("leader", "grade leaderboard"),
    ],
)
def test_command_misspelt_is_told_what_may_be_meant(typed: str, meant: str) -> None:
    done = grade(typed)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"grade: {typed}: no such file or folder (did you mean `{meant}`?)\n"


def test_file_that_we_cannot_read_is_our_failure(tmp_path: Path) -> None:
    """`/proc/self/mem` begins with pages that nobody can read, root included."""
    path = tmp_path / "x.py"
    path.symlink_to("/proc/self/mem")
    report = grade_json(path, status=3)
    assert (report["verdict"], report["score"]) == ("judge_error", None)
    assert re.search(r"x\.py: cannot be read by the grader: (Permission denied|Input/output error)", report["message"])


def test_one_missing_function_costs_its_own_items(tmp_path: Path) -> None:
    got = items(graded(tmp_path, FORWARD_ONLY))
    assert [got[name]["verdict"] for name in ("forward", "dx", "dw", "db")] == [
        "passed",
        "missing",
        "missing",
        "missing",
    ]
    assert (got["dx"]["message"], got["dx"]["hint"]) == ("there is no function conv_backward_naive", None)


def test_function_under_another_name_and_a_variable_that_nothing_sets_are_hinted_at(tmp_path: Path) -> None:
    text = FORWARD_ONLY.replace("out = ", "out = bias + ", 1) + "\ndef conv_backward(dout, cache): pass\n"
    got = items(graded(tmp_path, text))
    assert got["dx"]["hint"] == "`conv_backward` is there: if that is it, give it the name `conv_backward_naive`."
    told = (
        "Nothing sets `bias`: is it misspelt, or one of the arguments (`x`, `w`, `b`, `conv_param`) under another name?"
    )
    assert got["forward"]["hint"] == told


def test_function_that_does_not_parse_is_told_where_another_calls_it(tmp_path: Path) -> None:
    helper = "def total(dout):\n    return dout.sum(axis=(0, \\ \n        2, 3))\n"
    called = "    return None, None, total(dout)\n"
    got = items(graded(tmp_path, f"{FORWARD_ONLY}\n\n{helper}\n\ndef conv_backward_naive(dout, cache):\n{called}"))
    line = 1 + FORWARD_ONLY.count("\n") + 3
    assert "NameError: name 'total' is not defined" in got["db"]["message"]
    told = f"`total` is in the file, but could not be read: sub.py:{line}: SyntaxError: unexpected character after"
    assert got["db"]["hint"].startswith(told)


CALLS = {
    "dW = x(0)": "'numpy.ndarray' object is not callable|Round brackets call a function",
    "dW = x.shape(0)": "'tuple' object is not callable|Round brackets call a function",
    "dx = np.zeros(x.shape); dx[0] += np.array(None)": r"dtype\('O'\) to dtype\('float64'\)|no number, such as None",
    "dx = np.zeros(x.shape); dx[0] += None": "Cannot cast ufunc 'add'|A `None` of the starter code still stands there",
}
"""Lines of a backward pass that crash, with what is said of them."""


@pytest.mark.parametrize("line", CALLS)
def test_what_is_called_or_added_and_is_no_function_or_number_is_hinted_at(tmp_path: Path, line: str) -> None:
    begins = "def conv_backward_naive(dout, cache):\n"
    got = items(graded(tmp_path, ALICE.replace(begins, f"{begins}    x = cache[0]\n    {line}\n")))
    error, hint = CALLS[line].split("|")
    assert re.search(error, got["dx"]["message"])
    assert hint in got["dx"]["hint"]


def test_function_of_which_only_the_starter_stands_there_is_still_to_be_written(tmp_path: Path) -> None:
    starter = '''
def conv_backward_naive(dout, cache):
    """Returns dx, dw, db."""
    dx, dw, db = None, None, None
    # TODO: the backward pass
    pass
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db
'''
    got = items(graded(tmp_path, FORWARD_ONLY + starter))
    assert got["dx"]["hint"] == "Nothing sets `dx_pad`, and nothing is written above this line yet."
    got = items(graded(tmp_path, FORWARD_ONLY + starter.replace("pass", "db = dout.sum(axis=(0, 2, 3))")))
    assert got["dx"]["hint"].startswith("Nothing sets `dx_pad`: is it misspelt")


def test_wrong_signature_is_named(tmp_path: Path) -> None:
    text = FORWARD_ONLY.replace("(x, w, b, conv_param)", "(x, w)", 1) + "def conv_backward_naive(): pass\n"
    got = items(graded(tmp_path, text))
    assert got["forward"]["verdict"] == "crashed"
    assert "conv_forward_naive cannot be called as conv_forward_naive(x, w, b, conv_param)" in got["forward"]["message"]
    assert "conv_backward_naive cannot be called as conv_backward_naive(dout, cache)" in got["dx"]["message"]


def test_import_that_is_needed_and_missing_is_traced_to_its_line(tmp_path: Path) -> None:
    text = ALICE.replace("import numpy as np\n", "import numpy as np\nfrom .helpers import pad_image\n").replace(
        "x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))", "x_pad = pad_image(x, pad)", 1
    )
    got = items(graded(tmp_path, text))
    assert got["forward"]["verdict"] == "crashed"
    assert "NameError: name 'pad_image' is not defined" in got["forward"]["message"]
    line = text.split("\n").index("from .helpers import pad_image") + 1
    hint = f"`pad_image` comes from sub.py:{line}, which failed: the file is graded alone"
    assert got["forward"]["hint"].startswith(hint)
    assert got["dx"]["verdict"] == "passed"


@pytest.mark.parametrize(
    "text",
    [
        ALICE.replace("\n", "\r\n"),
        "\ufeff" + ALICE,
        "# -*- coding: latin-1 -*-\n# café\n" + ALICE,
        "# café, as latin-1, which UTF-8 is not\n" + ALICE,
        "%matplotlib inline\n!pip install numpy\n" + ALICE,
        ALICE + "\n\ndef other(x):\n    print 'Python 2'\n",
        "def other(x):\n    print 'Python 2'\n\n\n" + ALICE,
        ALICE + "\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> branch\n",
        "import nothing_like_it\nfrom cs231n.fast_layers import *\n" + ALICE + "\nassert False\n",
    ],
    ids=["crlf", "bom", "latin1", "comment", "magics", "print-after", "print-before", "conflict", "imports"],
)
def test_what_the_two_functions_do_not_need_may_be_broken(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sub.py"
    path.write_bytes(text.encode("latin-1" if "latin-1" in text else "utf-8"))
    assert grade_json(path, *QUICKLY)["score"] == 100


LEFT_OUT = {
    "while True: pass": "left out",
    "raise SystemExit": "",
    "import os; os._exit(0)": "left out",
    "print('x' * 10**6)": "left out",
    "demonstrated = helper()": "left out",
}
"""Demonstrations; a statement that merely fails needs no note."""
CUT = ALICE.index("def conv_backward_naive")
WHERE = {
    "before": (0, "everything"),
    "between": (CUT, "everything"),
    "behind": (len(ALICE), "what follows the two functions"),
}


@pytest.mark.parametrize("demo", LEFT_OUT)
@pytest.mark.parametrize("where", WHERE)
def test_demonstration_costs_nothing_wherever_it_stands(tmp_path: Path, demo: str, where: str) -> None:
    rubric = tmp_path / "quick.yaml"
    rubric.write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 16}\nlimits: {call_s: 0.1}\n"
    )
    place, what = WHERE[where]
    start = 'def helper(known=0):\n    while not known: pass\n\n\nname = "conv"\nif name:\n    import math\n\n\n'
    first, second = (text.replace("    db = ", "    helper(1)\n    db = ") for text in (ALICE[:place], ALICE[place:]))
    (tmp_path / "sub.py").write_text(f"{start}{first}{demo}\n\n\n{second}")
    report = grade_json(tmp_path / "sub.py", "--rubric", rubric)
    assert report["score"] == 100, report["message"]
    what = "everything" if "=" in demo else what  # other values are kept at first
    note = f"so {what} was left out, except definitions."
    assert [note in text for text in report["notes"]] == ([True] if LEFT_OUT[demo] else [])


STRAY = [
    ")",
    "  print('demo')",
    "\u3000print('demo')",
    "\u00a0x = 1",
    "]]",
    "\tprint(1)",
    "  x = (1",
    "\u200b",
    "print 'demo'",
    "\0\0",
    "@author Jane",
    "@date: today",
    "@",
]


@pytest.mark.parametrize("line", STRAY)
@pytest.mark.parametrize("where", WHERE)
def test_stray_line_costs_nothing_wherever_it_stands(tmp_path: Path, line: str, where: str) -> None:
    place = WHERE[where][0]
    (tmp_path / "sub.py").write_text(f"{ALICE[:place]}\n{line}\n\n{ALICE[place:]}")
    report = grade_json(tmp_path / "sub.py", *QUICKLY)
    assert report["score"] == 100, report["message"]


def test_stub_that_replaces_a_function_further_down_is_told(tmp_path: Path) -> None:
    (tmp_path / "sub.py").write_text(
        f"{ALICE}\n\ndef conv_forward_naive(x, w, b, conv_param):\n    return None, None\n"
    )
    report = grade_json(tmp_path / "sub.py", *QUICKLY)
    first, last = (i for i, line in enumerate((tmp_path / "sub.py").read_text().split("\n"), 1) if "def conv_f" in line)
    assert (
        f"conv_forward_naive is defined in sub.py:{first} and in sub.py:{last}: the last one counts" in report["notes"]
    )
    assert items(report)["forward"]["verdict"] == "missing"


@pytest.mark.parametrize(
    "line",
    [
        "conv_forward_naive = fast",
        "from cs231n.fast_layers import f as conv_forward_naive",
        "_, conv_forward_naive = f()",
    ],
)
def test_line_that_gives_a_function_another_meaning_is_told_as_the_one_that_counts(line: str) -> None:
    """It was said that the last definition counts, which was not graded."""
    stub, used = "def conv_forward_naive(x): pass\n", "out, _ = conv_forward_naive(x)\nprint(conv_forward_naive, x)\n"
    text = f"{stub}{FORWARD_ONLY}\n{line}\n{used}def conv_backward_naive(dout, cache):\n    conv_forward_naive = 1\n"
    lines = text.split("\n")
    last = max(i for i, each in enumerate(lines, 1) if "def conv_f" in each)
    for code, said in (
        (text, f"given another meaning in sub.py:{lines.index(line) + 1}"),
        (text.replace(line, ""), ""),
    ):
        found = parse(Content("sub.py", code.encode()), ("conv_forward_naive", "conv_backward_naive")).notes
        at = f"sub.py:{last} and {said}" if said else f"sub.py:1 and in sub.py:{last}"
        assert found == (f"conv_forward_naive is defined in {at}: the last one counts",)


def test_what_is_broken_in_a_function_is_not_cut_off(tmp_path: Path) -> None:
    """Only behind its last `return` nothing of a function is lost."""
    broken = FORWARD_ONLY.replace("    return out", "    print 'done'\n    return out")
    (tmp_path / "sub.py").write_text(broken + ALICE[CUT:])
    got = items(grade_json(tmp_path / "sub.py", *QUICKLY))
    assert got["forward"]["verdict"] == "missing"
    assert "conv_forward_naive could not be read: sub.py:" in got["forward"]["message"]


def test_function_that_does_not_parse_is_missing_and_says_where(tmp_path: Path) -> None:
    text = FORWARD_ONLY + "def conv_backward_naive(dout, cache):\n    print 'hello'\n    return 1, 2, 3\n"
    report = graded(tmp_path, text)
    got = items(report)
    line = text.split("\n").index("    print 'hello'") + 1
    assert got["forward"]["verdict"] == "passed"
    assert got["dx"]["verdict"] == "missing"
    assert got["dx"]["message"].startswith(f"conv_backward_naive could not be read: sub.py:{line}: SyntaxError")


def test_function_that_does_not_parse_is_on_the_page_with_the_line_at_which_it_stops(tmp_path: Path) -> None:
    text = (
        FORWARD_ONLY
        + "\n\ndef conv_backward_naive(dout, cache):\n    x = cache[0]\n    dx = (1, 2\n    return dx, 2, 3\n"
    )
    (tmp_path / "sub.py").write_text(text)
    page = grade(tmp_path / "sub.py", "--no-timing", "--format", "html").stdout
    line = text.split("\n").index("    dx = (1, 2") + 1
    assert "x = cache[0]" in page
    (marked,) = re.findall(r'id="(code-\d+-\d+)"[^\n]*does not parse: SyntaxError: &#39;\(&#39; was never closed', page)
    assert marked.endswith(f"-{line}")


@pytest.mark.parametrize(
    "name",
    ["with space.py", "-dash.py", "new\nline.py", "\x1b[31mred.py", "=formula.py", "numpy.py", "x" * 200 + ".py"],
)
def test_odd_names_are_graded_and_escaped(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(ALICE)
    done = grade(*QUICKLY, "-q", "--", name, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.endswith(": 100 / 100 (speed not timed)\n")
    assert len(done.stdout.splitlines()) == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_forbidden_import_gets_nothing_and_says_why(tmp_path: Path) -> None:
    text = ALICE.replace("import numpy as np", "import numpy as np\nimport torch")
    path = tmp_path / "sub.py"
    path.write_text(text.replace("np.pad(x", "torch.pad(x"))
    report = grade_json(path)
    assert report["score"] == 0
    assert {item["verdict"] for item in items(report).values()} == {"policy"}
    line = text.split("\n").index("import torch") + 1
    expected = f"sub.py:{line}: conv_forward_naive uses torch; the graded functions may use only numpy"
    assert items(report)["forward"]["message"].startswith(expected)


def test_forbidden_import_in_one_function_leaves_the_other_its_marks(tmp_path: Path) -> None:
    got = items(
        graded(tmp_path, ALICE.replace("    db = ", "    from scipy import signal\n    signal.correlate\n    db = "))
    )
    assert [got[name]["verdict"] for name in ("forward", "dx", "dw", "db")] == ["passed", "policy", "policy", "policy"]
    assert got["contract"]["points"] == 7


def test_violation_can_be_flagged_only(tmp_path: Path) -> None:
    rubric = tmp_path / "flag.yaml"
    rubric.write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: flag\n"
        "policy: {imports: [numpy], on_violation: flag}\n"
    )
    path = tmp_path / "sub.py"
    path.write_text(ALICE.replace("    stride, pad", "    import math\n    math.pi\n    stride, pad", 1))
    report = grade_json(path, "--rubric", rubric)
    assert report["score"] == 100
    assert "conv_forward_naive uses math" in report["notes"][0]


def test_definition_that_fails_is_told_with_its_reason(tmp_path: Path) -> None:
    report = graded(tmp_path, FORWARD_ONLY + "@njit\ndef conv_backward_naive(dout, cache):\n    return 1, 2, 3\n")
    line = FORWARD_ONLY.count("\n") + 2
    expected = f"conv_backward_naive could not be defined: sub.py:{line}: NameError: name 'njit' is not defined"
    assert items(report)["dx"]["message"] == expected


def test_definition_that_does_not_compile_is_told_at_its_line_without_our_name_of_the_file(tmp_path: Path) -> None:
    """It parses: Python finds out that a star may not be imported there when it makes code of it."""
    report = graded(tmp_path, FORWARD_ONLY + "def conv_backward_naive(dout, cache):\n    from math import *\n")
    line, why = FORWARD_ONLY.count("\n") + 2, "SyntaxError: import * only allowed at module level"
    assert items(report)["dx"]["message"] == f"conv_backward_naive could not be defined: sub.py:{line}: {why}"


def test_file_whose_only_functions_cannot_be_defined_is_not_said_to_have_them(tmp_path: Path) -> None:
    """It was told "defines neither f nor g; it has f"."""
    text = "import nowhere\ndef helper(): pass\ndef conv_forward_naive(x, w, b, conv_param):\n    from math import *\n"
    assert graded(tmp_path, text)["message"] == (
        "sub.py: defines neither conv_forward_naive nor conv_backward_naive; it has helper; "
        "conv_forward_naive could not be defined: sub.py:4: SyntaxError: import * only allowed at module level"
    )


@pytest.mark.parametrize("encoding", ["x" * 100_000, "rot" + "-" * 100_000 + "13"], ids=["unknown", "known"])
def test_name_of_an_encoding_is_told_only_in_part(tmp_path: Path, encoding: str) -> None:
    message = graded(tmp_path, f"# coding: {encoding}\n{ALICE}")["message"]
    assert str(message).endswith("; save it as UTF-8")
    assert len(str(message)) < 200


def test_merge_conflict_in_a_function_spoils_it_whole(tmp_path: Path) -> None:
    text = ALICE.replace("    db = ", "<<<<<<< HEAD\n    db = 1\n=======\n    db = ", 1) + "\n>>>>>>> other\n"
    got = items(graded(tmp_path, text))
    assert got["forward"]["verdict"] == "passed"
    line = text.split("\n").index("<<<<<<< HEAD") + 1
    assert got["dx"]["message"].startswith(f"conv_backward_naive could not be read: sub.py:{line}: SyntaxError")


def test_error_in_a_part_of_the_file_names_no_line_of_that_part(tmp_path: Path) -> None:
    """Python counts from the beginning of what it is given."""
    begins = "def conv_backward_naive(dout, cache):\n"
    conflict = f"{begins}<<<<<<< HEAD\n    out = None\n=======\n    out = 0\n>>>>>>> other\n"
    message = items(graded(tmp_path, ALICE.replace(begins, conflict)))["dx"]["message"]
    assert "on line" not in message
    assert message.endswith("a merge conflict is left there: keep one of its two versions")
    endless = ALICE.replace('"""', "#").replace(begins, f"{begins}    y = '''\n")
    message = items(graded(tmp_path, endless))["dx"]["message"]
    assert "unterminated triple-quoted string literal" in message
    assert "detected" not in message


def test_several_paths_are_graded_one_after_the_other() -> None:
    done = grade(SUBMISSIONS / "carol.py", SUBMISSIONS / "alice.py", "--no-timing", "-q")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["carol", "alice"]
    assert done.returncode == 0
