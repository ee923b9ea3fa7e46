"""`grade doctor` and `--isolation`: what is there is said, what is missing is refused or warned of."""

import json
import sys

import pytest

from grader import doctor
from grader.command_line.main import entry_point
from grader.doctor import probe
from grader.records import Isolation
from grader.reports import doctor as form
from grader.sandbox import seccomp
from grader.sandbox.inside import confine
from grader.sandbox.inside.confine import LAYERS
from tests.cli import SUBMISSIONS, grade, grade_in_a_process, grade_json

ALICE = SUBMISSIONS / "alice.py"


def test_doctor_says_what_is_on() -> None:
    done = grade_in_a_process("doctor")
    assert done.returncode == 0, done.stderr
    for layer in LAYERS:
        assert f"\n{layer}" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Verdict: ")
    assert max(map(len, done.stdout.splitlines())) <= 80
    found = json.loads(grade("doctor", "--format", "json").stdout)
    assert [layer["name"] for layer in found["layers"]] == list(LAYERS)
    assert 0 < found["timing"]["resolution_s"] < 1e-3
    assert found["timing"]["noise"] >= 0
    assert found["verdict"]


@pytest.mark.parametrize("layer", LAYERS)
def test_missing_layer_is_named_with_what_to_do(layer: str) -> None:
    text = grade("doctor", "--without", layer).stdout
    assert f"{layer} is off (you switched it off). To turn it on: leave out --without" in text
    assert f"Verdict: without {layer};" in text


def test_reason_comes_from_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "compiled", lambda **_: (b"", "libseccomp is missing (nowhere)"))
    monkeypatch.setattr(confine, "landlock_abi", lambda: 0)
    by_name = {layer.name: layer for layer in probe()}
    assert not by_name["seccomp"].on
    assert by_name["seccomp"].why == "libseccomp is missing (nowhere)"
    assert by_name["seccomp"].advice is not None
    assert "libseccomp2" in by_name["seccomp"].advice


def test_other_systems_are_advised_to_use_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Isolation(process=True, **dict.fromkeys(LAYERS, False))
    monkeypatch.setattr(doctor, "isolation_here", lambda wanted: (nothing, dict.fromkeys(LAYERS, "only Linux has it")))
    monkeypatch.setattr(sys, "platform", "darwin")
    assert {layer.advice for layer in probe()} == {"use Linux, in a container or a virtual machine"}


def test_windows_is_left_with_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit) as end:
        entry_point()
    assert end.value.code == 2
    assert "does not run on Windows itself" in capsys.readouterr().err


def test_doubtful_timing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_noise", lambda: 0.5)
    monkeypatch.setattr(doctor, "_resolution_s", lambda: 0.01)
    monkeypatch.setattr(doctor, "_governor", lambda: "powersave")
    monkeypatch.setattr("os.getloadavg", lambda: (99.0, 0.0, 0.0))
    found = doctor.examine(("rlimits",))
    assert len(found.timing.doubts) == 4
    assert found.verdict == "without namespaces, landlock, seccomp; timing is doubtful"
    assert form.terminal(found).count("Doubtful: ") == 4


def test_strict_refuses_to_run_with_a_layer_missing() -> None:
    done = grade(ALICE, "--no-timing", "--isolation", "strict", "--without", "seccomp")
    assert (done.returncode, done.stdout) == (2, "")
    assert "layers of isolation are missing (seccomp: you switched it off); see `grade doctor`" in done.stderr
    assert grade(ALICE, "--no-timing", "--isolation", "strict").returncode == 0


def test_none_warns_on_every_run_and_gives_the_same_mark() -> None:
    for _ in range(2):
        done = grade(ALICE, "--no-timing", "--isolation", "none", "-q")
        assert "WARNING: without namespaces, rlimits, landlock, seccomp" in done.stderr
        assert done.stdout == grade(ALICE, "--no-timing", "-q").stdout
    report = grade_json(ALICE, "--no-timing", "--isolation", "none")
    assert report["isolation"] == {"process": True, **dict.fromkeys(LAYERS, False)}
