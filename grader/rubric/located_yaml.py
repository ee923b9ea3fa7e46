"""YAML as plain data, together with where each value stands, so that an error can name file, line and key path."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

KeyPath = tuple[str | int, ...]
_PLACE = re.compile(r"(?P<file>.*?)(?::(?P<line>\d+))?: ", re.DOTALL)
MAX_BYTES = 256 * 1024
_YAML_1_2_FLOAT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
"""`1e-9` is a number to a person and in YAML 1.2; PyYAML follows YAML 1.1, where it is text."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Located:
    """A YAML value whose children are Located too; `plain()` drops the places."""

    value: Any
    place: Place

    def plain(self) -> Any:
        """The value as dicts, tuples and scalars."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return tuple(child.plain() for child in self.value)
        return self.value

    def at(self, path: KeyPath) -> Place:
        """The place of the value at `path`, or of the nearest one above it that exists."""
        node = self
        for key in path:
            children = dict(enumerate(node.value)) if isinstance(node.value, list) else node.value
            if not isinstance(children, dict) or key not in children:
                break
            node = children[key]
        return node.place

    def says(self, path: KeyPath, text: str) -> str:
        """A problem of the value at `path`, with file, line and key path."""
        return f"{self.at(path)}: {key_path(self._as_written(path))}: {text}"

    def _as_written(self, path: KeyPath) -> KeyPath:
        """With an item's id for its place in the list, which is another in the file than in what that extends."""
        if len(path) < 2 or path[0] != "items" or not isinstance(path[1], int):  # the list, the place
            return path
        items = self.value["items"].value
        id = items[path[1]].plain().get("id") if isinstance(items[path[1]].value, dict) else None
        if isinstance(id, str) and id:
            return (f"items[{id}]", *path[2:])
        place = items[path[1]].place
        before = [item for item in items[: path[1]] if item.place.file == place.file and item.place.line <= place.line]
        later = [item for item in items[path[1] :] if item.place.file == place.file and item.place.line < place.line]
        return ("items", len(before) + len(later), *path[2:])


def in_order(problems: Sequence[str]) -> list[str]:
    """Problems as they stand in their files, one file after the other."""
    places = [_PLACE.match(problem) for problem in problems]
    found = [("", 0) if match is None else (match["file"], int(match["line"] or 0)) for match in places]
    files = list(dict.fromkeys(file for file, _ in found))
    order = sorted(range(len(found)), key=lambda at: (files.index(found[at][0]), found[at][1]))
    return [problems[at] for at in order]


def key_path(path: KeyPath) -> str:
    """`("items", 0, "points")` as a person writes it: `items[0].points`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".") or "(top level)"


def read(file: Path, problems: list[str]) -> bytes | None:
    """The bytes of a rubric; None, and a problem, where it cannot be read or is far too large for one."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        problems.append(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}")
        return None
    if len(data) > MAX_BYTES:
        problems.append(f"{file}: is too large for a rubric (at most {MAX_BYTES} bytes)")
        return None
    return data


def parse(file: Path, data: bytes, problems: list[str]) -> Located | None:
    """Parse one YAML mapping; what is wrong is added to `problems`, each with file and line.

    Duplicate keys, anchors, aliases and tags are problems: a rubric says everything once and in the open.
    """
    try:
        root = _composed(data.decode("utf-8-sig"))
        if isinstance(root, yaml.MappingNode):
            return _Reader(file, problems).read(root, (), 1)
        problems.append(f"{file}:1: a rubric is a mapping (`key: value` lines)")
    except UnicodeDecodeError as error:
        problems.append(f"{file}: is not UTF-8 text (byte {error.start})")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(f"{file}:{line}: not valid YAML: {error.problem}")
    except yaml.YAMLError as error:
        problems.append(f"{file}: not valid YAML: {' '.join(str(error).split())}")
    except RecursionError:
        problems.append(f"{file}: nested too deeply")
    return None


def _composed(text: str) -> yaml.Node | None:
    """The text as nodes: by libyaml, in a tenth of the time, where it is there and finds nothing wrong.

    What is wrong is always told in PyYAML's own words. Around tabs the two do not agree.
    """
    if hasattr(yaml, "CSafeLoader") and "\t" not in text:
        with suppress(yaml.YAMLError):
            return yaml.compose(text, yaml.CSafeLoader)
    return yaml.compose(text, yaml.SafeLoader)


_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map", "timestamp")
)
_MEANT_OTHERWISE = {
    re.compile(r"[-+]?0\d+"): "begins with a zero; write it without",
    re.compile(r"[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?"): "would be a number to the base 60; write it without a colon",
}
"""Numbers that YAML 1.1 takes for others than a person and YAML 1.2 do."""


class _Reader:
    """Turns YAML nodes into Located values."""

    def __init__(self, file: Path, problems: list[str]) -> None:
        self.file = file
        self.problems = problems
        self.seen: set[int] = set()
        self.constructor = yaml.SafeLoader("")

    def read(self, node: yaml.Node, path: KeyPath, line: int) -> Located:
        """The node's value; `line` is where it is used, which for an alias is not where it is written."""
        place = Place(str(self.file), line)
        if id(node) in self.seen:
            self.problems.append(f"{place}: {key_path(path)}: anchors and aliases are not allowed; write it out")
            return Located(None, place)
        self.seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            self.problems.append(f"{place}: {key_path(path)}: tags such as {node.tag} are not allowed")
            return Located(None, place)
        if isinstance(node, yaml.MappingNode):
            return Located(dict(self._pairs(node, path)), place)
        if isinstance(node, yaml.SequenceNode):
            children = enumerate(node.value)
            return Located([self.read(child, (*path, i), child.start_mark.line + 1) for i, child in children], place)
        return Located(self._scalar(node, path, place), place)

    def _pairs(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, Located]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in seen:
                first = f"the first is on line {seen[key]}"
                self.problems.append(f"{self.file}:{line}: {key_path((*path, key))}: duplicate key; {first}")
                continue
            seen[key] = line
            yield key, self.read(value_node, (*path, key), line)

    def _scalar(self, node: yaml.Node, path: KeyPath, place: Place) -> Any:
        if isinstance(node, yaml.ScalarNode) and not node.style:
            if _YAML_1_2_FLOAT.fullmatch(node.value):
                return float(node.value)
            for form, why in _MEANT_OTHERWISE.items():
                if form.fullmatch(node.value):
                    self.problems.append(f"{place}: {key_path(path)}: {node.value} {why}")
                    return None
        try:
            return self.constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            reason = getattr(error, "problem", None) or error
            self.problems.append(f"{place}: {key_path(path)}: {reason}")
            return None
