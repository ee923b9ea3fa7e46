"""`interface:` of a rubric: what about it cannot be, and the operator as the course asks for it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from keyword import iskeyword

from grader.errors import did_you_mean
from grader.rubric.located_yaml import KeyPath
from grader.rubric.model import Functions, Interface
from reference.interface import ONE, Layout, Translation, as_asked, squares
from reference.signature import Layer, Signature
from reference.spec import Operator

Ranges = Mapping[str, tuple[int, int]]
Problem = tuple[KeyPath, str]
_PASS = "pass"


def in_interface(operator: Operator, interface: Interface, functions: tuple[str, str], ranges: Ranges) -> Operator:
    """The operator in a course's interface of which `interface_problems` finds nothing wrong.

    Sizes that are not handed over are those of `ranges`.
    """
    own = operator.signature
    names, axes = _names(own, interface), _axes(operator, interface)
    outputs = {name: names[name] for name in (*own.forward_outputs, *own.backward_outputs)}
    layouts = {name: Layout(" ".join(operator.axes_of(name)), axes[_of(operator, name)])
               for name in (*own.inputs, own.upstream, *outputs)}  # fmt: skip
    parameters, twice = _parameters(own, interface), _twice(interface)
    in_dict = interface.kind != "object" and _passing(interface) == "dict"
    fixed = {size: ranges[size][0] for size in _not_handed(own, interface)}
    signature = Signature(
        functions=functions,
        inputs=tuple(names[name] for name in own.inputs),
        parameter_name=names[own.parameter_name] if in_dict else "",
        parameters=tuple(parameters) if in_dict else (),
        forward_outputs=tuple(names[name] for name in own.forward_outputs),
        upstream=names[own.upstream],
        backward_outputs=tuple(names[name] for name in own.backward_outputs),
        of_cache=tuple(names[name] for name in own.of_cache),
        gradients_of={
            names[name]: names[own.input_of(name)]
            for name in own.backward_outputs
            if names[name] != f"d{names[own.input_of(name)]}"
        },
        scalars=own.scalars if in_dict else tuple(parameters),
        choices=own.choices,
        held=own.held,
        left=own.left,
        sizes={name: size for name, size in parameters.items() if name != size},
        keywords=_passing(interface) == "keywords",
        constants=interface.arguments,
        takes_self=interface.self_,
        old_float=interface.old_float,
        tensors=interface.tensors or "",
        layer=_layer(names, interface) if interface.kind == "object" else None,
    )
    course_axes = {names.get(name, name): text for name, text in axes.items()}
    kinds = {kind: changes for kind, changes in operator.kinds.items() if kind not in interface.not_asked}
    return as_asked(
        replace(operator, kinds=kinds),
        signature,
        course_axes,
        Translation(operator, names, layouts, parameters, fixed, twice),
    )


def _layer(names: Mapping[str, str], interface: Interface) -> Layer:
    return Layer(
        {names[name]: attribute for name, attribute in interface.weights.items()},
        {names[name]: attribute for name, attribute in interface.gradients.items()},
    )


def _of(operator: Operator, name: str) -> str:
    """The array whose axes an input, output or gradient has."""
    if name in operator.signature.forward_outputs and name not in operator.axes:
        return operator.signature.upstream
    return name if name in operator.axes else name.removeprefix("d")


def _names(own: Signature, interface: Interface) -> dict[str, str]:
    """By the operator's name of an array, or of the dict, the course's."""
    plain = (*own.inputs, *own.forward_outputs, own.upstream, own.parameter_name)
    names = {name: interface.names.get(name, name) for name in plain}
    return names | {name: interface.names.get(name, f"d{names[own.input_of(name)]}") for name in own.backward_outputs}


def _axes(operator: Operator, interface: Interface) -> dict[str, str]:
    """By the operator's name of an array, the course's axes. Outputs follow the first input, unless they are given."""
    axes = {**operator.axes, **{name: " ".join(text.split()) for name, text in interface.arrays.items()}}
    upstream, first = operator.signature.upstream, operator.signature.inputs[0]
    own, course = operator.axes[first].split(), axes[first].split()
    if upstream not in interface.arrays and sorted(own) == sorted(course):
        letters = operator.axes[upstream].split()
        if len(letters) == len(own):
            axes[upstream] = " ".join(letters[own.index(letter)] for letter in course)
    return axes


def _passing(interface: Interface) -> str:
    return (interface.parameters or {}).get(_PASS, "dict")


def _parameters(own: Signature, interface: Interface) -> dict[str, str]:
    """By the course's name of each scalar and parameter, the size that it is."""
    if interface.kind == "object":
        return dict(interface.build)
    if interface.parameters is None:
        return {name: name for name in own.parameters}
    twice = _twice(interface)
    return {name: size for size, name in interface.parameters.items() if size != _PASS and size not in twice}


def _twice(interface: Interface) -> dict[str, str]:
    """By each size that the course hands over as another, which it always equals, that other."""
    first: dict[str, str] = {}
    sizes = {size: first.setdefault(name, size) for size, name in (interface.parameters or {}).items() if size != _PASS}
    return {size: other for size, other in sizes.items() if size != other}


def _not_handed(own: Signature, interface: Interface) -> list[str]:
    handed = {*_parameters(own, interface).values(), *_twice(interface)}
    return [size for size in own.parameters if size not in handed and size not in own.choices]


def interface_problems(
    operator: Operator, interface: Interface, functions: Functions | None, ranges: Mapping[str, object]
) -> Iterator[Problem]:
    """What about an interface cannot be, each with its key below `interface`."""
    yield from _about_arrays(operator, interface)
    yield from _about_names(operator.signature, interface)
    yield from _about_parameters(operator, interface)
    yield from _about_scalars(operator.signature, interface)
    yield from _about_arguments(operator.signature, interface)
    for kind in interface.not_asked:
        if kind not in operator.kinds:
            known = ", ".join(operator.kinds) or "none"
            yield ("not_asked",), f"{kind} is no kind of numbers that can be left out; {operator.name} has {known}"
    if interface.tensors and interface.old_float:
        yield ("old_float",), "is for NumPy's arrays; float() of a tensor with one number needs nothing"
    yield from _about_kind(operator, interface)
    if functions is not None:
        yield from _about_functions(interface, functions)
    for size in _not_handed(operator.signature, interface):
        given = ranges.get(size)
        if isinstance(given, tuple) and len(given) == 2 and given[0] != given[1]:
            where, only = "build" if interface.kind == "object" else "parameters", f"[{given[0]}, {given[0]}]"
            yield (), f"{size} is not handed over (it is not in {where}), so cases.ranges must fix it: {only}"


def _about_arrays(operator: Operator, interface: Interface) -> Iterator[Problem]:
    own = operator.signature
    known = (*own.inputs, own.upstream)
    for name, text in interface.arrays.items():
        if name not in known:
            yield ("arrays", name), f"unknown array; {operator.name} has {', '.join(known)}{did_you_mean(name, known)}"
        elif not _is_turned(operator.axes[name], text):
            yield (
                ("arrays", name),
                f"must be the letters {operator.axes[name]} in any order, with {ONE} for an axis of length one",
            )
        elif name in (own.inputs[0], own.upstream) and text.split()[0] != operator.batch:
            yield ("arrays", name), f"must begin with {operator.batch}, the batch"


def _is_turned(own: str, course: str) -> bool:
    """Whether the letters are the operator's, but for axes of length one. One may stand for two, as HH in HH HH."""
    letters, pair = [letter for letter in course.split() if letter != ONE], squares(own, course)
    if pair is not None:
        letters[letters.index(pair[0])] = pair[1]
    return sorted(letters) == sorted(letter for letter in own.split() if letter != ONE)


def _about_names(own: Signature, interface: Interface) -> Iterator[Problem]:
    known = (
        *own.inputs,
        *(name for name in own.forward_outputs if name not in own.left),
        own.upstream,
        *own.backward_outputs,
        own.parameter_name,
    )
    for name in interface.names:
        if name not in known:
            yield ("names", name), f"unknown name; there are {', '.join(known)}{did_you_mean(name, known)}"
    seen: dict[str, str] = {}
    for name, course in _names(own, interface).items():
        if seen.setdefault(course, name) != name and f"d{seen.get(course[1:])}" != seen[course]:
            yield ("names", name), f"{course} is already the course's name of {seen[course]}"


def _about_parameters(operator: Operator, interface: Interface) -> Iterator[Problem]:
    own, given = operator.signature, interface.parameters
    if given is None:
        return
    if interface.kind == "object":
        yield ("parameters",), "an object gets them where it is made: write them in build"
        return
    if own.choices or own.scalars:
        yield ("parameters",), f"{operator.name} has parameters that are no sizes and keep their names: leave this out"
    for name, course in given.items():
        if name == _PASS:
            if course not in ("dict", "keywords", "positional"):
                yield ("parameters", _PASS), f"must be dict, keywords or positional, not {course}"
        elif name not in own.parameters:
            known = ", ".join((_PASS, *own.parameters))
            yield ("parameters", name), f"unknown parameter; there are {known}{did_you_mean(name, own.parameters)}"
        elif not course.isidentifier() or iskeyword(course):
            yield ("parameters", name), f"must be the name that the course gives it, not {course}"
    for name, other in _twice(interface).items():
        if not any({name, other} <= {*group} for group in operator.space.groups):
            text = f"{given[name]} is the name of {other}, too, and the two cannot be drawn so that they are equal"
            yield ("parameters", name), text


def _about_arguments(own: Signature, interface: Interface) -> Iterator[Problem]:
    names, passing = _names(own, interface), _passing(interface)
    taken = {names[name] for name in (*own.inputs, own.upstream, own.parameter_name)} | {*own.scalars, "cache"}
    taken |= {*_parameters(own, interface)} if passing != "dict" else set()
    for name in interface.arguments:
        if name in taken:
            yield ("arguments", name), "is handed over anyway"


def _about_scalars(own: Signature, interface: Interface) -> Iterator[Problem]:
    """Sizes that are handed over by themselves under the name of an array."""
    is_object = interface.kind == "object"
    if not is_object and _passing(interface) == "dict":
        return
    taken = {course: name for name, course in _names(own, interface).items() if name != own.parameter_name}
    for name, size in _parameters(own, interface).items():
        if name in taken:
            place = ("build", name) if is_object else ("parameters", size)
            yield place, f"{name} is already the course's name of {taken[name]}"


def _about_kind(operator: Operator, interface: Interface) -> Iterator[Problem]:
    own = operator.signature
    parts = {"build": interface.build, "weights": interface.weights, "gradients": interface.gradients}
    if interface.kind != "object":
        yield from (((part,), "is for kind: object") for part, given in parts.items() if given)
        return
    if interface.self_:
        yield ("self",), "is for functions; methods of an object have it anyway"
    if interface.arguments:
        yield ("arguments",), "is for functions; an object gets sizes only, where it is made"
    if own.choices or own.scalars:
        yield ("kind",), f"{operator.name} cannot be asked for as an object"
    for name, size in interface.build.items():
        if size not in operator.space.names:
            yield ("build", name), f"{size} is no size; {operator.name} has {', '.join(operator.space.names)}"
    for part, known in (("weights", own.inputs[1:]), ("gradients", own.backward_outputs)):
        for name in parts[part]:
            if name not in known:
                yield (part, name), f"unknown; there are {', '.join(known)}{did_you_mean(name, known)}"
        attributes = [*parts[part].values()]
        yield from (
            ((part, name), f"{attribute} is the attribute of two")
            for name, attribute in parts[part].items()
            if attributes.count(attribute) > 1
        )
    lacking = [name for name in own.inputs[1:] if f"d{name}" in interface.gradients and name not in interface.weights]
    yield from ((("weights",), f"{name} is missing, though d{name} is among the gradients") for name in lacking)
    if not set(own.backward_outputs) - set(interface.gradients):
        yield ("gradients",), f"backward must return one of them: leave out {own.backward_outputs[0]}"


def _about_functions(interface: Interface, functions: Functions) -> Iterator[Problem]:
    names = {"forward": functions.forward, "backward": functions.backward}
    for function, name in names.items():
        if interface.kind == "functions" and "." in name:
            yield ("kind",), f"{name} is a method: kind must be static methods or object"
        elif interface.kind != "functions" and "." not in name:
            yield ("kind",), f"{interface.kind} needs functions.{function} to be a method, such as Conv.{function}"
    owners = {name.rpartition(".")[0] for name in names.values()}
    if interface.kind == "object" and len(owners) > 1:
        yield ("kind",), f"{' and '.join(names.values())} are not methods of one class"
