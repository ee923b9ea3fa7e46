"""Places about the bias."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .names import EMPTY, Names, called, is_keyed, names_in

Lines = Iterator[int]
_TWICE = 2
_NAMED = re.compile(r"(?i)_?b(s|ias(es)?|eta)?_?\d?")


def _bias(names: Names) -> str:
    """What the bias is called: the third argument, by its name, or where the fourth holds the stride or the pad."""
    if len(names.inputs) < 3:
        return ""
    third, is_forward = names.inputs[2], False
    if len(names.inputs) == 4:
        held = names.inputs[3]
        read = (node for node in names.nodes(ast.Subscript, ast.Call) if held in names_in(node))
        is_forward = any(is_keyed(node, key) for node in read for key in ("stride", "pad"))
    return third if is_forward or _NAMED.fullmatch(third) else ""


def _of_bias(names: Names) -> Lines:
    """Where the bias is used, if that is one line: not where it is only given another name, or handed on."""
    lines = _using_bias(names)
    yield from lines if len(lines) == 1 else ()


def _bias_twice(names: Names) -> Lines:
    """The two lines in which it is used."""
    lines = _using_bias(names)
    yield from lines if len(lines) == _TWICE else ()


def _using_bias(names: Names) -> set[int]:
    """The lines that do something with the bias."""
    bias = _bias(names)
    is_helper = len(names.inputs) < 3 and not names.cached
    return {
        node.lineno
        for node in names.nodes(ast.Assign, ast.AugAssign)
        if isinstance(node, ast.AugAssign) or not isinstance(node.value, ast.Tuple | ast.Name)
        if any(_is_used(node, bias, is_helper=is_helper))
    }


def _is_used(node: ast.Assign | ast.AugAssign, bias: str, *, is_helper: bool) -> Iterator[bool]:
    """For each place of the bias in a value, whether more is done there than to hand it to a function by its name.

    Nor is an array made like it. In a method or a helper it may be what is called so: an attribute, `self.b[0]`, or
    what is set elsewhere.
    """
    value = node.value
    handed = {id(one) for call in parts_of(value) if isinstance(call, ast.Call)
              if isinstance(call.func, ast.Name) or called(call) in EMPTY for one in call.args}  # fmt: skip
    for part in parts_of(value):
        is_named = isinstance(part, ast.Name) and (part.id == bias or (is_helper and bool(_NAMED.fullmatch(part.id))))
        is_own = isinstance(part, ast.Attribute) and root_of(part) == "self" and _NAMED.fullmatch(part.attr)
        if is_named or is_own:
            yield (part is not value or isinstance(node, ast.AugAssign)) and id(part) not in handed


def _stored(names: Names) -> Lines:
    """Where the bias is set to something else; or a sum of products is stored in what is returned, if in one line.

    Not where the bias is handed on in that line: then it is not left out there. Nor where several turns of a loop add
    to one place: the bias would be added as often.
    """
    bias = _bias(names)
    set_to = [(value, line) for target, value, line in names.pairs() if bias and getattr(target, "id", None) == bias]
    anew = [line for value, line in set_to if bias not in names_in(value)]
    yield from anew
    wanted = root_of(names.returned[0]) if names.returned else ""
    summed = [
        node
        for node in names.nodes(ast.Assign)
        if root_of(node.targets[0]) == wanted and any(map(_is_sum_of_products, parts_of(node.value)))
    ]
    parts = {node.lineno for node in summed if isinstance(node.targets[0], ast.Subscript)}
    lines = parts or {node.lineno for node in summed if isinstance(node.targets[0], ast.Name)}
    stores = {
        node.lineno
        for node in names.nodes(ast.Assign, ast.AugAssign)
        for target in [node.targets[0] if isinstance(node, ast.Assign) else node.target]
        if isinstance(target, ast.Subscript) and root_of(target) == wanted and not _hands_on(node.value, bias)
    }
    lines = lines or (stores if names.inputs[3:4] and len(stores) == 1 else set())
    if len(lines) == 1 and not anew and not lines & _adding_up(names, wanted):
        yield from lines


def _adding_up(names: Names, array: str) -> set[int]:
    """The lines in which loops add to a place that their counter does not name, or to all of it."""
    nodes = [node for loop in names.loops for node in parts_of(loop) if isinstance(node, ast.Assign | ast.AugAssign)]
    adding = {node for node in nodes if isinstance(node, ast.AugAssign) or array in names_in(node.value)}
    return {
        node.lineno
        for loop in names.loops
        for node in adding.intersection(parts_of(loop))
        for target in [node.targets[0] if isinstance(node, ast.Assign) else node.target]
        if root_of(target) == array and not names_in(loop.target) & names_in(target)
    }


def _hands_on(value: ast.expr, bias: str) -> bool:
    """Whether it is an argument of a function that is not NumPy's."""
    calls = (part for part in parts_of(value) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name))
    return any(bias in names_in(argument) for call in calls for argument in call.args)


def _is_sum_of_products(part: ast.AST) -> bool:
    is_product = isinstance(part, ast.BinOp) and isinstance(part.op, ast.MatMult)
    return is_product or called(part) in ("sum", "dot", "tensordot", "einsum", "matmul")


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "of bias": _of_bias, "bias twice": _bias_twice, "stored": _stored,
}  # fmt: skip
