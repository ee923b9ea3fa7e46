"""Linux without what only Linux has: the ways that the grader goes on macOS. Windows is refused (`test_doctor.py`)."""

import json
import subprocess
import sys
from pathlib import Path

from tests.cli import ENVIRONMENT, SUBMISSIONS

BARE = """\
import builtins, io, os, signal, sys, sysconfig
sysconfig.get_config_vars()  # which it cannot read under another name
sys.platform = "darwin"
for module, names in (
    (os, "memfd_create pidfd_open sched_getaffinity sched_setaffinity sched_setscheduler eventfd unshare splice pipe2 "
         "setresuid setresgid getresuid copy_file_range posix_fadvise"),
    (signal, "pidfd_send_signal sigtimedwait sigwaitinfo"),
):
    for name in names.split():
        vars(module).pop(name, None)
def open_elsewhere(file, *arguments, _open=open, **options):
    if not isinstance(file, int) and os.fsdecode(file).startswith(("/proc", "/sys")):
        raise FileNotFoundError(2, "no such folder on this system", file)
    return _open(file, *arguments, **options)
builtins.open = io.open = open_elsewhere
sys.modules["pyseccomp"] = None
"""
"""Takes it away, before anything else is imported; beside the grader and in its sandbox."""
_GRADE = """\
from grader.sandbox import spawn
spawn._BOOTSTRAP = {bare!r}.replace("{{", "{{{{").replace("}}", "}}}}") + spawn._BOOTSTRAP
from grader.command_line.main import entry_point
entry_point()
"""
ABORTS = (
    "import os\ndef conv_forward_naive(x, w, b, conv_param): os.abort()\ndef conv_backward_naive(dout, cache): pass\n"
)


def test_marks_are_the_same_and_no_layer_is_claimed(tmp_path: Path) -> None:
    (tmp_path / "carol.py").write_text((SUBMISSIONS / "carol.py").read_text())
    (tmp_path / "rubric.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only\nname: few\ncases: {count: 20}\npolicy: {on_violation: flag}\n"
    )
    (tmp_path / "aborts.py").write_text(ABORTS)
    program = [sys.executable, "-c", BARE + _GRADE.format(bare=BARE)]
    command = [*program, "carol.py", "aborts.py", "--rubric", "rubric.yaml", "--no-timing", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    carol, aborts = (json.loads(line) for line in done.stdout.splitlines())
    layers = dict.fromkeys(("rlimits", "namespaces", "landlock", "seccomp"), False)
    assert carol["isolation"] == aborts["isolation"] == {"process": True, **layers}
    verdicts = {item["id"]: item["verdict"] for item in carol["items"]}
    assert verdicts == {"forward": "passed", "dx": "partial", "dw": "passed", "db": "passed", "contract": "passed"}
    assert [item["verdict"] for item in aborts["items"] if item["id"] == "forward"] == ["crashed"]
