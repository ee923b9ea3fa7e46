"""What students are shown of hidden items."""

import json
from pathlib import Path

from tests.cli import SUBMISSIONS, grade

HIDDEN = """\
schema: convgrade/1
extends: correctness-only.yaml
name: hidden
items:
  - {id: dx, kind: correctness, output: dx, points: 25, credit: traits, visibility: hidden}
"""
SECRETS = ("(1, 1, 0, 0)", "cut off", "assert", "printed in dx")


def rubric(folder: Path) -> Path:
    path = folder / "hidden.yaml"
    path.write_text(HIDDEN)
    return path


def test_student_sees_of_a_hidden_item_only_that_it_failed(tmp_path: Path) -> None:
    code = (SUBMISSIONS / "carol.py").read_text()
    path = tmp_path / "carol.py"
    definition = "def conv_backward_naive(dout, cache):\n"
    path.write_text(code.replace(definition, f"{definition}    print('printed in dx')\n"))
    shown = {}
    for audience in ("instructor", "student"):
        for form in ("terminal", "markdown", "json"):
            options = ("--rubric", rubric(tmp_path), "--format", form, "--audience", audience, "-v")
            shown[audience, form] = grade(path, *options).stdout
    for form in ("terminal", "markdown", "json"):
        assert not any(secret in shown["student", form].replace("\\", "") for secret in SECRETS), form
        assert "(1, 1, 0, 0)" in shown["instructor", form].replace("\\", "")
    whole, told = (json.loads(shown[audience, "json"]) for audience in ("instructor", "student"))
    assert (told["score"], whole["score"]) == (None, 97.06)  # less the others' points it would tell those of dx
    assert told["max_score"] == whole["max_score"]
    assert "carol: - / 100 (total hidden)" in shown["student", "terminal"]
    (dx,) = (item for item in told["items"] if item["id"] == "dx")
    assert dx["verdict"] == "partial"
    assert {dx[key] for key in ("points", "message", "hint", "counterexample", "diagnosis")} == {None}
    assert [i for i in told["items"] if i["id"] != "dx"] == [i for i in whole["items"] if i["id"] != "dx"]


def test_files_for_students_do_not_tell_what_is_hidden(tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = grade(SUBMISSIONS / "carol.py", "--rubric", rubric(tmp_path), "--out", out)
    assert "(1, 1, 0, 0)" in done.stdout
    for path in (out / "reports").iterdir():  # the page shows the student's own code, and has a script
        secrets = ("(1, 1, 0, 0)", "empty at pad 0", "step through") if path.suffix == ".html" else SECRETS
        assert not any(secret in path.read_text().replace("\\", "") for secret in secrets), path
    assert "(1, 1, 0, 0)" in grade("report", out, "carol").stdout
    assert "(1, 1, 0, 0)" not in grade("report", out, "carol", "--audience", "student").stdout
