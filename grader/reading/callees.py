"""Runs inside: which functions and methods of a file those that are graded call, and so on, as far as names tell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from grader.records import Submission
from grader.records.feedback import Listing
from grader.source_code.text import defined_in, list_functions

_MOST = 10
"""Functions of the file whose text is looked at for what one that calls them does."""
_DEEPEST = 4
"""Calls within calls that are followed."""
_CALL = re.compile(r"(\.?)\b(\w+)\(")
_DOCSTRING = re.compile(r'("""|\'\'\').*?\1', re.DOTALL)
"""Many speak of the other function: "cache -- output of conv_forward()"."""
_COMMENT = re.compile(r"#.*")
"""What follows a `#` in a string is lost, too, with the places in what it calls."""
_OF_SELF = re.compile(r"\bself\.")
_SETS_ATTRIBUTES = re.compile(r" *self\.\w+(, *(self\.)?\w+)* = [^#]*$")
_MADE_BY = ("__init__", "__call__")
"""What is called without its name standing there, of a class that is named."""


@dataclass(frozen=True)
class Callees:
    """What the functions of one file call there.

    Args:
        submission: the file.
        functions: those at its top level.
        classes: by class, its methods.
        graded: the text of those that are graded.
    """

    submission: Submission
    functions: Sequence[str]
    classes: Mapping[str, Sequence[str]]
    graded: Sequence[Listing]

    @classmethod
    def of(cls, submission: Submission, graded: Sequence[Listing]) -> Self:
        """Those of a file of which nothing is known yet."""
        return cls(submission, *defined_in(submission), graded)

    def of_all(self, own: Sequence[Listing]) -> Iterator[Listing]:
        """What any of these calls and, where they are methods, the methods of the file's other classes."""
        shown = {one.function for one in own}
        owners = {name.partition(".")[0] for name in shown if "." in name}
        others = {name: methods for name, methods in self.classes.items() if owners and name not in owners}
        methods = [f"{name}.{method}" for name, inside in others.items() for method in inside][:_MOST]
        called = [each for one in own for each in self.of_one(one)]
        for one in (*called, *list_functions(self.submission, methods)):
            if one.function not in shown:
                shown.add(one.function)
                yield replace(one, is_called=True)

    def of_one(self, listing: Listing) -> tuple[Listing, ...]:
        """What one of them calls, such as a normalization of rows, and what that calls."""
        found: dict[str, Listing] = {}
        newest: Sequence[Listing] = [listing]
        for _ in range(_DEEPEST):
            names = [name for one in newest for name in self._called_in(one)]
            names = [name for name in dict.fromkeys(names) if name not in found and name != listing.function]
            newest = list_functions(self.submission, names[: _MOST - len(found)]) if names else ()
            found |= {one.function: one for one in newest}
        return tuple(found.values())

    def as_function(self, listing: Listing) -> str:
        """The text of a method as that of a function: its attributes are names, and behind it stands what sets them.

        That is what lines of other methods of its class say, with no more than attributes on their left: the lines of
        its own stay where they are. Anything else is as it is.
        """
        owner, _, method = listing.function.rpartition(".")
        if not owner:
            return listing.text
        others = [f"{owner}.{name}" for name in self.classes.get(owner, ()) if name != method][:_MOST]
        lines = [line for one in list_functions(self.submission, others) for line in one.text.split("\n")]
        first, *body = listing.text.split("\n")
        depths = [len(line) - len(line.lstrip()) for line in (first, *body) if line.strip()]
        depth = min((depth for depth in depths if depth > depths[0]), default=depths[0] + 4)
        set_there = [" " * depth + line.strip() for line in lines if _SETS_ATTRIBUTES.match(line)]
        return _OF_SELF.sub("", "\n".join((re.sub(r"\(self(, *|(?=\)))", "(", first), *body, *set_there)))

    def _called_in(self, listing: Listing) -> Iterator[str]:
        calls = _CALL.findall(_COMMENT.sub("", _DOCSTRING.sub("", listing.text)))
        named, of_objects = {name for _, name in calls}, {name for dot, name in calls if dot}
        yield from (name for name in self.functions if name in named)
        yield from (f"{self._owners[name]}.{name}" for name in self._owners if name in of_objects)
        made = (owner for owner in self.classes if owner in named)
        yield from (f"{owner}.{name}" for owner in made for name in _MADE_BY if name in self.classes[owner])

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        """By the name of a method its class; where several have one, the class that the graded functions name."""
        owners: dict[str, list[str]] = {}
        for owner, methods in self.classes.items():
            for method in methods:
                owners.setdefault(method, []).append(owner)
        named = {
            name: [one for one in own if one in self._named] if len(own) > 1 else own for name, own in owners.items()
        }
        return {method: own[0] for method, own in named.items() if len(own) == 1}

    @cached_property
    def _named(self) -> frozenset[str]:
        """The classes that the graded functions name, or are methods of."""
        words = {word for one in self.graded for word in re.findall(r"\w+", one.text)}
        return frozenset(words | {one.function.partition(".")[0] for one in self.graded}) & self.classes.keys()
