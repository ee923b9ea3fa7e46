"""The same functions are recognised wherever they stand, and nobody is judged by another's file."""

import json
from pathlib import Path

import pytest

from grader.source_code.text import parse
from grader.source_code.twins import fingerprint
from grader.sources import find_entries
from grader.sources.places import read
from tests.cli import grade, grade_json
from tests.test_batch import QUICKLY_TIMED, RUBRIC, SAMPLE, attempts, marks
from tests.test_notebook import notebook
from tests.test_sources import write

NAMES = ("conv_forward_naive", "conv_backward_naive")
CAROL = SAMPLE["carol"]
COMMENTED = CAROL.replace("import numpy as np\n", "import numpy as np  # thanks\n\n\n# my own work\n").replace(
    "x, w, b, conv_param = cache\n", "x, w, b, conv_param = cache  # words of mine\n"
)
AMONG_OTHERS = '"""Layers."""\n\ndef relu(x):\n    return x\n\n' + CAROL + "\n\nif __name__ == '__main__':\n    1 / 0\n"


def of(text: str) -> str | None:
    return fingerprint(text, NAMES)


@pytest.mark.parametrize("text", [COMMENTED, AMONG_OTHERS, CAROL.replace("    ", "        ")])
def test_layout_comments_and_other_functions_do_not_matter(text: str) -> None:
    assert text != CAROL
    assert of(text) == of(CAROL) is not None


def test_functions_in_a_notebook_are_the_same_as_in_a_file(tmp_path: Path) -> None:
    (entry,) = find_entries([write(tmp_path, {"a.ipynb": notebook("def relu(x):\n    return x", CAROL)}) / "a.ipynb"])
    cells = parse(read(entry.place, NAMES), NAMES)
    assert fingerprint(cells.code, NAMES, as_main=True) == of(CAROL)
    guarded = CAROL + "\nif __name__ == '__main__':\n    np.pad = None\n"
    assert fingerprint(guarded, NAMES, as_main=True) != of(guarded) == of(CAROL)


@pytest.mark.parametrize(
    "more",
    [
        "np.seterr(all='raise')",
        "@print\ndef unused(): pass",
        "class Unused:\n    np.pad = None",
        "def unused(y=setattr(np, 'sum', None)): pass",
        "if __name__ == '__main__': pass\nelse: np.pad = None",
        "if __name__ != '__main__': np.pad = None",
        "import math",
        "def __builtins__(): pass",
        "def __getattr__(name): raise SystemExit",
        "__name__ = '__main__'\nif __name__ == '__main__':\n    np.pad = None",
        "def range(*a): raise SystemExit",
        "range = None",
        "SIZE = 5",
    ],
)
def test_whatever_can_reach_the_functions_matters(more: str) -> None:
    assert None is not of(f"{CAROL}\n{more}\n") != of(CAROL)


@pytest.mark.parametrize(
    "look", ["globals()['u' + 'nused']()", "(lambda: 0).__globals__['u' + 'nused']()", "eval('un' + 'used()')"]
)
def test_where_code_looks_at_itself_every_definition_matters(look: str) -> None:
    text = f"{CAROL}\ndef unused(): np.pad = None\n"
    assert of(text) == of(CAROL)
    assert of(f"{text}{look}\n") != of(f"{text.replace('np.pad', 'np.sum')}{look}\n")


@pytest.mark.parametrize("other", [CAROL.replace("pad", "padding"), SAMPLE["alice"], f"{CAROL}N = '0x5'\n"])
def test_other_code_is_not_the_same(other: str) -> None:
    assert of(other) != of(CAROL)
    assert of(other) != of(f"{CAROL}N = 5\n")


@pytest.mark.parametrize("text", ["", "import os", "def (:", "conv_forward_naive()", "conv_forward_naive = 3\nreturn"])
def test_of_what_has_no_such_functions_nothing_is_told(text: str) -> None:
    assert of(text) is None


def test_integers_of_thousands_of_digits_are_compared() -> None:
    long = "0x" + "f" * 5000
    assert None is not of(f"{CAROL}N = {long}\n") != of(f"{CAROL}N = {long[:-1]}e\n")


def test_each_submission_is_run_and_the_same_ones_are_named(tmp_path: Path) -> None:
    """The victims' functions, and what breaks them without being named in them, before and after the victims."""
    rubric, out = tmp_path / "rubric.yaml", tmp_path / "out"
    rubric.write_text(RUBRIC)
    attack = "def __builtins__(): pass\n" + CAROL
    files = {f"s{i}.py": text for i, text in enumerate([CAROL, COMMENTED, AMONG_OTHERS])}
    files |= {"a_attacks.py": attack, "z_attacks.py": attack}
    folder = write(tmp_path / "class", {**files, "starter.py": SAMPLE["starter"], "starter2.py": SAMPLE["starter"]})
    arguments = (folder, "--rubric", rubric, "--out", out)
    done = grade(*arguments, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert "7 graded" in done.stderr
    right = [("graded", "98.53")] * 3
    found = marks(out)
    assert [found[name] for name in ("s0", "s1", "s2")] == right
    assert found["a_attacks"] == found["z_attacks"] == ("graded", "0.0")
    same = [line for line in done.stdout.splitlines() if line.startswith("The same functions")]
    wanted = "a_attacks; z_attacks", "s0; s1; s2", "starter; starter2"
    assert same == [f"The same functions: {names}" for names in wanted]
    assert "s0" not in (out / "reports" / "s1.txt").read_text()
    listed = {name: "words of mine" in (out / "reports" / f"{name}.html").read_text() for name in ("s0", "s1", "s2")}
    assert listed == {"s0": False, "s1": True, "s2": False}  # nobody is shown another's code
    assert ",s1 s2," in (out / "grades.csv").read_text()
    for attacker in ("a_attacks.py", "z_attacks.py"):
        (folder / attacker).unlink()
    (folder / "later.py").write_text(attack)
    (folder / "warns.py").write_text(CAROL.replace("stride, pad =", "stride is 0; stride, pad =", 1))
    done = grade(*arguments)
    assert "2 graded, 5 kept" in done.stderr
    assert "Warning" not in done.stderr
    assert [marks(out)[name] for name in ("s0", "s1", "s2")] == right
    assert attempts(out) == 9


def test_the_same_functions_are_timed_each_for_itself(tmp_path: Path) -> None:
    folder = write(tmp_path / "class", {"a.py": SAMPLE["alice"], "b.py": "# mine\n" + SAMPLE["alice"]})
    reached = QUICKLY_TIMED.replace("full_at: 0.5", "full_at: 0.2")  # by alice on any machine
    (tmp_path / "rubric.yaml").write_text(reached)
    arguments = (folder, "--rubric", tmp_path / "rubric.yaml", "--out", tmp_path / "out", "--format", "json")
    done = grade(*arguments, "--jobs", 2)
    assert "2 graded" in done.stderr
    a, b = (grade_json("report", tmp_path / "out", name) for name in ("a", "b"))
    assert a["score"] == b["score"] == 120
    assert a["speed"]["forward"]["student_s"] != b["speed"]["forward"]["student_s"]
    assert a["speed"]["backward"]["rounds"] > 5 < b["speed"]["backward"]["rounds"]


def test_functions_of_which_one_is_lacking_are_nobodys_twins(tmp_path: Path) -> None:
    """Others have the one that is there, and are not named for it."""
    _, mark, backward = CAROL.partition("def conv_backward_naive")
    lacking = f"import numpy as np\n\n\n{mark}{backward}"
    broken = CAROL.replace("def conv_forward_naive(x, w, b, conv_param):\n", "def conv_forward_naive(x, w, b:\n")
    files: dict[str, str | bytes] = {"ann.py": lacking, "bo.py": f"{lacking}# bo\n"}
    files |= {"cy.py": broken, "di.py": f"{broken}# di\n"}
    files |= {"eve.py": CAROL, "flo.py": f"{CAROL}# flo\n"}
    assert grade(write(tmp_path / "hw", files), "--no-timing", "--out", tmp_path / "out", "-q").returncode == 0
    reports = json.loads((tmp_path / "out/grades.json").read_text())
    told = {report["submission"]["id"]: report["identical_to"] for report in reports}
    assert told == {"ann": [], "bo": [], "cy": [], "di": [], "eve": ["flo"], "flo": ["eve"]}
