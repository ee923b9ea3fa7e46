"""`grade new`: an assignment that can be handed out as it is, and graded."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.rubric.reading import load_rubric
from tests.cli import ENVIRONMENT, ROOT, SUBMISSIONS, grade, grade_json, items

SAMPLES = ROOT / "docs" / "samples"
RIGHT = {
    "cs231n-conv": SUBMISSIONS / "alice.py",
    "cs231n-max-pool": SUBMISSIONS / "ruth.py",
    "cs231n-spatial-batchnorm": SUBMISSIONS / "ruth.py",
    "cs231n-spatial-groupnorm": SUBMISSIONS / "ruth.py",
    "deeplearning-ai-conv": SAMPLES / "deeplearning-ai-conv" / "right.py",
}
"""By packaged rubric, a file that solves it."""


def made(folder: Path, *options: str) -> Path:
    """A new assignment."""
    done = grade("new", folder, *options)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "rubric.yaml",
        "starter.py",
        "test_public.py",
    ]
    return folder


def graded(folder: Path) -> dict[str, Any]:
    """What `starter.py` gets by the new rubric, without the items that are not timed."""
    report = grade_json(folder / "starter.py", "--rubric", folder / "rubric.yaml", "--no-timing")
    return {id: item for id, item in items(report).items() if item["kind"] != "speed"}


def run_public_tests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """By test, what it raises; empty where it passes. They are functions, which do without pytest."""
    names: dict[str, Any] = {}
    with monkeypatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.delitem(sys.modules, "starter", raising=False)
        exec((folder / "test_public.py").read_text(), names)
        patch.delitem(sys.modules, "starter")
    found = {}
    for name in [name for name in names if name.startswith("test_")]:
        try:
            names[name]()
            found[name] = ""
        except AssertionError as error:
            found[name] = str(error)
    return found


@pytest.mark.parametrize("base", RIGHT)
def test_the_starter_gets_nothing_and_a_right_solution_everything(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "hw", "--extends", base, "--seed", "7")
    assert {item["verdict"] for item in graded(folder).values()} == {"missing"}
    assert run_public_tests(folder, monkeypatch) == {
        "test_forward_gives_the_right_numbers": "not implemented yet",
        "test_backward_is_the_gradient_of_forward": "out is None: forward is not implemented yet",
    }
    right = RIGHT[base].read_text().replace("float(b)", "b.item()")  # NumPy refuses the former since 2.4
    (folder / "starter.py").write_text(right)
    assert {item["verdict"] for item in graded(folder).values()} == {"passed"}
    assert set(run_public_tests(folder, monkeypatch).values()) == {""}


def test_names_title_and_due_time_are_where_they_belong(tmp_path: Path) -> None:
    title, due = 'Faltung: "schnell"\\', "2027-02-03T23:59:00-08:00"
    folder = made(tmp_path / "a" / "hw", "--title", title, "--due", due, "--forward", "fold", "--backward", "unfold")
    rubric = load_rubric(folder / "rubric.yaml")
    assert rubric.late is not None
    assert (rubric.name, rubric.late.due) == (title, due)
    readme = (folder / "README.md").read_text()
    assert readme.startswith(f"# {title}\n")
    assert all(
        text in readme
        for text in (
            "by 2027-02-03 23:59 (UTC-08:00). A",
            "`fold(x, w, b, conv_param)` returns `(out, cache)`",
            "| dx | 25 |",
            "reports call these *the notebook's own cases*",
        )
    )
    assert "there are N images, C channels, F filters, H rows, W columns," in readme
    assert max(map(len, (folder / "starter.py").read_text().splitlines())) < 100
    right = (SUBMISSIONS / "alice.py").read_text().replace("conv_forward_naive", "fold")
    (folder / "starter.py").write_text(right.replace("conv_backward_naive", "unfold"))
    assert {item["verdict"] for item in graded(folder).values()} == {"passed"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_public.py"],
        cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert load_rubric(made(tmp_path / "b") / "rubric.yaml").seed not in (
        231,
        load_rubric(made(tmp_path / "c") / "rubric.yaml").seed,
    )


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_asked_for_what_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal("cs231n-max-pool\n\n2027-02-03T23:59-08:00\n"))
    done = grade("new", tmp_path / "pool", "--seed", "1")
    assert done.stderr.count("]: ") == 2 and "Packaged rubric to start from [cs231n-conv]: " in done.stderr
    rubric = load_rubric(tmp_path / "pool" / "rubric.yaml")
    assert rubric.name == "pool"
    assert rubric.late is not None and rubric.late.due == "2027-02-03T23:59:00-08:00"
    assert "max_pool_forward_naive" in (tmp_path / "pool" / "starter.py").read_text()


@pytest.mark.parametrize(("options", "told"), [
    (["--extends", "cs231n-convnets"], "has several operators; `grade new` makes an assignment of one. "
     "Make a folder for each of them, and grade by one rubric that begins with `extends: cs231n-convnets`"),
    (["--extends", "cmu-11785-conv"], "asks for a class; `grade new` makes an assignment of two functions"),
    (["--extends", "cs231"], "cs231: no such file, and no packaged rubric has this name"),
    (["--extends", f"{ROOT}/tests/pooling/pool1d.yaml"], "is no packaged rubric; `grade new` starts from one of those"),
    (["--forward", "conv-forward"], "--forward: conv-forward cannot be the name of a function"),
    (["--forward", "conv", "--backward", "conv"], "the rubric has 1 problem; nothing was made"),
])  # fmt: skip
def test_what_cannot_be_made_is_told_and_nothing_is_written(options: list[str], told: str, tmp_path: Path) -> None:
    done = grade("new", tmp_path / "hw", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "hw").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    done = grade("new", tmp_path)
    assert (done.returncode, done.stderr) == (2, f"grade: {tmp_path}: is there already; name a new folder\n")
    assert list(tmp_path.iterdir()) == []
