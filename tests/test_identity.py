"""The same functions are recognised wherever they stand, and what was found of one reads right for the other."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.pipeline import Grader, Options
from grader.records import Entry, Findings
from grader.rubric.reading import PACKAGED, load_rubric
from grader.source_code.text import parse
from grader.source_code.twins import Identity, as_found_of, identify
from grader.sources import find_entries
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


def entry(folder: Path, name: str, text: str | bytes) -> Entry:
    (found,) = find_entries([write(folder, {name: text}) / name])
    return found


def identity(of: Entry) -> Identity:
    found = identify(parse(of.read(NAMES), NAMES), NAMES)
    assert found is not None
    return found


@pytest.mark.parametrize("text", [COMMENTED, AMONG_OTHERS, CAROL.replace("    ", "        ")])
def test_layout_comments_and_other_functions_do_not_matter(tmp_path: Path, text: str) -> None:
    assert text != CAROL
    assert identity(entry(tmp_path, "a.py", text)).key == identity(entry(tmp_path, "b.py", CAROL)).key


@pytest.mark.parametrize(
    "text",
    [
        CAROL.replace("pad", "padding"),
        CAROL + "\nnp.seterr(all='raise')\n",
        CAROL + "\n@print\ndef unused(): pass\n",
        CAROL + "\nclass Unused:\n    np.pad = None\n",
        CAROL + "\ndef unused(y=setattr(np, 'sum', None)): pass\n",
        CAROL + "\nif __name__ == '__main__': pass\nelse: np.pad = None\n",
        CAROL + "\nif __name__ != '__main__': np.pad = None\n",
        CAROL.replace("import numpy as np", "import numpy as np\nimport math"),
        SAMPLE["alice"],
    ],
)
def test_whatever_runs_matters(tmp_path: Path, text: str) -> None:
    assert identity(entry(tmp_path, "a.py", text)).key != identity(entry(tmp_path, "b.py", CAROL)).key


Examined = Callable[[Entry], Findings]


@pytest.fixture(scope="module")
def examined() -> Iterator[Examined]:
    rubric = load_rubric(PACKAGED / "correctness-only.yaml")
    with Grader(rubric, Options(timing=False)) as grader:
        yield grader.examine


@pytest.mark.parametrize("sample", ["carol", "grace", "kim", "ivan"])
@pytest.mark.parametrize("form", ["layers", "notebook"])
def test_what_was_found_reads_as_if_it_had_been_found_of_the_twin(
    examined: Examined, tmp_path: Path, sample: str, form: str
) -> None:
    text = SAMPLE[sample]
    first = entry(tmp_path, "first.py", text)
    second = entry(tmp_path, "data.py", "\n\ndef relu(x):\n    return x\n\n" + text)
    if form == "notebook":
        second = entry(tmp_path, "second.ipynb", notebook("def relu(x):\n    return x", text))
    moved = as_found_of(identity(second), examined(first), identity(first))
    assert moved is not None
    assert as_plain(moved) == as_plain(examined(second))


def as_plain(findings: Findings) -> tuple[Any, ...]:
    """What the same code always gives: times and the memory addresses in texts apart."""
    assert findings.verification is not None
    texts = [re.sub(r"0x[0-9a-f]+", "", f"{check.message} {check.hint}") for check in findings.verification.checks]
    verdicts = [(check.verdict, check.got, check.worst_index) for check in findings.verification.checks]
    told = findings.notes, findings.stdout, findings.explanations
    return findings.sha256, texts, verdicts, findings.verification.contract, *told


@pytest.mark.parametrize(
    "more",
    [
        "if 'first' in __file__:\n    conv_forward_naive = None",
        "secret = conv_forward_naive.__doc__",
        "helper = conv_forward_naive.__globals__",
        "line = conv_forward_naive.__code__.co_firstlineno",
        "helper = getattr(np, 'pad')",
        "print('this is printed')",
    ],
)
def test_code_that_looks_at_itself_or_prints_is_never_judged_by_a_copy(
    examined: Examined, tmp_path: Path, more: str
) -> None:
    text = f"{CAROL}\n{more}\n"
    first, second = entry(tmp_path, "first.py", text), entry(tmp_path, "second.py", text)
    assert identity(first).key == identity(second).key
    assert as_found_of(identity(second), examined(first), identity(first)) is None


def test_lines_that_are_divided_in_other_ways_are_not_translated(examined: Examined, tmp_path: Path) -> None:
    text = CAROL.replace("x, w, b, conv_param = cache", "a = [1, (1 / 0)]")
    wrapped = CAROL.replace("x, w, b, conv_param = cache", "a = [1,\n    (1 /\n 0)]")
    first, second = entry(tmp_path, "first.py", text), entry(tmp_path, "second.py", wrapped)
    assert identity(first).key == identity(second).key
    assert as_found_of(identity(second), examined(first), identity(first)) is None


def test_a_rejected_twin_is_run_for_itself(examined: Examined, tmp_path: Path) -> None:
    text = CAROL + "\nimport nothing_of_this_name\nraise SystemExit\n"
    first = entry(tmp_path, "first.py", "conv_forward_naive = conv_backward_naive = 3\n" + "# conv_forward_naive")
    found = identity(first)
    assert as_found_of(found, examined(first), found) is None
    assert identity(entry(tmp_path, "a.py", text)).shareable


def test_identical_submissions_are_checked_once_and_reported(tmp_path: Path) -> None:
    rubric, out = tmp_path / "rubric.yaml", tmp_path / "out"
    rubric.write_text(RUBRIC)
    files = {f"s{i}.py": text for i, text in enumerate([CAROL, COMMENTED, AMONG_OTHERS])}
    folder = write(tmp_path / "class", {**files, "other.py": SAMPLE["alice"], "starter.py": SAMPLE["starter"]})
    write(folder, {"starter2.py": SAMPLE["starter"]})
    arguments = (folder, "--rubric", rubric, "--out", out)
    for jobs in (1, 2):
        done = grade(*arguments, "--jobs", jobs, "--fresh")
        assert "3 graded, 3 as a twin" in done.stderr, done.stderr
        assert "The same functions: s0, s1, s2\n" in done.stdout
        assert done.stdout.count("The same functions") == 1  # nobody is named for handing in the starter code
    assert len({marks(out)[name] for name in ("s0", "s1", "s2")}) == 1
    assert "first" not in (out / "reports" / "s1.txt").read_text()
    assert "s0" not in (out / "reports" / "s1.txt").read_text()
    listed = {name: "words of mine" in (out / "reports" / f"{name}.html").read_text() for name in ("s0", "s1", "s2")}
    assert listed == {"s0": False, "s1": True, "s2": False}  # nobody is shown another's code
    assert ",s1 s2," in (out / "grades.csv").read_text()
    (folder / "later.py").write_text(COMMENTED)
    (folder / "warns.py").write_text(CAROL.replace("stride, pad =", "stride is 0; stride, pad =", 1))
    done = grade(*arguments)
    assert "6 kept, 1 graded, 1 as a twin" in done.stderr
    assert "Warning" not in done.stderr
    assert attempts(out) == 14


def test_twins_are_timed_each_for_itself(tmp_path: Path) -> None:
    folder = write(tmp_path / "class", {"a.py": SAMPLE["alice"], "b.py": "# mine\n" + SAMPLE["alice"]})
    (tmp_path / "rubric.yaml").write_text(QUICKLY_TIMED)
    arguments = (folder, "--rubric", tmp_path / "rubric.yaml", "--out", tmp_path / "out", "--format", "json")
    done = grade(*arguments, "--jobs", 2)
    assert "1 graded, 1 as a twin" in done.stderr
    a, b = (grade_json("report", tmp_path / "out", name) for name in ("a", "b"))
    assert a["score"] == b["score"] == 120
    assert a["speed"]["forward"]["student_s"] != b["speed"]["forward"]["student_s"]
    assert a["speed"]["backward"]["rounds"] > 5 < b["speed"]["backward"]["rounds"]
