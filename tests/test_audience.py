"""What students are shown: nothing that hidden items would give away, and nothing that is the instructor's."""

import json
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from grader import messages
from grader.records import Doubt, Origin, ReportVerdict, Who
from grader.reports.audience import for_student
from grader.reports.forms import html, markdown, terminal
from grader.reports.forms import json as json_form
from tests.cli import ROOT, SUBMISSIONS, grade
from tests.test_leaderboard import graded, speed
from tests.test_sources import write

ALICE, CAROL = ((SUBMISSIONS / f"{name}.py").read_text() for name in ("alice", "carol"))

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


MARKER = "zqinstructor"
FOR_INSTRUCTORS = (
    MARKER, "--", "-v ", "close other", "again", "(95 %)", "results folder", str(Path(np.__file__).parents[1]), "kim",
    "sysconfig.py", tempfile.gettempdir(), str(ROOT),
)  # fmt: skip
HAND_INS: dict[str, str | bytes] = {
    "alice.py": ALICE,
    "carol.py": CAROL,
    "syntax.py": "def (:",
    "neither.py": "x = 1",
    "broken.zip": b"PK broken",
    "nia/report.pdf": "%PDF",
    "nia/deep/other.py": "x = 1",
    "both/a/layers.py": CAROL,
    "both/b/layers.py": ALICE,
    "exits.py": ALICE + "import sys; sys.exit(0)\n",
    "warns.py": ALICE.replace("    dw = ", "    np.mean([]); print(np.__file__)\n    dw = ", 1),
    "imports.py": CAROL.replace("import numpy as np", "import numpy as np\nfrom numpy import nothing", 1).replace(
        "    dx = ", "    nothing()\n    dx = ", 1
    ),
    "async.py": ALICE.replace("def conv_forward", "async def conv_forward"),
    "reads.py": ALICE.replace("    dw = ", "    open('/etc/nowhere')\n    dw = ", 1),
    "hangs.py": CAROL.replace("    dx = ", "    while True: pass\n    dx = ", 1),
    "forbidden.py": ALICE.replace("    dw = ", "    import scipy; scipy.x\n    dw = ", 1),
}


SMALL = "workload: {x: [4, 3, 8, 8], w: [4, 3, 3, 3], stride: 1, pad: 1}, full_at: 0.5, zero_at: 0.0005}"
BRIEFLY_TIMED = (
    "schema: convgrade/1\nextends: cs231n-conv.yaml\nname: r\ncases: {count: 20}\n"
    "limits: {call_s: 0.1, total_s: 1, timing_s: 0.05}\nitems:\n"
    f"  - {{id: speed-forward, kind: speed, function: forward, points: 10, bonus: true, {SMALL}\n"
    f"  - {{id: speed-backward, kind: speed, function: backward, points: 10, bonus: true, {SMALL}\n"
)


def test_files_for_students_hold_nothing_of_the_instructors_and_nobody_else(tmp_path: Path) -> None:
    folder, out = write(tmp_path / MARKER / "hw", HAND_INS), tmp_path / MARKER / "results"
    (folder / "kim.py").symlink_to(folder / "alice.py")
    (folder / "nia" / "kim.py").symlink_to(folder / "alice.py")
    path = tmp_path / MARKER / "rubric.yaml"
    path.write_text(BRIEFLY_TIMED)
    done = grade(folder, "--rubric", path, "--out", out, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    names = {name.split("/")[0].split(".")[0] for name in HAND_INS} - {"both"}  # that is two people
    assert "never ends, once it has begun" in (out / "reports" / "hangs.html").read_text()
    files = list((out / "reports").iterdir())
    assert {file.stem for file in files} >= names
    for file in files:
        text = _without_code(file.read_text())
        assert [
            word for word in FOR_INSTRUCTORS if word in text and (word != "kim" or file.stem not in ("nia", "kim"))
        ] == [], file
        assert [name for name in names - {file.stem} if re.search(rf"\b{name}\.(py|zip)", text)] == [], file


def _without_code(text: str) -> str:
    """A report without the page's style and script, its comments, and the student's own code."""
    text = re.sub(
        r"<(style|script)\b.*?</\1>|<section aria-labelledby=\"code\">.*?</section>", "", text, flags=re.DOTALL
    )
    return re.sub(r"var\(--\w+\)|--chars|<!--|-->|-{3,}|[|:]--+[|:]?", "", text)


@pytest.mark.parametrize("form", [terminal, markdown, html, json_form])
def test_advice_for_instructors_is_not_for_students(form: ModuleType) -> None:
    doubtful = replace(speed(0.5), stable=False, doubts=tuple(Doubt))
    report = graded("a", speed={"forward": doubtful, "backward": doubtful}, traceback="/srv/grader.py", notes=("n",))
    broken = replace(report, verdict=ReportVerdict.JUDGE_ERROR, score=None, message="/srv/region: no space (-v)")
    for advice in ("close", "--jobs", "grade into", "grade again", "plug", "/srv", "(-v"):
        assert advice not in form.render(for_student(report)), advice
        assert advice not in form.render(for_student(broken)), advice
    assert "close them or use fewer --jobs" in " ".join(form.render(report).split())
    assert "you got the benefit of the doubt" in form.render(for_student(report))
    assert "not the submission" in form.render(for_student(broken))


def test_students_are_not_told_to_change_the_rubric() -> None:
    origin, names = Origin("a.py"), ["conv_forward_naive", "conv_backward_naive"]
    renamed = messages.no_functions(origin, names, dict.fromkeys(names, "None"), (), ["conv_forward", "conv_backward"])
    other = messages.for_another_rubric(origin, names, {"pool": ["x"]}, "max-pool")
    for text, ours, theirs in ((renamed, "functions: {", "it has conv_forward and conv_backward: rename them"),
                               (other, "--rubric max-pool", "is it the file of another assignment?")):  # fmt: skip
        report = graded("a", verdict=ReportVerdict.REJECTED, message=text)
        assert ours in terminal.render(report).replace("\n", " ")
        told = terminal.render(for_student(report)).replace("\n", " ")
        assert ours not in told
        assert theirs in told


@pytest.mark.parametrize(
    ("source", "message", "told"),
    [
        ("/srv/hw/ann", "/srv/hw/ann: no file defines f", "ann: no file defines f"),
        ("/srv/hw/ann", "/srv/hw/ann/a.zip: is damaged", "ann/a.zip: is damaged"),
        ("/srv/hw/ann", "x/srv/hw/ann, /srv/hw/anna", "x/srv/hw/ann, anna"),
        ("/srv/hw.zip/ann.py", "/srv/hw.zip: is damaged", "hw.zip: is damaged"),
        ("hw/ann.py", "in /tmp/a/convgrade-0123456789abcdef/f.npy", "in scratch/f.npy"),
        ("hw/ann.py", f"{sys.prefix}/lib/x.py and {sys.base_prefix}/y", "lib/x.py and y"),
        ("hw/ann.py", f"in:/tmp/convgrade-0123456789abcdef, {ROOT}/grader/x.py", "in:scratch, grader/x.py"),
        (f"{ROOT}/hw/ann.py", f"{ROOT}/hw/ann.py: is damaged", "ann.py: is damaged"),
        ("hw/ann.py", "hw/ann.py: cannot be read", "ann.py: cannot be read"),
        ("a", "a file is a file", "a file is a file"),
        ("/srv/(hw)/b+.py", "see /srv/(hw)/b+.py.", "see b+.py."),
    ],
)
def test_places_are_taken_out_of_what_is_told(source: str, message: str, told: str) -> None:
    report = graded("ann", who=Who("ann", "ann", source), message=message)
    found = for_student(report)
    assert found.message == told
    assert found.who.source == source.rsplit("/", 1)[-1]


def test_pages_script_is_found_though_the_grader_lies_beside_the_class() -> None:
    """Its path is no text for anybody: a page is made with what is in the file."""
    report = graded("ann")
    assert report.terms.walkthrough is not None
    beside = replace(report, who=Who("ann", "ann", str(Path(report.terms.walkthrough).with_name("ann.py"))))
    assert for_student(beside).terms == report.terms


def test_places_are_looked_for_in_one_pass() -> None:
    """What a submission prints is taken apart by the process that grades, for every form of its report."""
    report = graded("ann", stdout="/a/convgrade-0" * 9000)
    before_s = time.process_time()
    for_student(report)
    assert time.process_time() - before_s < 2  # 20 s where every slash begins another search


def test_hidden_item_hides_what_would_tell_it(tmp_path: Path) -> None:
    path, out = tmp_path / "pair.py", tmp_path / "out"
    path.write_text(ALICE.replace("(x, w, b, conv_param)\n\n", "(x * 2, w, b, conv_param)\n\n", 1))
    done = grade(path, "--rubric", rubric(tmp_path), "--out", out)
    assert "is right on the cache" in done.stdout
    for file in (out / "reports").iterdir():
        text = file.read_text()
        assert "is right on the cache" not in text
        assert "total hidden" in text


def test_note_about_the_cache_stays_where_no_result_is_hidden() -> None:
    report = replace(graded("ann"), wrong_on_own_cache=3, cache_note="In 3 cases it is right on another cache.")
    for hidden, told in (("contract", report.cache_note), ("speed", report.cache_note), ("correctness", None)):
        item = replace(report.items[0], id="x", kind=hidden, visibility="hidden")
        shown = for_student(replace(report, items=(*report.items, item)))
        assert (shown.wrong_on_own_cache > 0, shown.cache_note) == (told is not None, told)
