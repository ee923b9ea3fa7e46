"""What docs/ci.md says, done: the action, GitLab's script and the hook, in empty environments from a clean clone.

    python -m benchmarks.elsewhere

Everything is fetched and installed as it would be there, of the last commit; what is not committed does not count. It
prints what each says of `submissions/carol.py`, and ends with 1 where one ends otherwise than it should.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "ci.md"
TOOLS = ("check-jsonschema", "pre-commit")
"""Fetched for this alone: the forms of the files as their owners publish them, and what runs the hook."""


def snippets() -> list[Any]:
    """The blocks of YAML of the page: a workflow, GitLab's jobs, pre-commit's settings."""
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)]


class Machine:
    """An empty folder with a student's repository, a clone of ours, and a Python of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clone, self.work = folder, folder / "clone", folder / "work"
        self.run(["git", "clone", "--quiet", str(ROOT), str(self.clone)], folder)
        self.commit = self.run(["git", "rev-parse", "HEAD"], self.clone)[1].strip()
        self.work.mkdir()
        (self.work / "layers.py").write_bytes((ROOT / "submissions" / "carol.py").read_bytes())

    def environment(self, name: str) -> Path:
        """A new virtual environment; where its programs are."""
        self.run([sys.executable, "-m", "venv", str(self.folder / name)], self.folder)
        return self.folder / name / "bin"

    def run(self, command: Sequence[str], cwd: Path, **variables: str) -> tuple[int, str]:
        """How it ends, and what it prints."""
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        done = subprocess.run(command, cwd=cwd, env={**kept, **variables}, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def shell(self, script: str, programs: Path | None, **variables: str) -> tuple[int, str]:
        """A script as runners run it, in the student's repository."""
        path = os.environ["PATH"] if programs is None else f"{programs}:{os.environ['PATH']}"
        return self.run(["bash", "-eo", "pipefail", "-c", script], self.work, PATH=path, **variables)


def by_the_action(machine: Machine) -> tuple[int, str]:
    """Its steps in order, as the page's workflow calls it; how the last ends, and the job's summary."""
    page, action = snippets()[0], yaml.safe_load((machine.clone / ".github/actions/grade/action.yml").read_text())
    (called,) = (step for step in page["jobs"]["grade"]["steps"] if "/convgrade/" in step["uses"])
    given = {name: about.get("default") for name, about in action["inputs"].items()} | called["with"]
    summary, status = machine.folder / "summary.md", 0
    runner = {
        "RUNNER_TEMP": str(machine.folder),
        "GITHUB_ACTION_PATH": str(machine.clone / ".github" / "actions" / "grade"),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    for step in action["runs"]["steps"]:
        named = {name: re.sub(r"[^\w-]|inputs", "", value) for name, value in step.get("env", {}).items()}
        variables = {name: str(given[value]) for name, value in named.items()}
        status, printed = machine.shell(step["run"], None, **runner, **variables)
        if status:
            return status, printed
    return status, summary.read_text()


def by_gitlab(machine: Machine) -> tuple[int, str]:
    """Its script, which has a machine of its own there; how it ends, and the XML that GitLab reads."""
    job = snippets()[1]["grade"]
    script = "\n".join(job["script"])
    there = "git+https://gitlab.example.org/OWNER/convgrade"
    assert there in script
    status, printed = machine.shell(
        script.replace(there, f"git+file://localhost{machine.clone}"), machine.environment("gitlab")
    )
    marks = machine.work / job["artifacts"]["reports"]["junit"]
    return status, marks.read_text() if marks.exists() else printed


def by_the_hook(machine: Machine, programs: Path) -> tuple[int, str]:
    """pre-commit's, which installs it from the clone, at a commit of the student's."""
    (repository,) = (settings := snippets()[2])["repos"]
    repository |= {"repo": str(machine.clone), "rev": machine.commit}
    (machine.work / ".pre-commit-config.yaml").write_text(yaml.safe_dump(settings))
    machine.run(["git", "init", "--quiet"], machine.work)
    machine.run(["git", "add", "layers.py", ".pre-commit-config.yaml"], machine.work)
    command = [str(programs / "pre-commit"), "run", "--all-files"]
    return machine.run(command, machine.work, PRE_COMMIT_HOME=str(machine.folder / "pre-commit"))


def by_their_schemas(machine: Machine, programs: Path) -> tuple[int, str]:
    """The files that services read, against what these publish of their form."""
    workflow, jobs, settings = (machine.folder / name for name in ("workflow.yml", "jobs.yml", "settings.yaml"))
    for path, data in zip((workflow, jobs, settings), snippets(), strict=True):
        path.write_text(yaml.safe_dump({"on" if key is True else key: value for key, value in data.items()}))
    check = [str(programs / "check-jsonschema"), "--builtin-schema"]
    commands = (
        [*check, "vendor.github-workflows", str(workflow)],
        [*check, "vendor.github-actions", str(machine.clone / ".github" / "actions" / "grade" / "action.yml")],
        [*check, "vendor.gitlab-ci", str(jobs)],
        [str(programs / "pre-commit"), "validate-config", str(settings)],
        [str(programs / "pre-commit"), "validate-manifest", str(machine.clone / ".pre-commit-hooks.yaml")],
    )
    done = [machine.run(command, machine.folder) for command in commands]
    return max(status for status, _ in done), "".join(printed for _, printed in done)


def main() -> None:
    """Do all of it."""
    with TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        programs = machine.environment("tools")
        machine.run([str(programs / "python"), "-m", "pip", "install", "--quiet", *TOOLS], machine.folder)
        rows = (
            ("schemas", 0, "ok -- validation done", by_their_schemas(machine, programs)),
            ("GitHub action", 0, "dx: -2.94", by_the_action(machine)),  # 60 % are enough there
            ("GitLab", 1, 'name="dx"', by_gitlab(machine)),
            ("pre-commit", 1, "97.06 / 100", by_the_hook(machine, programs)),
        )
        right = {name: status == wanted and text in said for name, wanted, text, (status, said) in rows}
        for name, _, _, (status, said) in rows:
            print(f"{name}: ends with {status}, {'as it should' if right[name] else 'which is wrong'}")
            print(*(f"    {line}" for line in said.splitlines()[:14]), sep="\n")
    sys.exit(not all(right.values()))


if __name__ == "__main__":
    main()
