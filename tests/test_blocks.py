"""Every block in the README and in docs/ is held true by a test, which for most commands is this one."""

import ast
import importlib.util
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from grader.command_line.parsing import parse
from grader.rubric.homework import Homework
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from reference.conv2d import OPERATOR
from tests.blocks import HELD, HERE, Block, blocks, commands
from tests.cli import ROOT, grade
from tests.exports import RIGHT, WRONG, zipped

BLOCKS = [*blocks()]
HELD_HERE = [block for block in BLOCKS if any(held.by == HERE and held.fits(block) for held in HELD)]
COMMANDS = [(block, line) for block in BLOCKS if not any(h.fits(block) for h in HELD) for line in commands(block)]
PAGES = sorted({block.page for block, line in COMMANDS})
ELSEWHERE = {
    "grade .* --executor dask": "tests/test_dask.py",
    "grade build ": "tests/test_autograders.py",
    "grade time ": "tests/test_time_command.py",
    "grade retime ": "tests/test_retime.py",
    "grade serve (?!.*--links)": "tests/test_serve.py",
    r"grade submissions/carol\.py$": "tests/test_readme.py",
    "grade export .* --to moodle": "tests/test_gradebooks.py",
}
"""Commands that are only understood here, and what runs them: they measure, fetch, or go on until they are stopped."""
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 2 (78)
    Points Possible,,,,,100.0
"Ng, Alice",1001,,alice,A,
"May, Carol",1002,,carol,A,
"""
QUICK = "schema: convgrade/1\nextends: correctness-only\nname: mine\ncases: {count: 16}\n"
EXTENDING = "schema: convgrade/1\nname: n\nextends: {}\n".format
JUDGED = """\
schema: convgrade/1
name: n
cases: {ranges: {N: [1, 2], C: [1, 2], F: [1, 2], H: [3, 7], W: [3, 7], HH: [1, 3], stride: [1, 2], pad: [0, 2]}}
items: [{id: forward, kind: correctness, output: out, points: 1}]
"""
RESTS = {
    r"schema:|extends:.*\nschema:": "",
    "operators:": "schema: convgrade/1\nname: n\n",
    "interface:\n  arrays:": EXTENDING("deeplearning-ai-conv"),
    "interface:\n  kind: object": JUDGED,
    "attempts:|late:": EXTENDING("cs231n-conv"),
}
"""By the beginning of a piece of a rubric, the rest of it."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages take for granted; `results-hw2` and `results-submissions` are of the two classes."""
    folder = tmp_path_factory.mktemp("world")
    for people in ("submissions", "last_year"):
        (folder / people).mkdir()
        for name, text in (("alice", RIGHT), ("carol", WRONG)):
            (folder / people / f"{name}.py").write_text(text)
    (folder / "hw2").mkdir()
    for number, name, text in ((1001, "ngalice", RIGHT), (1002, "maycarol", WRONG)):
        (folder / "hw2" / f"{name}_{number}_5{number}_layers.py").write_text(text)
    versions: dict[str, str | bytes] = {
        "Submitted files/Jane Doe/A2/Version 2/layers.py": RIGHT,
        "all.zip": zipped({"ute.py": WRONG}),
    }
    (folder / "teams-download.zip").write_bytes(zipped(versions))
    (map_,) = (block.text for block in HELD_HERE if block.page == "classes.md")
    (folder / "people.csv").write_text(map_)
    (folder / "mine.yaml").write_text(QUICK)
    shutil.copy(ROOT / "submissions" / "starter.py", folder)
    for people in ("hw2", "submissions"):
        assert grade(people, "--rubric", "mine.yaml", "--out", f"results-{people}", cwd=folder).returncode == 0
    return folder


def run(line: str, folder: Path) -> None:
    """Do what a line of a page says; what goes on until it is stopped, once."""
    words = shlex.split(re.sub(r"^\*/5( \*)+ +| &$| > \S+$", "", line).replace("/srv/", f"{folder}/"), comments=True)
    assert words.pop(0) == "grade"
    if any(re.match(one, line) for one in ELSEWHERE):
        parse(words)
        return
    if words[0] == "watch" and "--once" not in words:
        words.append("--once")
    done = grade(*words, cwd=folder)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), (line, done.stderr)


def test_every_block_is_held_by_one_test_or_says_why_none_runs_it() -> None:
    holders = {block: [held for held in HELD if held.fits(block)] for block in BLOCKS}
    assert [block.place for block, found in holders.items() if not found and not commands(block)] == []
    assert [block.place for block, found in holders.items() if len(found) > 1] == []
    assert [held for held in HELD if not any(held in found for found in holders.values())] == []
    assert [each for each in ELSEWHERE if not any(re.match(each, line) for _, line in COMMANDS)] == []
    tests = {each for each in (*(held.by for held in HELD), *ELSEWHERE.values()) if each.startswith(("tests/", ".ci/"))}
    assert [name for name in tests if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_do_what_it_says(page: str, world: Path, tmp_path: Path) -> None:
    lines = [line for block, line in COMMANDS if block.page == page and line.startswith(("grade ", "*/5 "))]
    people = "submissions" if page == "README.md" else "hw2"
    shutil.rmtree(world / "results", ignore_errors=True)
    shutil.copytree(world / f"results-{people}", world / "results")
    (world / "gradebook.csv").write_text(GRADEBOOK)
    for line in lines:
        run(line, tmp_path if line.startswith("grade new ") else world)


def test_what_is_installed_and_what_is_measured_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for _, line in COMMANDS if not line.startswith(("grade ", "*/5 "))]
    for line in lines:
        measured, wanted = re.match(r"python -m benchmarks\.(\w+)", line), re.match(r"pipx? install (\S+)", line)
        if measured:
            text = (ROOT / "benchmarks" / f"{measured[1]}.py").read_text()
            assert {*re.findall(r" (--[\w-]+)", line)} <= {*re.findall(r'"(--[\w-]+)"', text)}, line
        else:
            assert wanted is not None, line
            found = re.fullmatch(r"'?(?:\.|convgrade)(?:\[(\w+)\])?'?", wanted[1])
            assert found is not None and (not found[1] or found[1] in project["optional-dependencies"]), line
    assert len(lines) >= 8


def here(page: str, kind: str = "") -> Iterator[Block]:
    return (block for block in HELD_HERE if (block.page, block.kind) == (page, kind))


@pytest.mark.parametrize(
    "piece", [*here("rubric.md", "yaml"), *here("courses.md", "yaml")], ids=lambda block: f"{block.page}:{block.line}"
)
def test_a_piece_of_a_rubric_is_one(piece: Block, tmp_path: Path) -> None:
    (rest,) = (rest for begins, rest in RESTS.items() if re.match(begins, piece.text))
    shutil.copytree(ROOT / "tests" / "pooling" / "pool1d", tmp_path / "pool1d")
    (tmp_path / "rubric.yaml").write_text(rest + piece.text)
    assert Homework.of(load_rubric(tmp_path / "rubric.yaml")).rubric.items


def test_functions_of_the_assignment_are_those_that_are_graded() -> None:
    (block,) = here("grading.md", "python")
    signature, found = OPERATOR.signature, []
    for line in block.text.splitlines():
        (function,) = ast.parse(f"{line}\n    ...").body
        assert isinstance(function, ast.FunctionDef)
        found.append((function.name, [each.arg for each in function.args.args], line.partition("# -> ")[2].split(", ")))
    forward, backward = signature.functions
    assert found == [
        (forward, [*signature.inputs, signature.parameter_name], [*signature.forward_outputs, "cache"]),
        (backward, [signature.upstream, "cache"], [*signature.backward_outputs]),
    ]


def test_what_platforms_read_has_their_form() -> None:
    points, annotation = (block.text for block in here("platforms.md"))
    marks = json.loads(points)
    rubric = load_rubric(DEFAULT_RUBRIC)
    assert [*marks["scores"]] == [item.id for item in rubric.items]
    assert marks["scoreboard"] == [pytest.approx(sum(marks["scores"].values()))]
    assert re.match(r"::error file=[\w.]+,line=\d+,title=dx::Wrong for pad=0, alone and combined", annotation)


def test_settings_of_dask_are_some_that_it_has() -> None:
    (block,) = here("cluster.md")
    *exports, last = block.text.splitlines()
    run(last, ROOT)
    names = [name for line in exports for name in re.findall(r"DASK_(\w+)=", line)]
    package = importlib.util.find_spec("distributed")
    assert package is not None and package.origin is not None
    for name in names:
        known = yaml.safe_load(Path(package.origin).with_name("distributed.yaml").read_text())
        for key in name.lower().replace("_", "-").replace("--", "_").split("_"):
            known = known[key]
    assert len(names) == 8
