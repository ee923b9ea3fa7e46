"""Finds operators: packages of `reference` that export `OPERATOR`, and folders that a rubric names.

A folder's code runs in the grader itself, beside what is secret. Only the author of a rubric names one, so it is as
trusted as the rubric.
"""

import hashlib
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import reference
from grader.errors import UsageError
from reference.spec import Operator


@cache
def find_operator(name: str) -> Operator | None:
    """The operator that a rubric's `operator` names: one of the package's, or the path of a folder; None if none is.

    Raises:
        UsageError: where a folder's code cannot be run, or contradicts itself.
    """
    if name in {module.name for module in pkgutil.iter_modules(reference.__path__)}:
        found = getattr(importlib.import_module(f"reference.{name}"), "OPERATOR", None)
        return found if isinstance(found, Operator) else None
    if not Path(name, "__init__.py").is_file() or not Path(name).is_absolute():
        return None
    found = getattr(_module(Path(name)), "OPERATOR", None)
    if not isinstance(found, Operator):
        raise UsageError(f"{name}: its __init__.py must define OPERATOR, an Operator of reference.spec")
    faults = list(contradictions(found))
    if faults:
        raise UsageError(f"{name}: {'; '.join(faults)}")
    return found


def packaged() -> tuple[Operator, ...]:
    """Every operator of the package."""
    found = (find_operator(module.name) for module in pkgutil.iter_modules(reference.__path__) if module.ispkg)
    return tuple(operator for operator in found if operator is not None)


def operator_names() -> list[str]:
    """The names of the package's operators."""
    return [operator.name for operator in packaged()]


def identity(name: str) -> str:
    """What stored results depend on: the name of a packaged operator, or a digest of a folder's files."""
    folder = Path(name)
    if not folder.is_absolute():
        return name
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{file.relative_to(folder)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _module(folder: Path) -> ModuleType:
    """The package that a folder is, imported."""
    name = f"operator_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    spec = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # of the folder's own code, which may raise anything
        del sys.modules[name]
        raise UsageError(f"{folder}: cannot be imported: {type(error).__name__}: {error}") from error
    return module


def contradictions(operator: Operator) -> Iterator[str]:
    """What about an operator cannot be: the field, and what it must be."""
    found = [*_about_axes(operator), *_about_sizes(operator), *_about_einsums(operator)]
    yield from found
    if found:
        return
    plain = operator.space.plain
    unknown = {letter for array in operator.axes for letter in operator.axes_of(array)} - {*plain, "1"}
    yield from (f"lengths must give {letter}" for letter in sorted(unknown - {*operator.lengths(plain)}))
    if not operator.space.allows(plain, ragged=False):
        yield "space.plain must be sizes that fit and divide"


def _about_axes(operator: Operator) -> Iterator[str]:
    signature = operator.signature
    arrays = (*signature.inputs, signature.upstream, *signature.held)
    yield from (f"axes must have {array}" for array in arrays if array not in operator.axes)
    for gradient in signature.backward_outputs:
        if gradient[:1] != "d" or gradient[1:] not in signature.inputs:
            yield f"backward_outputs: {gradient} must be d and the name of an input"
    for array in (signature.inputs[0], signature.upstream):
        if operator.axes_of(array)[:1] != (operator.batch,):
            yield f"axes: the first axis of {array} must be {operator.batch}, the batch"
    letters = dict.fromkeys(letter for array in operator.axes for letter in operator.axes_of(array) if letter != "1")
    yield from (f"words must have {letter}" for letter in letters if letter not in operator.words)
    if signature.left != signature.forward_outputs[len(signature.forward_outputs) - len(signature.left) :]:
        yield "signature.left must be the last of forward_outputs"


def _about_einsums(operator: Operator) -> Iterator[str]:
    signature = operator.signature
    known = {*operator.space.names, *operator.axes_of(signature.upstream)} & {*operator.words}
    for output, einsum in operator.einsums.items():
        if output not in (*signature.forward_outputs, *signature.backward_outputs):
            yield f"einsums: {output} must be an output or a gradient"
        if len(einsum.operands) != einsum.subscripts.count(",") + 1:
            yield f"einsums: operands of {output} must have a name for each"
        for letter in dict.fromkeys(filter(str.isalpha, einsum.subscripts)):
            if einsum.letters.get(letter) not in known:
                yield f"einsums: letters of {output} must say which axis {letter} is"


def _about_sizes(operator: Operator) -> Iterator[str]:
    signature, space = operator.signature, operator.space
    for name, sizes in (("plain", space.plain), ("lowest", space.lowest), ("enough", space.enough)):
        if set(sizes) != set(space.names):
            yield f"space.{name} must give {', '.join(space.names)}"
    grouped = [name for group in space.groups for name in group]
    if sorted(grouped) != sorted(space.names):
        yield f"space.groups must have each of {', '.join(space.names)} once"
    for name, choice in signature.held.items():
        if choice not in signature.choices:
            yield f"signature.held: {choice}, on which {name} depends, must be one of the choices"
    for name, values in signature.choices.items():
        if space.lowest.get(name) != 0 or space.enough.get(name) != (0, len(values) - 1):
            yield f"space.lowest and space.enough must have all choices of {name}: 0 to {len(values) - 1}"
    for name, trait in space.traits.items():
        if not any({*trait.sizes} <= {*group} for group in space.groups):
            yield f"space.traits: the sizes of {name!r} must be of one group"
    letters = (letter for array in signature.inputs for letter in operator.axes_of(array) if letter != "1")
    wanted = dict.fromkeys((*signature.scalars, *signature.parameters, *signature.held.values(), *letters))
    yield from (f"space.names must have {size}" for size in wanted if size not in space.names)
