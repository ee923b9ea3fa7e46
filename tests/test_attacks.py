"""Every attack through the real command line, with canaries; `python -m tests.test_attacks` prints what holds what."""

import atexit
import contextlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.sandbox.inside.confine import adopt_orphans
from tests.cli import ROOT, SUBMISSIONS
from tests.ordinary import User, me, ordinary

ATTACKS = sorted((ROOT / "tests" / "attacks").glob("a*.py"))
CHEATS = sorted((ROOT / "tests" / "attacks").glob("c*.py"))
PRELUDE = (ROOT / "tests" / "attacks" / "prelude.py").read_text()
_OF_ANSWERS = {5, 7, 8, 46, 48}
FURTHER = [one for one in ATTACKS if int(one.stem[1:3]) not in _OF_ANSWERS or "@" in one.read_text()]
"""What is tried in further worlds. Those left out reach for nothing there: they only answer something, or not what was
asked for. The grader's own process judges that, whoever starts it, and whatever layer the submission's lacks."""
FORWARD_ALONE = PRELUDE.partition("\n\ndef conv_backward_naive")[0].replace("[lambda out: out]", "[lambda out: None]")
"""What they have before them there: none attacks in backward. A wrong answer would be explained, and one more for each
gradient; so there is none, but where an attack is one."""
HONEST = (SUBMISSIONS / "oscar.py").read_text()
RUBRIC = """\
schema: convgrade/1
extends: correctness-only.yaml
name: attacks
cases:
  count: 16
  ranges: {N: [2, 2], C: [2, 2], F: [3, 3], H: [4, 4], W: [4, 4], HH: [3, 3], WW: [3, 3], stride: [1, 1], pad: [1, 1]}
  dtypes: [float64]
limits: {call_s: 0.12, total_s: 0.3, memory_mib: 256}
policy: {on_violation: flag}
"""
"""With as few calls as there may be: sizes of one kind, so that there is a secret case for each trait of one alone."""
HASTY = RUBRIC.replace("total_s: 0.3", "total_s: 0.15")
"""For further worlds: what is killed in one call is only killed again in the next."""
TIMED = """\
schema: convgrade/1
extends: cs231n-conv.yaml
name: cheats
cases: {count: 16}
limits: {timing_s: 0.1}
drop: [speed-backward]
items:
  - {id: speed-forward, workload: {x: [25, 3, 31, 31], w: [25, 3, 3, 3], stride: 2, pad: 1}}
policy: {imports: [numpy, time, json, os, threading, concurrent]}
"""
SECRET = "the-secret-canary-4711"
LAYERS = ("namespaces", "rlimits", "landlock", "seccomp")
HELD = "held"


@dataclass
class World:
    """What an attack could harm, made anew for each run."""

    root: Path
    uid: int
    """The user who runs the grader, and a process that is to live on."""
    limited_by: str = RUBRIC
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root.chmod(0o777)
        self.folder, self.temporary = self.root / "class", self.root / "tmp"
        for folder in (self.folder, self.temporary):
            folder.mkdir()
            folder.chmod(0o777)
        self.secret = self.root / "secret.txt"
        self.secret.write_text(SECRET)
        self.secret.chmod(0o666)
        self.rubric = self.root / "rubric.yaml"
        self.rubric.write_text(self.limited_by)
        self.processes.append(subprocess.Popen(["sleep", "1000"], user=self.uid))
        tcp = socket.create_server(("127.0.0.1", 0))
        unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        unix.bind(str(self.root / "socket"))
        (self.root / "socket").chmod(0o777)
        abstract.bind(f"\0{self.root.name}")
        self.sockets += [tcp, unix, abstract]
        for each in self.sockets:
            each.listen()
            each.setblocking(False)

    def filled_in(self, text: str) -> str:
        """An attack's text with the names of this world."""
        names = {
            "ROOT": self.root, "OUT": self.root / "out", "SECRET": self.secret, "RUBRIC": self.rubric,
            "REFERENCE": ROOT / "reference" / "conv2d" / "oracle.py", "PACKAGES": Path(np.__file__).parents[1],
            "TMP": self.temporary, "NEIGHBOUR": self.folder / "honest.py", "PID": self.processes[0].pid,
            "PORT": self.sockets[0].getsockname()[1], "SOCKET": self.root / "socket", "ABSTRACT": self.root.name,
        }  # fmt: skip
        return re.sub("@([A-Z]+)@", lambda match: str(names[match[1]]), text)

    def harmed(self) -> list[str]:
        """What is no longer as it was."""
        found = []
        if self.secret.read_text() != SECRET or stat.S_IMODE(self.secret.stat().st_mode) != 0o666:
            found.append("the secret was changed")
        expected = {"class", "tmp", "secret.txt", "rubric.yaml", "socket", "out"}
        found += [f"{path} was made" for path in self.root.iterdir() if path.name not in expected]
        found += [
            f"{path} is left over" for path in self.temporary.iterdir() if not path.name.startswith("convgrade-t")
        ]
        found += ["a process was ended" for process in self.processes if process.poll() is not None]
        for each in self.sockets:
            with contextlib.suppress(BlockingIOError):
                each.accept()[0].close()
                found.append(f"{each.getsockname()} was connected to")
        return found

    def close(self) -> None:
        """End what was begun."""
        for process in self.processes:
            process.kill()
            process.wait()
        for each in self.sockets:
            each.close()


@dataclass(frozen=True)
class Outcome:
    """One run over a class of attacks."""

    reports: dict[str, dict[str, Any]]
    harmed: list[str]
    shown: str
    """Everything that reached a person: both streams and every file of the results."""
    left_over: list[str]


def leftovers() -> set[str]:
    """Processes that nobody else is the parent of any more, and files in shared memory."""
    adopt_orphans()
    shared = (path.name for path in Path("/dev/shm").iterdir())
    others = "sem.mp-", ".org.chromium."  # of whoever runs Python or a browser now
    found = {name for name in shared if not name.startswith(others)}
    for pid in Path("/proc/thread-self/children").read_text().split():
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":  # it has ended: that is all that is asked of it
                os.waitpid(int(pid), os.WNOHANG)
            else:
                found.add(f"process {pid}: {Path(f'/proc/{pid}/cmdline').read_bytes()!r}")
    return found


def run(
    user: User, attacks: list[Path], *options: str, rubric: str = HASTY, prelude: str = FORWARD_ALONE, honest: int = 1
) -> Outcome:
    """Grade a class of these attacks beside so many honest submissions."""
    before = leftovers()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), user.uid, rubric)
        try:
            alice = (SUBMISSIONS / "alice.py").read_text()
            for number in range(honest):
                name = f"honest{number or ''}.py"
                (world.folder / name).write_text(f"{alice}\n# {SECRET}\nNUMBER = {number}\n")
            for attack in attacks:
                (world.folder / attack.name).write_text(world.filled_in(prelude + attack.read_text()))
            before_class = {path.name: path.read_bytes() for path in world.folder.iterdir()}
            jobs = min(2, honest)  # processes of its own cost as much as ten attacks
            arguments = (world.folder, "--rubric", world.rubric, "--out", world.root / "out", "--jobs", jobs, *options)
            done = user.grade(*arguments, TMPDIR=str(world.temporary), CANARY=SECRET)
            assert done.returncode == 0, done.stderr
            harmed = world.harmed()
            if {path.name: path.read_bytes() for path in world.folder.iterdir()} != before_class:
                harmed.append("another submission was changed")
            reports = json.loads((world.root / "out" / "grades.json").read_text())
            files = [path for path in (world.root / "out").rglob("*") if path.is_file() and path.suffix != ".sqlite"]
            shown = done.stdout + done.stderr + "".join(path.read_text(errors="replace") for path in files)
        finally:
            world.close()
    by_name = {report["submission"]["id"]: report for report in reports}
    return Outcome(by_name, harmed, shown, sorted(leftovers() - before))


@cache
def seen(who: str, *left_out: str) -> Outcome:
    """The attacks, run by this user with these layers left out: once, if all of its tests are in one group."""
    options = [word for layer in left_out for word in ("--without", layer)]
    if not left_out and (who == "me" or os.getuid() != 0):
        return run(me(), ATTACKS, rubric=RUBRIC, prelude=PRELUDE, honest=len(ATTACKS))
    if who == "me" or os.getuid() != 0:
        return run(me(), FURTHER, *options)
    return run(somebody(), FURTHER, *options)


@cache
def somebody() -> User:
    """An ordinary user, for whom Python is copied once: all of those worlds are in one group."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _COPIES.append(folder)
    return ordinary(folder)


_COPIES: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def no_copy_is_left() -> Iterator[None]:
    """What is registered for the end of a process is not done where pytest-xdist ends it."""
    yield
    somebody.cache_clear()
    while _COPIES:
        shutil.rmtree(_COPIES.pop())


@pytest.fixture
def outcome() -> Outcome:
    return seen("me")


def expectation(attack: Path, otherwise: str) -> tuple[str, list[str], str]:
    """Item, verdicts and pattern of the message, from the first line of an attack."""
    first = attack.read_text().split("\n")[0]
    wanted, _, message = (first.partition(" | ")[2] or otherwise).partition(":")
    item, verdicts = wanted.split()
    return item, verdicts.split("|"), message.strip()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda path: path.stem)
def test_attack_earns_nothing_and_is_told_why(outcome: Outcome, attack: Path) -> None:
    report = outcome.reports[attack.stem]
    assert report["verdict"] == "graded"
    assert report["score"] == 0
    name, verdicts, message = expectation(attack, "forward failed: expected")
    item = next(item for item in report["items"] if item["id"] == name)
    assert item["verdict"] in verdicts, item
    assert re.search(message, item["message"]), item["message"]
    assert "BROKE" not in report["stdout"], report["stdout"]


def test_canaries_are_untouched_and_nothing_is_left(outcome: Outcome) -> None:
    assert outcome.harmed == []
    assert outcome.left_over == []
    assert SECRET not in outcome.shown
    assert outcome.reports["honest"]["score"] == 100
    assert outcome.reports["honest"]["isolation"] == {"process": True, **dict.fromkeys(LAYERS, True)}


def test_class_in_which_every_second_submission_attacks_is_graded(outcome: Outcome) -> None:
    """The descriptors of the grader itself are in `test_nothing_is_left_behind`."""
    honest = [report["score"] for name, report in outcome.reports.items() if name.startswith("honest")]
    assert honest == [100] * len(ATTACKS)
    assert len(outcome.reports) == 2 * len(ATTACKS)
    assert (outcome.harmed, outcome.left_over) == ([], [])


WORLDS = [
    pytest.param("me", (), id="me"),
    pytest.param("me", ("namespaces",), id="me@without namespaces"),
    pytest.param("ordinary", (), id="ordinary@ordinary"),
    pytest.param("ordinary", ("namespaces",), id="ordinary without namespaces@ordinary"),
]
LEFT_OUT = {
    **{f"without {layer}": ("me", layer) for layer in LAYERS},
    "without namespaces and landlock": ("ordinary", "namespaces", "landlock"),
}
"""The columns of the table: who runs the attacks, and without what."""


@pytest.mark.parametrize(("who", "left_out"), WORLDS)
def test_every_attack_is_held_for_every_user_with_and_without_namespaces(who: str, left_out: tuple[str, ...]) -> None:
    found = seen(who, *left_out)
    assert {name: r["stdout"] for name, r in found.reports.items() if "BROKE" in r["stdout"]} == {}
    earned = {name: report["score"] for name, report in found.reports.items() if report["score"]}
    assert earned == {name: 100 for name in found.reports if name.startswith("honest")}
    assert "honest" in earned
    assert found.harmed == []
    assert found.left_over == []
    assert SECRET not in found.shown
    assert found.reports["honest"]["isolation"]["namespaces"] == (not left_out)


@pytest.fixture(scope="module")
def cheats(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("cheats")
    (folder / "class").mkdir()
    (folder / "class" / "honest.py").write_text(HONEST)
    for cheat in CHEATS:
        (folder / "class" / cheat.name).write_text(HONEST + "\n\n" + cheat.read_text())
    rubric = folder / "rubric.yaml"
    rubric.write_text(TIMED)
    done = me().grade(folder / "class", "--rubric", rubric, "--out", folder / "out", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    reports = json.loads((folder / "out" / "grades.json").read_text())
    return {report["submission"]["id"]: report for report in reports}


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda path: path.stem)
def test_cheating_with_time_gains_nothing(cheats: dict[str, dict[str, Any]], cheat: Path) -> None:
    report, honest = cheats[cheat.stem], cheats["honest"]
    name, verdicts, message = expectation(cheat, "forward passed:")
    item = next(item for item in report["items"] if item["id"] == name)
    assert item["verdict"] in verdicts, item
    assert re.search(message, item["message"] or ""), item["message"]
    assert "BROKE" not in report["stdout"], report["stdout"]
    if verdicts == ["passed"]:
        gained = report["speed"]["forward"]["low"] / honest["speed"]["forward"]["high"]
        assert gained < 1.1, (report["speed"], honest["speed"])
    else:
        assert (report["speed"] or {}).get("forward") is None


def test_attacks_that_are_left_out_elsewhere_only_answer() -> None:
    """None of them attempts anything, starts anything or opens anything, and none has a backward pass."""
    texts = {attack: attack.read_text() for attack in ATTACKS}
    reaches = re.compile(r"attempt\(|open\(|\b(os|sys|signal|socket|ctypes|threading|subprocess|mmap)\b")
    assert [one.stem for one in ATTACKS if one not in FURTHER and reaches.search(texts[one])] == []
    assert not any("backward" in text for text in texts.values())
    assert (PRELUDE.count("def "), PRELUDE.count("[lambda out: out]")) == (FORWARD_ALONE.count("def ") + 1, 1)


def test_every_line_of_the_list_has_its_attack() -> None:
    """What is no Python file is tested elsewhere: files and names, archives, rubrics, layouts."""
    elsewhere = {
        37: "test_bad_input", 38: "test_notebook", 39: "test_sources", 40: "test_batch", 41: "test_rubric",
        42: "test_batch", 43: "test_hostile_files", 44: "test_hostile_files", 45: "test_sources", 49: "test_identity",
        63: "test_one_for_all", 68: "test_leaderboard", 69: "test_deserved_speed", 70: "test_secret",
        73: "test_grading",
        74: "test_escapes", 75: "test_escapes", 76: "test_audience",
        **dict.fromkeys((*range(50, 62), 71, 72), "test_hostile_class"),
    }  # fmt: skip
    here = {int(path.stem[1:3]) for path in (*ATTACKS, *CHEATS, *(ROOT / "tests" / "attacks").glob("s*.py"))}
    assert here | set(elsewhere) == set(range(1, 77))
    assert all((ROOT / "tests" / f"{name}.py").exists() for name in elsewhere.values())


@pytest.mark.parametrize(
    "column", [pytest.param("without namespaces and landlock", id="without namespaces and landlock@ordinary")]
)
def test_where_files_can_be_read_nothing_is_changed_or_ended(column: str) -> None:
    """Submissions of the grader's own user, with neither namespaces nor Landlock."""
    found = seen(*LEFT_OUT[column])
    assert {name: report["score"] for name, report in found.reports.items() if report["score"]} == {"honest": 100}
    assert (found.harmed, found.left_over) == ([], [])
    broke = {line for r in found.reports.values() for line in r["stdout"].splitlines() if line.startswith("BROKE ")}
    assert {line.split()[1] for line in broke} == {"read", "import"}


@pytest.mark.skipif(os.getuid() != 0, reason="the table is root's")
@pytest.mark.parametrize(
    "column",
    [pytest.param(c, id=f"{c}@ordinary" if who == "ordinary" else f"@{c}") for c, (who, *_) in LEFT_OUT.items()],
)
def test_table_in_the_documents_is_what_is_seen(column: str) -> None:
    cells = [row[1 + [*LEFT_OUT].index(column)] for row in documented()]
    attacks = {title(attack): broken(attack, column) for attack in FURTHER}
    assert dict(zip((row[0] for row in documented()), cells, strict=True)).items() <= attacks.items()
    assert {name for name, cell in attacks.items() if cell != HELD} <= {row[0] for row in documented()}


def test_table_in_the_documents_has_a_row_for_each_attack_that_breaks_through() -> None:
    header, line, *_ = lines_of_the_table()
    assert (header, line) == tuple(islice(table(), 2))
    titles = [row[0] for row in documented()]
    assert len({title(attack) for attack in ATTACKS}) == len(ATTACKS)
    assert titles == [one for one in map(title, ATTACKS) if one in titles]
    assert len(set(titles)) == len(titles) > 1
    assert all(len(row) == 1 + len(LEFT_OUT) and set(row[1:]) != {HELD} for row in documented())


def lines_of_the_table() -> list[str]:
    """The table as the documents have it."""
    text = (ROOT / "docs" / "security.md").read_text()
    return text[text.index("| attack | ") :].split("\n\n")[0].splitlines()


def documented() -> list[list[str]]:
    """Its rows: the attack, and what is said of it without each layer."""
    return [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines_of_the_table()[2:]]


def title(attack: Path) -> str:
    """What an attack does, from its first line."""
    return re.sub(r" \|.*", "", attack.read_text().split("\n")[0].removeprefix("# "))


def broken(attack: Path, column: str) -> str:
    """What an attack does where layers are missing, as a cell of the table."""
    lines = seen(*LEFT_OUT[column]).reports[attack.stem]["stdout"].splitlines()
    broke = {re.sub(r"/\S+", "a file", line[6:]) for line in lines if line.startswith("BROKE ")}
    return "; ".join(sorted(broke)) or HELD


def table() -> Iterator[str]:
    """Which attacks break through where layers are missing, as a table of Markdown."""
    yield "| attack | " + " | ".join(LEFT_OUT) + " |"
    yield "|---|" + "---|" * len(LEFT_OUT)
    for attack in FURTHER:
        cells = [broken(attack, column) for column in LEFT_OUT]
        if set(cells) != {HELD}:
            yield f"| {title(attack)} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
