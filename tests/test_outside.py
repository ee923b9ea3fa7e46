"""What others run of this repository: the Dockerfile, the action for GitHub, and the hook for pre-commit."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.container import DOCKERFILE, base, instructions
from tests.cli import ENVIRONMENT, ROOT, SUBMISSIONS, grade

ACTION = ROOT / ".github" / "actions" / "grade" / "action.yml"
CI = (ROOT / "docs" / "ci.md").read_text()


def snippet(containing: str) -> Any:
    """A block of YAML of the page about CI."""
    (found,) = (block for block in re.findall(r"```yaml\n(.*?)```", CI, re.DOTALL) if containing in block)
    return yaml.safe_load(found)


def test_image_has_what_the_package_needs_and_runs_as_nobody_special() -> None:
    """`python -m benchmarks.container` follows the instructions."""
    steps = instructions()
    copied = [name for word, rest in steps if word == "COPY" for name in rest.split()[:-1]]
    assert {"grader", "reference", "rubrics", "pyproject.toml", "README.md", "LICENSE"} == set(copied)
    ignored = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == set(copied)
    assert [rest for word, rest in steps if word == "USER"] == ["grader"]
    assert base() == "trixie"
    assert any("libseccomp2" in rest for word, rest in steps if word == "RUN")
    commands = dict(steps)
    assert commands["HEALTHCHECK"].endswith('CMD ["grade", "doctor"]')
    assert commands["ENTRYPOINT"] == '["grade"]'


def has_docker() -> bool:
    """Whether there is a daemon that builds images."""
    command = shutil.which("docker")
    return command is not None and subprocess.run([command, "info"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_docker(), reason="no Docker daemon answers; `benchmarks.container` does the same without")
def test_image_is_built_and_grades() -> None:
    build = ["docker", "build", "--network", "host", "--file", str(DOCKERFILE), "--tag", "convgrade-test", str(ROOT)]
    subprocess.run(build, check=True)
    run = ["docker", "run", "--rm", "--network", "none", "--volume", f"{SUBMISSIONS}:/hand-ins/submissions:ro"]
    command = [*run, "convgrade-test", "submissions/alice.py", "--no-timing", "--quiet"]
    assert (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
        == "alice: 100 / 100 (speed not timed)\n"
    )
    doctor = [*run, "--entrypoint", "grade", "convgrade-test", "doctor"]
    layers = subprocess.run(doctor, check=True, capture_output=True, text=True).stdout
    assert all(re.search(rf"^{layer} +on ", layers, re.MULTILINE) for layer in ("rlimits", "landlock", "seccomp"))


def run_action(folder: Path, **inputs: str) -> "tuple[subprocess.CompletedProcess[str], str]":
    """Do its last step as a runner would, where convgrade is installed; how it ends, and the job's summary."""
    action = yaml.safe_load(ACTION.read_text())
    step = action["runs"]["steps"][-1]
    given = {name: about.get("default") for name, about in action["inputs"].items()} | inputs
    variables = {
        name: given[re.sub(r"^\$\{\{ inputs\.(.*) \}\}$", r"\1", value)] for name, value in step["env"].items()
    }
    programs = folder / "convgrade" / "bin"
    programs.mkdir(parents=True)
    (programs / "grade").symlink_to(Path(sys.executable).with_name("grade"))
    summary = folder / "summary.md"
    runner = {"RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(summary)}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(
        command, cwd=folder, env={**ENVIRONMENT, **runner, **variables}, capture_output=True, text=True, check=False
    )
    return done, summary.read_text()


def test_action_writes_the_students_report_into_the_summary_and_fails_below_the_threshold(tmp_path: Path) -> None:
    (tmp_path / "$(touch hacked) -q.py").write_text((SUBMISSIONS / "carol.py").read_text())
    inputs = {"path": "$(touch hacked) -q.py", "rubric": "correctness-only", "fail-under": "100"}
    done, summary = run_action(tmp_path, **inputs)
    assert (done.returncode, done.stderr) == (1, "")
    assert summary == done.stdout
    assert "The padding is cut off with a slice that is empty at pad 0" in summary
    assert "seed" not in summary
    assert not (tmp_path / "hacked").exists()


def test_action_on_the_page_about_ci_has_the_inputs_of_the_action() -> None:
    action, page = yaml.safe_load(ACTION.read_text()), snippet("runs-on")
    (step,) = (each for each in page["jobs"]["grade"]["steps"] if "/convgrade/" in each["uses"])
    assert step["uses"].startswith("OWNER/convgrade/.github/actions/grade@")
    assert set(step["with"]) <= set(action["inputs"])
    assert re.findall(r"^\| `([\w-]+)` \|", CI, re.MULTILINE) == list(action["inputs"])
    install = action["runs"]["steps"][0]["run"]
    assert (ACTION.parent / "../../..").resolve() == ROOT
    assert '"$GITHUB_ACTION_PATH/../../.."' in install


@pytest.mark.parametrize(("submission", "status"), [("alice", 0), ("carol", 1)])
def test_hook_lets_nothing_wrong_be_committed(tmp_path: Path, submission: str, status: int) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (wanted,) = snippet("repos:")["repos"][0]["hooks"]
    assert wanted["id"] == hook["id"]
    assert re.search(hook["files"], wanted["args"][0])
    (tmp_path / "layers.py").write_text((SUBMISSIONS / f"{submission}.py").read_text())
    program, *arguments = hook["entry"].split()
    assert program == "grade"
    assert grade(*arguments, *wanted["args"], cwd=tmp_path).returncode == status


def test_gitlab_reads_what_pytest_writes(tmp_path: Path) -> None:
    """`python -m benchmarks.elsewhere` also installs as the script says."""
    job = snippet("junit:")["grade"]
    (command,) = (line for line in job["script"] if line.startswith("pytest"))
    (tmp_path / "layers.py").write_text((SUBMISSIONS / "carol.py").read_text())
    program = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "grader.api.pytest_plugin",
        *shlex.split(command)[1:],
    ]
    done = subprocess.run(program, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    tests = ElementTree.parse(tmp_path / job["artifacts"]["reports"]["junit"]).getroot().iter("testcase")
    failed = {test.get("name"): test.find("failure") is not None for test in tests}
    assert {name for name, lost in failed.items() if lost} == {"dx"}
    assert len(failed) == 7


def test_versions_of_the_tools_are_locked_for_every_index() -> None:
    text = (ROOT / ".ci" / "requirements.txt").read_text()
    assert "://" not in text
    versions: dict[str, list[str]] = {}
    for name, version, hashes in re.findall(r"^([\w.-]+)==([^ ;]+)[^\n]*\n((?:    --hash=.*\n)+)", text, re.MULTILINE):
        assert "sha256:" in hashes
        versions.setdefault(canonicalize_name(name), []).append(version)
    assert sum(map(len, versions.values())) == len(re.findall(r"^\S", text, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["dev"]])]
    missing = {canonicalize_name(each.name) for each in wanted} - set(versions)
    assert missing == set(), "run `sh .ci/lock`"
    for each in wanted:
        assert all(version in each.specifier for version in versions[canonicalize_name(each.name)]), each
