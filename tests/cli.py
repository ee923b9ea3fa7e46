"""Runs the real command line in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SUBMISSIONS = ROOT / "submissions"


ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}


def grade(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """`grade ARGUMENTS`, with its output captured."""
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT, timeout=300, check=False)


def start(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """`grade ARGUMENTS`, begun and not waited for."""
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env={**ENVIRONMENT, **environment}, stdout=pipe, stderr=pipe, text=True)


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
