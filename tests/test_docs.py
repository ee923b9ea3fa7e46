"""What the documents say is true. `python -m tests.test_docs` writes the README's output anew."""

import re
import tomllib

from grader.cli import EPILOG, _parser
from grader.rubric import Rubric
from tests.cli import ROOT, grade

README = ROOT / "README.md"
BLOCK = re.compile(r"<!-- output of: grade (.*?) -->\n```text\n(.*?)```\n", re.DOTALL)


def without_times(report: str) -> list[str]:
    """The lines that come before anything measured as they are; of those after them, the words alone."""
    lines = report.splitlines()
    measured = next(i for i, line in enumerate(lines) if line.startswith("speed-"))
    headings = [re.sub(r"[^a-z ]|  +", "", line) for line in lines[measured:] if re.match(r"speed|backward", line)]
    return lines[1:measured] + [line.split()[0] for line in headings]


def test_output_in_the_readme_is_genuine() -> None:
    blocks = BLOCK.findall(README.read_text())
    assert blocks
    for arguments, shown in blocks:
        printed = grade(*arguments.split()).stdout
        assert without_times(printed) == without_times(shown)
        assert len(without_times(shown)) > 10
        assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_every_option_and_exit_status_is_in_the_readme() -> None:
    text = README.read_text()
    options = [name for action in _parser()._actions for name in action.option_strings if name != "-h"]
    assert [name for name in options if f"`{name}" not in text] == []
    statuses = re.findall(r"^  (\d)  ", EPILOG, re.MULTILINE)
    assert statuses == re.findall(r"^\| (\d) \|", text, re.MULTILINE)


def test_readme_has_the_two_commands_that_ci_runs() -> None:
    commands = re.findall(r"^    (sh \.ci/setup && .*)$", README.read_text(), re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("grade submissions/alice.py")


def test_every_rubric_key_is_documented() -> None:
    text = (ROOT / "docs" / "rubric.md").read_text()
    schema = Rubric.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    keys = {key for model in models for key in model["properties"]} - {"sha256"}
    assert {key for key in keys if not re.search(rf"[`.]{key}[`.:]|## {key}", text, re.IGNORECASE)} == set()


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[<>=]", requirement)[0] for requirement in wanted]
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert [name for name in names if f"`{name}`" not in text] == []


if __name__ == "__main__":
    text = README.read_text()
    for arguments, _ in BLOCK.findall(text):
        marker = f"<!-- output of: grade {arguments} -->\n```text\n"
        start = text.index(marker) + len(marker)
        text = text[:start] + grade(*arguments.split()).stdout + text[text.index("```\n", start) :]
    README.write_text(text)
