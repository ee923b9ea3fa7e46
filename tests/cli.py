"""Runs the real command line in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SUBMISSIONS = ROOT / "submissions"


def grade(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """`grade ARGUMENTS`, with its output captured."""
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=300, check=False)


def grade_json(*arguments: object, status: int = 0) -> dict[str, Any]:
    """The one JSON report of `grade ARGUMENTS --format json`, which has to exit with `status`."""
    done = grade(*arguments, "--format", "json")
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = done.stdout.splitlines()
    report: dict[str, Any] = json.loads(line, parse_constant=_refuse)
    return report


def items(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The report's items by id."""
    return {item["id"]: item for item in report["items"]}


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
