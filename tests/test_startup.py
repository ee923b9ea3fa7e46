"""A command imports what it needs, and the sandbox starts before that."""

import ast
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import grader.pipeline
import grader.reading.reader
import grader.sandbox.spawn
from grader import messages, records
from grader.command_line.main import main
from grader.sandbox.spawn import Zygote
from grader.starting import compile_when_called
from tests.cli import ENVIRONMENT, ROOT, SUBMISSIONS

ALICE = str(SUBMISSIONS / "alice.py")
FOR_READERS = {"jinja2", "markupsafe", "rich", "tabulate", "wcwidth"}
FOR_METADATA = {"importlib.metadata", "email.message", "zipfile"}
FOR_CLASSES = {
    "sqlite3",
    "multiprocessing",
    "concurrent.futures",
    "grader.classroom.store",
    "grader.classroom.run",
    "grader.classroom.folder",
}
FOR_OTHERS = {
    "grader.timing.stopwatch",
    "grader.timing.race",
    "grader.feedback.explain",
    "grader.messages.errors",
    "grader.messages.lines",
    "reference.conv2d.bank",
    "grader.audit",
    "grader.doctor",
}


def imported_by(code: str) -> set[str]:
    """The modules that a program has imported when it ends, whatever its status."""
    code = f"import json, sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def running(*arguments: str) -> str:
    return f"from grader.command_line.main import main; main({list(arguments)})"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["report", "--help"]], ids=" ".join)
def test_version_and_help_do_without_numpy(arguments: list[str]) -> None:
    assert imported_by(running(*arguments)) & {"numpy", "pydantic", "yaml", "grader.records", "subprocess"} == set()


def test_one_line_about_a_right_submission_takes_neither_tables_nor_classes_nor_the_bank() -> None:
    program = "from grader.starting import start_quickly; start_quickly(); "  # as `grade` does
    found = imported_by(program + running(ALICE, "--no-timing", "-q"))
    assert "grader.pipeline" in found
    assert found & (FOR_READERS | FOR_METADATA | FOR_CLASSES | FOR_OTHERS) == set()


def test_the_filter_is_compiled_without_starting_a_program() -> None:
    without = "import subprocess; subprocess.Popen = None; from grader.sandbox.seccomp import compiled; "
    assert "pyseccomp" in imported_by(f"{without}assert compiled()[0]")


def test_the_form_that_is_asked_for_is_imported() -> None:
    found = imported_by(running(ALICE, "--no-timing", "--format", "json"))
    assert "grader.reports.forms.json" in found
    assert (
        found & {"grader.reports.forms.html", "grader.reports.forms.markdown", "grader.reports.forms.terminal"} == set()
    )


def test_dataclasses_whose_methods_are_compiled_when_they_are_called_are_like_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def defined() -> Any:
        @dataclasses.dataclass(frozen=True, slots=True, order=True)
        class Size:
            height: int
            width: int = 3

        return Size

    usual = defined()
    if hasattr(dataclasses, "_create_fn"):  # what is changed is as before afterwards
        monkeypatch.setattr(dataclasses, "_create_fn", dataclasses._create_fn)
    compile_when_called()
    later = defined()
    for size in (usual, later):
        assert size(2) == size(2, 3) != size(3) and size(2) < size(3)
        assert hash(size(2)) == hash((2, 3)) and dataclasses.replace(size(2), width=5).width == 5
        assert repr(size(height=2)).endswith("Size(height=2, width=3)")
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'width'"):
            size(2).width = 4
        with pytest.raises(dataclasses.FrozenInstanceError):
            del size(2).width
    names = ("__init__", "__eq__", "__hash__", "__lt__", "__setattr__", "__gt__")
    compiled = {name: vars(later)[name].__code__.co_name == name for name in names}  # else it is `method`
    assert compiled == dict.fromkeys(names, True) | {"__gt__": not hasattr(dataclasses, "_create_fn")}


def test_the_sandbox_starts_before_rubrics_can_be_read() -> None:
    assert imported_by("import grader.command_line.commands.run") & {"pydantic", "yaml", "grader.pipeline"} == set()


def test_a_sandbox_that_cannot_be_started_is_a_judge_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(layers: object) -> None:
        raise OSError("too many processes")

    for module in (grader.sandbox.spawn, grader.pipeline, grader.reading.reader):
        monkeypatch.setattr(module, "Zygote", refuse)
    assert main([ALICE, "--no-timing", "-q"]) == 3
    assert "nothing was marked: too many processes" in capsys.readouterr().err


def test_a_sandbox_that_was_started_for_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Zygote] = []

    def noted(layers: tuple[str, ...]) -> Zygote:
        started.append(Zygote(layers))
        return started[-1]

    monkeypatch.setattr("grader.sandbox.spawn.Zygote", noted)
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text("schema: nonsense\n")
    assert main([ALICE, "--rubric", str(rubric)]) == 2
    (zygote,) = started
    assert zygote._process.returncode is not None


def test_a_class_starts_its_own_sandboxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(layers: object) -> None:
        raise AssertionError

    monkeypatch.setattr("grader.sandbox.spawn.Zygote", refuse)
    assert main([str(tmp_path)]) == 2  # there is nothing in it
    assert main([ALICE, "--rubric", str(tmp_path / "none.yaml"), "--out", str(tmp_path)]) == 2


@pytest.mark.parametrize("package", [records, messages], ids=lambda package: package.__name__)
def test_every_name_is_where_the_face_of_its_package_says(package: ModuleType) -> None:
    tree = ast.parse(Path(str(package.__file__)).read_text())
    shown = {
        (node.module, name.name) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names
    }
    homes = {(f"{package.__name__}.{module}", name) for name, module in package._HOMES.items()}
    assert homes == {(module, name) for module, name in shown if module is not None and package.__name__ in module}
    assert {getattr(package, name) for _, name in homes}
