"""A rubric as JSON, for where it is kept or sent to: with what it extends, and with the run's seed."""

import json

from grader.rubric.model import Rubric, SeveralRubric, WholeRubric


def to_json(rubric: WholeRubric) -> str:
    """All of it but the digest of its text."""
    return rubric.model_dump_json(by_alias=True)


def from_json(text: str, sha256: str) -> WholeRubric:
    """The rubric that `to_json` made this of; `sha256` is the digest of its text."""
    kept = json.loads(text)
    if "due" not in (kept.get("late") or {}):  # one of before it did anything
        kept.pop("late", None)
    model: type[WholeRubric] = SeveralRubric if "operators" in kept else Rubric
    return model.model_validate_json(json.dumps(kept)).model_copy(update={"sha256": sha256})
