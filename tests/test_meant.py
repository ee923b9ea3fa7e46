"""A submission that a person names otherwise than by its id."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.classroom.folder import open_results
from grader.classroom.meant import attempt_meant
from grader.errors import UsageError
from tests.cli import grade
from tests.exports import Files, written

CLASS: Files = dict.fromkeys(("a.py", "b.py", "c/layers.py", "d/layers.py"), "nothing = 0")
MAP = """\
path,id,name,email
a.py,101,Ann Lee,alee@x.edu
b.py,102,Bob Lee,bob@x.edu
c,103,Ann Lee,ann@y.edu
d,ann2,Eve,Eve@Y.edu
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hand-ins that cannot be graded; two people have the same name."""
    folder: Path = tmp_path_factory.mktemp("meant")
    (folder / "map.csv").write_text(MAP)
    hw = written(folder / "hw", CLASS)
    done = grade(hw, "--map", folder / "map.csv", "--rubric", "correctness-only", "-q", "--out", folder / "out")
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def meant(results: Path) -> Callable[[str], str]:
    """The id of what a word means, or why it means nothing."""

    def found(word: str) -> str:
        with open_results(results) as store:
            try:
                return attempt_meant(store, word).id
            except UsageError as error:
                return str(error).removeprefix(f"{results}: ")

    return found


@pytest.mark.parametrize(
    ("word", "id"),
    [
        ("102", "102"), ("ALEE@x.edu", "101"), ("alee", "101"), ("eve", "ann2"), ("bob  lee", "102"), ("b.py", "102"),
        ("a", "101"), ("hw/b.py", "102"), ("ann", "103"),
    ],
)  # fmt: skip
def test_word_that_fits_one_submission_means_it(word: str, id: str, meant: Callable[[str], str], results: Path) -> None:
    assert meant(word if "/" not in word else f"{results.parent}/{word}") == id


def test_word_that_fits_several_or_none_is_refused_with_those_that_may_be_meant(meant: Callable[[str], str]) -> None:
    assert meant("Ann Lee") == "Ann Lee could be 101 (Ann Lee), 103 (Ann Lee); name one by its id"
    assert meant("lee") == "has no submission lee (did you mean 101 (Ann Lee), 102 (Bob Lee), 103 (Ann Lee)?)"
    assert meant("bob@x.edo") == "has no submission bob@x.edo (did you mean 102 (Bob Lee)?)"
    assert (
        meant("nobody") == "has no submission nobody: say the id, the name or the address that stands in its grades.csv"
    )


def test_every_command_that_takes_an_id_takes_an_address(results: Path) -> None:
    assert grade("report", results, "bob@x.edu", "-q").stdout.startswith("Bob Lee: rejected")
    assert grade("explain", results, "bob@x.edu").stdout.startswith("Bob Lee: 0 / 100")
    assert '"score": 0' in grade("export", results, "bob@x.edu", "--to", "gradescope").stdout
    decision = "--points", 5, "--reason", "seen on paper"
    assert grade("override", results, "bob@x.edu", *decision).stdout.startswith("Bob Lee: 5 / 100, before: 0")
    assert grade("override", results, "Ann Lee", *decision).returncode == 2
