"""What people see who ask for help, or who mistype."""

import io
import os
import re
import subprocess
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest

from grader.classroom.files import write_asked_for
from grader.command_line.command import all_commands
from grader.command_line.streams import streams_told_apart
from grader.command_line.terminal import show_text, width
from grader.errors import UsageError
from tests.cli import SUBMISSIONS, grade

COMMANDS = tuple(all_commands())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    done = grade(*command.split(), "--help")
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    assert done.stdout.startswith(f"usage: grade {command}".rstrip())


def test_help_names_every_command_and_what_it_does() -> None:
    text = grade("--help").stdout
    assert [name for name, command in all_commands().items() if f"  {name:13}{command.help}\n" not in text] == []


WRONG_RUBRIC = "cs231n-con: no such file, and no packaged rubric has this name (did you mean cs231n-conv?); there are"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a submission or a class: `grade PATH` (see `grade --help`)"),
        ([str(SUBMISSIONS / "alice.py"), "--rubric", "cs231n-con"], WRONG_RUBRIC),
        (["mark", "r", "ann", "--item", "i", "--points", "1,5"], "--points: 1,5 is not a number; did you mean 1.5?"),
        (["--no-timng", "a.py"], "there is no option --no-timng (did you mean --no-timing?) (see `grade --help`)"),
        (["report", "--frmat=json", "r"], "there is no option --frmat=json (did you mean --format?)"),
        (["--format", "htlm", "a.py"], "--format: there is no 'htlm' (did you mean html?); choose from autolab"),
        (["rubric", "chek", "r"], "COMMAND: there is no 'chek' (did you mean check?); choose from check"),
        (["--jobs", "0", "a.py"], "--jobs: 0 is not a whole number from 1 to 256 (see `grade --help`)"),
        (["report"], "RESULTS is missing (see `grade report --help`)"),
        (["report", "a", "b", "c"], "unexpected argument: c (see `grade report --help`)"),
        (["lead", "results"], "lead: no such file or folder (did you mean `grade leaderboard`?)"),
        (["help"], "help: no such file or folder (did you mean `grade --help`?)"),
        (["--format", "\x1b[31m", "a.py"], r"--format: there is no '\x1b[31m'; choose from autolab"),
        (["printing"], "printing: no such file or folder"),
        ([f"{SUBMISSIONS}/alcie.py"], f"{SUBMISSIONS}/alcie.py: no such file or folder (did you mean {SUBMISSIONS}/al"),
        (["rubric", "check"], "RUBRIC is missing (see `grade rubric check --help`)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_what_may_be_meant(arguments: list[str], said: str) -> None:
    done = grade(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"grade: {said}")
    assert len(done.stderr.splitlines()) == 1


EMPTY = [
    ["{alice}", "--out", ""], ["{alice}", "--rubric", ""], ["{alice}", "--roster", ""], ["{alice}", "--map", ""],
    ["report", ""], ["leaderboard", ""], ["leaderboard", "r", "--out", ""], ["explain", "", "ann"], ["diff", "", "r"],
    ["override", "", "ann", "--points", "1", "--reason", "x"], ["extend", "", "ann", "--undo"], ["similar", ""],
    ["similar", "r", "--starter", ""], ["export", "", "--to", "csv"], ["export", "r", "--to", "csv", "--out", ""],
    ["watch", "hw", "--out", ""], ["time", ""], ["retime", ""], ["rubric", "check", ""],
    ["build", "gradescope", "--out", ""], ["new", ""], ["serve", ""],
]  # fmt: skip


@pytest.mark.parametrize("arguments", EMPTY, ids=" ".join)
def test_empty_path_is_nowhere_the_current_folder(tmp_path: Path, arguments: list[str]) -> None:
    """As of a variable that is not set: `grade report "$RESULTS"`."""
    done = grade(*(each.format(alice=SUBMISSIONS / "alice.py") for each in arguments), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert ": a path is empty (see `grade" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", [".", "/"])
def test_folder_as_the_file_to_write_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"^{re.escape(out)}: cannot be written: "):
        write_asked_for(Path(out), "x")
    assert list(tmp_path.iterdir()) == []


def test_path_that_is_there_is_not_what_may_be_meant_by_it() -> None:
    assert grade("/dev/null").stderr == "grade: /dev/null: is not a regular file\n"


def test_help_tells_only_the_exit_statuses_that_a_command_has() -> None:
    told = {name: "a mark is below --fail-under" in grade(name, "--help").stdout for name in ("run", "watch")}
    assert told == {"run": True, "watch": False}


def test_a_wrong_rubric_is_only_said_to_stop_what_would_have_been_done(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("schema: convgrade/2\n")
    graded, checked = grade(SUBMISSIONS / "alice.py", "--rubric", wrong), grade("rubric", "check", wrong)
    assert (graded.returncode, checked.returncode) == (2, 2)
    assert graded.stderr.splitlines()[-1].endswith("nothing was graded")
    assert "nothing was graded" not in checked.stderr


def completed(script: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    code = """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        $(complete -p grade | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' "${COMPREPLY[@]}"
    """
    command = ["bash", "-c", code, "bash", str(script), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_bash_completes_commands_options_and_their_values(tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(grade("completion", "bash").stdout)
    assert completed(script, "grade", "lead") == ["leaderboard"]
    assert completed(script, "grade", "a.py", "--no-t") == ["--no-timing"]
    assert completed(script, "grade", "leaderboard", "--names", "") == ["real", "pseudonymous", "anonymous"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_with_all_commands(shell: str) -> None:
    script = grade("completion", shell).stdout
    assert [name for name in COMMANDS if name not in script] == []


class _Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "out", "is_coloured"),
    [
        ({}, io.StringIO, False),
        ({"FORCE_COLOR": "1"}, io.StringIO, True),
        ({"TERM": "xterm"}, _Terminal, True),
        ({"TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": "1"}, _Terminal, False),
        ({"TERM": "dumb"}, _Terminal, False),
    ],
)
def test_verdicts_are_coloured_where_that_is_wanted(
    environment: dict[str, str], out: type[io.StringIO], is_coloured: bool
) -> None:
    text = "\x1b[7mdx  partial  2 of 3\ndw  passed\ndb  timeout  it passed\n"
    with patch.dict(os.environ, environment, clear=True), redirect_stdout(out()) as printed, streams_told_apart():
        show_text(text, end="")
    plain = text.replace("\x1b", "\\x1b")
    coloured = (
        "\\x1b[7mdx  \x1b[33mpartial\x1b[0m  2 of 3\ndw  \x1b[32mpassed\x1b[0m\ndb  \x1b[31mtimeout\x1b[0m  it passed\n"
    )
    assert printed.getvalue() == (coloured if is_coloured else plain)


@pytest.mark.parametrize(("out", "columns", "expected"), [
    (_Terminal, 70, 70), (_Terminal, 20, 60), (_Terminal, 300, 100), (io.StringIO, 300, 80),
])  # fmt: skip
def test_width_follows_the_terminal(out: type[io.StringIO], columns: int, expected: int) -> None:
    with patch.dict(os.environ, {"COLUMNS": str(columns)}), redirect_stdout(out()):
        assert width() == expected
