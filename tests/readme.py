"""The commands of the README, run as a reader would run them."""

import re
import shutil
from pathlib import Path

from tests.cli import ROOT, SUBMISSIONS, grade

README = ROOT / "README.md"
BLOCK = re.compile(r"<!-- output of: grade (.*?) -->\n```text\n(.*?)```\n", re.DOTALL)


def run_commands(folder: Path) -> list[tuple[str, str, str]]:
    """Run them in order where only `submissions/` is: (arguments, shown, printed) of each."""
    shutil.copytree(SUBMISSIONS, folder / "submissions", ignore=shutil.ignore_patterns("__pycache__"))
    blocks = BLOCK.findall(README.read_text())
    return [(arguments, shown, grade(*arguments.split(), cwd=folder).stdout) for arguments, shown in blocks]
