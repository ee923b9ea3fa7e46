"""What the documents say is true. `python -m tests.test_docs` writes the README's output anew."""

import re
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from grader.command_line.command import all_commands
from grader.command_line.parsing import EXIT_STATUS, parser_of
from grader.rubric.model import Rubric
from tests.browser import opened
from tests.cli import ROOT, grade
from tests.readme import README, run_commands


def take_pictures(results: Path) -> None:
    """The README's pictures of the leaderboard's page, and of a report's."""
    with opened(results / "reports" / "frank.html", height=1400) as seen:
        seen.page.screenshot(path=ROOT / "docs" / "report.png", clip={"x": 0, "y": 0, "width": 1100, "height": 1400})
    page = results / "board.html"
    grade("leaderboard", results, "--out", page, "--format", "html")
    sizes: tuple[tuple[str, Literal["light", "dark"], int], ...] = (
        ("leaderboard", "light", 1000), ("leaderboard-dark", "dark", 1000), ("leaderboard-phone", "light", 390),
    )  # fmt: skip
    for name, scheme, width in sizes:
        with opened(page, width=width, height=500, scheme=scheme) as seen:
            seen.page.screenshot(path=ROOT / "docs" / f"{name}.png", full_page=True)


def test_every_option_and_exit_status_is_in_the_readme() -> None:
    text = README.read_text()
    actions = [action for command in all_commands().values() for action in parser_of(command)._actions]
    options = [name for action in actions for name in action.option_strings if name != "-h"]
    assert [name for name in options if f"`{name}" not in text] == []
    statuses = re.findall(r"^  (\d)  ", EXIT_STATUS, re.MULTILINE)
    assert statuses == re.findall(r"^\| (\d) \|", text, re.MULTILINE)


def test_readme_has_the_two_commands_that_ci_runs() -> None:
    commands = re.findall(r"^    (sh \.ci/setup .*)$", README.read_text(), re.MULTILINE)
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
    names = [re.split(r"[<>=[]", requirement)[0] for requirement in wanted]
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert [name for name in names if f"`{name}`" not in text] == []


if __name__ == "__main__":
    text = README.read_text()
    with TemporaryDirectory() as folder:
        for arguments, shown, printed in run_commands(Path(folder)):
            block = f"<!-- output of: grade {arguments} -->\n```text\n{{}}```\n"
            text = text.replace(block.format(shown), block.format(printed))
        take_pictures(Path(folder, "results"))
    README.write_text(text)
