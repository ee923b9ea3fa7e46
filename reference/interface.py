"""An operator as another course asks for it: other names, axes in another order, other ways to call the functions.

The course's version is an operator too: its oracle turns arrays round, asks the original's, and turns the results
back. So whatever is said of it (cases, messages, pictures, snippets) is in the course's layout, and nobody else knows.
Only the programs that submissions are timed against stay as they are: they get what `Translation` makes of a problem.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from reference.restricted import RestrictedSpace
from reference.signature import Array, Signature
from reference.sizes import Sizes, Space
from reference.spec import Bank, Bug, Form, Operator

ONE = "1"
_OF_METHODS = Path(__file__).with_name("methods.py")
_BEFORE_OUT = ("of", "in", "into", "computes", "makes", "about", "so", "or", "to", "does", "has", "large")
_NAMED_OUT = rf"out(?=\[)|(?:^|{'|'.join(f'(?<= {word} )' for word in _BEFORE_OUT)})out(?! of)"
"""Where `out` is the output of that name and not the word."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The axes of one array in the operator's order and in the course's.

    >>> layout = Layout("F C HH WW", "HH WW C F")
    >>> layout.outward(np.zeros((5, 4, 3, 2))).shape, layout.inward(np.zeros((3, 2, 4, 5))).shape
    ((3, 2, 4, 5), (5, 4, 3, 2))
    >>> Layout("F", "1 1 1 F").outward(np.zeros(5)).shape
    (1, 1, 1, 5)
    """

    own: str
    course: str

    def outward(self, array: Array) -> Array:
        """An array in the course's layout; as it is, where it has another number of axes: then it is wrong anyway."""
        return self._turned(array, self.own, self.course)

    def inward(self, array: Array) -> Array:
        """An array of the course's layout in the operator's."""
        return self._turned(array, self.course, self.own)

    @staticmethod
    def _turned(array: Array, given: str, wanted: str) -> Array:
        way = _way(given, wanted)
        if way is None or array.ndim != way.axes or any(array.shape[axis] != 1 for axis in way.ones):
            return array
        return np.ascontiguousarray(array.squeeze(way.ones).transpose(way.places)[way.index])


@dataclass(frozen=True, slots=True)
class _Way:
    """From one order of axes to another."""

    axes: int
    """How many there are at first."""
    ones: tuple[int, ...]
    """Those of length one, which are left out."""
    places: list[int]
    """Where each of the wanted ones is among the rest."""
    index: tuple[slice | None, ...]
    """What puts in those of length one that are wanted."""


@cache
def _way(given: str, wanted: str) -> _Way | None:
    """None where both are the same."""
    letters, others = given.split(), wanted.split()
    if letters == others:
        return None
    ones = tuple(axis for axis, letter in enumerate(letters) if letter == ONE)
    places = _places([letter for letter in letters if letter != ONE], [letter for letter in others if letter != ONE])
    return _Way(len(letters), ones, places, tuple(None if letter == ONE else slice(None) for letter in others))


def _places(given: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Where each of the wanted axes is among the given. A letter that one side has twice stands for two of the other's.

    >>> _places(["F", "C", "HH", "HH"], ["HH", "WW", "C", "F"])
    [2, 3, 1, 0]
    """
    left: list[str | None] = list(given)
    places: list[int | None] = []
    for letter in wanted:
        places.append(left.index(letter) if letter in left else None)
        if letter in left:
            left[left.index(letter)] = None
    rest = (place for place, letter in enumerate(left) if letter is not None)
    return [next(rest) if place is None else place for place in places]


def squares(own: str, course: str) -> tuple[str, str] | None:
    """The two letters of the operator's axes for which the course has one, twice; None where there are none.

    >>> squares("F C HH WW", "F C HH HH")
    ('HH', 'WW')
    """
    letters = course.split()
    lacking = [letter for letter in own.split() if letter not in letters]
    twice = [letter for letter in dict.fromkeys(letters) if letters.count(letter) == 2 and letter != ONE]
    return (twice[0], lacking[0]) if len(lacking) == len(twice) == 1 else None


@dataclass(frozen=True, slots=True)
class Translation:
    """From a problem of the course's to one of the operator's, and from the operator's results to the course's."""

    operator: Operator
    """As it was written."""
    names: Mapping[str, str]
    """The course's names, by the operator's: of inputs, outputs, gradients and the upstream gradient."""
    layouts: Mapping[str, Layout]
    """By the operator's names."""
    sizes: Mapping[str, str]
    """By the course's name of a parameter, which size it is."""
    fixed: Mapping[str, int]
    """Sizes that the course does not hand over, since they are always the same."""
    twice: Mapping[str, str] = field(default_factory=dict)
    """Sizes that the course hands over as another, which they always equal: by each of them, that other."""

    def array(self, name: str, array: Array) -> Array:
        """An array of the course's, by the operator's name for it, in the operator's layout."""
        return self.layouts[name].inward(array)

    def arrays(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The inputs, by the operator's names."""
        return {name: self.array(name, arrays[self.names[name]]) for name in self.operator.signature.inputs}

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Scalars, and what the parameter dict has, by the operator's names."""
        known = {**self.fixed, **{self.sizes.get(name, name): value for name, value in given.items()}}
        known |= {size: known[other] for size, other in self.twice.items() if other in known}
        signature = self.operator.signature
        return {name: known[name] for name in (*signature.scalars, *signature.parameters, *signature.held)
                if name in known}  # fmt: skip

    def outputs(self, outputs: Mapping[str, Array]) -> dict[str, Array]:
        """Results of the operator's by the course's names, in its layout."""
        return {self.names[name]: self.layouts[name].outward(array) for name, array in outputs.items()}


def as_asked(operator: Operator, signature: Signature, axes: Mapping[str, str], translation: Translation) -> Operator:
    """The operator as a course asks for it.

    Args:
        operator: as it was written.
        signature: the course's.
        axes: of the course's arrays, by its names.
        translation: between the two.

    The published cases are those of another course's notebook, and the script that steps through a convolution knows
    one layout only, as its einsums do: all are left out. So is most of what the text of a layer's methods shows, and
    where arrays are not the operator's, whatever is known of a text by the order of their axes.
    """
    version = _Version(operator, signature, translation)
    names, as_written = translation.names, all(layout.own == layout.course for layout in translation.layouts.values())
    nearest = operator.nearest and version.nearest
    outline = operator.outline if as_written else operator.outline_of_any_layout
    outline = outline and (outline if signature.layer is None else _OF_METHODS)
    return replace(
        operator,
        signature=signature,
        axes=axes,
        forward=version.forward,
        backward=version.backward,
        space=_restricted(operator.space, translation),
        integers={kind: names[name] for kind, name in operator.integers.items()},
        kinds={
            kind: {names.get(name, name): change for name, change in changes.items()}
            for kind, changes in operator.kinds.items()
        },
        positive=tuple(names.get(name, name) for name in operator.positive),
        nearest=nearest,
        bank=version.bank,
        walkthrough=None,
        einsums={},
        outline=outline,
        translation=translation,
    )


@dataclass(frozen=True, slots=True)
class _Version:
    """The functions of an operator, in the course's signature."""

    operator: Operator
    signature: Signature
    translation: Translation

    def forward(self, *handed: Any) -> tuple[Any, ...]:
        own = self._own(handed)
        results = self.operator.signature.named("forward", self.operator.forward(*own), own)
        outputs = self.translation.outputs(results)
        for name in self.operator.signature.left:
            handed[-1][name] = outputs[name]
        return (*(outputs[name] for name in self.signature.returned), handed)

    def backward(self, upstream: Array, handed: tuple[Any, ...]) -> Any:
        own = self.operator.signature
        gradients = self.operator.backward(self._upstream(upstream), self._own(handed))
        outputs = self.translation.outputs(own.named("backward", gradients))
        found = tuple(outputs[name] for name in self.signature.backward_outputs)
        return found if len(found) > 1 else found[0]

    def nearest(self, upstream: Array, handed: tuple[Any, ...], got: Array) -> Array:
        assert self.operator.nearest is not None
        gradient = self.operator.signature.backward_outputs[0]
        layout = self.translation.layouts[gradient]
        return layout.outward(self.operator.nearest(self._upstream(upstream), self._own(handed), layout.inward(got)))

    def bank(self) -> Bank:
        """The mistakes, with the course's names in what is told of them."""
        own = self.operator.bank()
        renamed = {self._renamed(bug): bug for bug in own.bugs}

        def run(form: Form, arrays: Mapping[str, Array], upstream: Array, parameters: Sizes) -> dict[str, Array]:
            back = tuple((renamed[bug], variant) for bug, variant in form)
            inputs, given = self.translation.arrays(arrays), self.translation.parameters(parameters)
            return self.translation.outputs(own.run(back, inputs, self._upstream(upstream), given))

        return Bank(tuple(renamed), run, own.twice)

    def _renamed(self, bug: Bug) -> Bug:
        say = self._in_its_names
        outputs = tuple(self.translation.names[name] for name in bug.outputs)
        return replace(
            bug,
            outputs=outputs,
            title=say(bug.title),
            explanation=say(bug.explanation),
            where=say(bug.where),
            hint=say(bug.hint),
        )

    def _in_its_names(self, text: str) -> str:
        """A text in which names of arrays and parameters, and shapes, are the course's."""
        layouts = self.translation.layouts.values()
        for shape, other in dict.fromkeys((_in_brackets(each.own), _in_brackets(each.course)) for each in layouts):
            text = text.replace(shape, other)
        own = {**self.translation.names, self.operator.signature.parameter_name: self.signature.parameter_name}
        sizes = {size: name for name, size in self.translation.sizes.items()}
        sizes |= {size: sizes.get(other, other) for size, other in self.translation.twice.items()}
        own |= {size: name for size, name in sizes.items() if "_" in size}  # `stride` is a word, `pool_height` a name
        changed = {name: other for name, other in own.items() if other and name != other}
        if not changed:
            return text
        names = (_NAMED_OUT if name == "out" else re.escape(name) for name in changed)
        pattern = rf"(?<![\w.])({'|'.join(names)})(?!\w)"
        said = re.sub(pattern, lambda match: changed[match[1]], text)
        return re.sub(r"\b(\w+) or by \1\b", r"\1", said)  # two sizes that have one name

    def _upstream(self, upstream: Array) -> Array:
        return self.translation.array(self.operator.signature.upstream, upstream)

    def _own(self, handed: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the operator's forward pass is called with."""
        arrays = dict(zip(self.signature.inputs, handed, strict=False))
        given = dict(zip(self.signature.scalars, handed[len(arrays) :], strict=False))
        given |= handed[-1] if self.signature.parameter_name else {}
        own = self.operator.signature
        return own.handed(self.translation.arrays(arrays), self.translation.parameters(given))


def _in_brackets(axes: str) -> str:
    """Axes as a text has them.

    >>> _in_brackets("N C H W"), _in_brackets("F")
    ('(N, C, H, W)', '(F,)')
    """
    sizes = axes.split()
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _restricted(space: Space, translation: Translation) -> Space:
    pairs = (squares(layout.own, layout.course) for layout in translation.layouts.values())
    handed_once = ((other, size) for size, other in translation.twice.items())
    fixed, equal = translation.fixed, (*{pair for pair in pairs if pair is not None}, *handed_once)
    if not fixed and not equal:
        return replace(space, published=())
    return RestrictedSpace(
        space.names,
        plain={**space.plain, **fixed},
        lowest={**space.lowest, **fixed},
        traits=space.traits,
        enough={**space.enough, **{name: (value, value) for name, value in fixed.items()}},
        groups=space.groups,
        ragged=space.ragged,
        by_value=space.by_value,
        all=space,
        fixed=fixed,
        equal=equal,
    )
