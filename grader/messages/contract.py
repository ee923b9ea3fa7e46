"""Promises that a solution does not keep, and those that no call has shown."""

from collections.abc import Mapping, Sequence

from grader.messages.words import joined_names

_FOR_EXAMPLE = ", not in every call: for example for "


def not_shown(checks: Sequence[str]) -> str:
    """Promises that no result could show."""
    return f"{', '.join(checks)}: not checked, since this needs at least one right result"


def changes_inputs(name: str, inputs: Sequence[str], attributes: Mapping[str, str]) -> str:
    """The call changed what it was given, of which some are `attributes` of an object, by input.

    >>> changes_inputs("Conv.backward", ["A", "W"], {"W": "W"})
    'Conv.backward changes A, self.W'
    """
    changed = ", ".join(f"self.{attributes[name]}" if name in attributes else name for name in inputs)
    return f"{name} changes {changed}" + ("" if attributes.keys() & set(inputs) else " in place")


def not_always(breach: str, shapes: Mapping[str, tuple[int, ...]], parameters: Mapping[str, object]) -> str:
    """A breach that not every call shows; with the sizes of one that does.

    >>> not_always("f changes x in place", {"x": (1, 2)}, {"pad": 0})
    'f changes x in place, not in every call: for example for x (1, 2), pad 0'
    """
    given = (f"{name} {value}" for name, value in {**shapes, **parameters}.items())
    return breach + _FOR_EXAMPLE + ", ".join(given)


def not_deterministic(name: str) -> str:
    """Two calls, two results."""
    return f"{name} gives another result when it is called again with the same inputs"


def not_after_another(backward: str, forward: str) -> str:
    """Backward's result depends on what forward was called on last."""
    return f"{backward} gives another result on the same cache after {forward} was called on something else"


def not_when_used(name: str) -> str:
    """A method's result depends on what was done with the object before."""
    return f"{name} gives another result on an object that has been called on something else before"


def gradients_pile_up(backward: str, gradients: Sequence[str]) -> str:
    """Backward adds to the gradients of the call before, which some courses have set to zero in between.

    >>> print(gradients_pile_up("Conv.backward", ["dLdW", "dLdb"]))
    Conv.backward is right the first time and wrong the second time that one object is used: its gradients (dLdW, \
dLdb) are added to those of the call before. Set them to 0 at the start of backward, unless code of the course does it \
before each call (as a zero_grads). This costs nothing.
    """
    return (
        f"{backward} is right the first time and wrong the second time that one object is used: its "
        f"gradients ({joined_names(gradients)}) are added to those of the call before. Set them to 0 at the start of "
        "backward, unless code of the course does it before each call (as a zero_grads). This costs nothing."
    )


def may_be_why(breach: str) -> str:
    """A promise that a function breaks, said of its results that are wrong.

    >>> may_be_why("f changes x in place")
    'f changes x in place, which may be why.'
    """
    return f"{breach.partition(_FOR_EXAMPLE)[0]}, which may be why."


def overwritten(name: str) -> str:
    """What was returned changed when more calls were made."""
    return f"what {name} returned is overwritten by its next call"


def needs_own_cache(name: str, ours: str) -> str:
    """Backward is right on the student's cache and not on the canonical one."""
    return f"{name} needs another cache than {ours}"
