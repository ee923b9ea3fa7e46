"""A cell of a notebook as IPython would run it: the lines that are Python, where they stood.

The rules are those of `IPython.core.inputtransformer2`, which the tests compare with: a command (`%magic`, `!shell`,
`?help`) is one only where a statement may begin, so neither in a string nor behind an open bracket. IPython itself is
not used: a line has to stay where it stood, and cells are read without loading a shell.
"""

import re
from collections.abc import Container, Iterable, Iterator, Sequence

_ESCAPES = "%!?,;/"
"""What begins a command where a statement may begin, and cannot begin a statement."""
_RUN_HERE = ("time", "capture", "prun", "debug", "grade")
"""Magics of a whole cell that run it, the last one ours; the others give it to another program, or to none."""
_APPEND = r"(?:-a|--append)"
_WRITTEN = re.compile(
    rf"%%(?:writefile|file)\s+(?:{_APPEND}\s+)?(?:\"[^\"]+\.py\"|'[^']+\.py'|\S+\.py)(?:\s+{_APPEND})?\s*$",
    re.IGNORECASE,
)
"""A cell that becomes a Python file, of which the name may stand in quotes."""
_MODULE = re.compile(r"(\w+)\.py\b", re.IGNORECASE)
_IMPORT = re.compile(
    r"^(?P<indentation>[ \t]*)from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]*(?:\([^()]{,2000}\)|[^\n]*)", re.MULTILINE
)
_DEF = re.compile(r"^[ \t]*def[ \t]+(\w{1,60})", re.MULTILINE)
_TIMED = re.compile(r"%time\s+(?!-)(\S.*)", re.DOTALL)
_ASSIGNED = re.compile(r"([^=#'\"!%]*(?:[\w\])]|\[(?:'[^'\\]*'|\"[^\"\\]*\")\]))\s*=\s*[%!]\s*\S")
_OPENS_A_BLOCK = re.compile(r":\s*(?:#.*)?$")
_PROMPTS = (
    (re.compile(r">>>(?: |$)"), re.compile(r"(?:>>>|\.\.\.)(?: |$)")),
    (re.compile(r"In \[\d+\]: "), re.compile(r"(?:In \[\d+\]: |\s*\.{3,}: ?)")),
)
"""Those of Python and of IPython: how a cell that was copied from a console begins, and what is cut off its lines."""
_TOLD_APART = re.compile(r"[#'\"()\[\]{}\\\n?]")
_STRING_ENDS = {
    "'": re.compile(r"(?:[^\\\n']|\\.)*'?", re.DOTALL),
    '"': re.compile(r'(?:[^\\\n"]|\\.)*"?', re.DOTALL),
    "'''": re.compile(r"(?:[^\\]|\\.)*?(?:'''|\Z)", re.DOTALL),
    '"""': re.compile(r'(?:[^\\]|\\.)*?(?:"""|\Z)', re.DOTALL),
}
"""What is left of a string behind its first quote, to the end of the line or of the text where it is not closed."""


def python_lines(source: str) -> list[str]:
    r"""The lines of a cell, as many as it has, with what is no Python made blank, or `pass` where a block needs it.

    >>> python_lines("%matplotlib inline\nif x:\n    !ls\ny = !ls -l \\\n  /tmp\n")
    ['', 'if x:', '    pass', 'y = None', '', '']
    """
    lines = _as_typed(source.split("\n"))
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        magic = lines[first][2:].split()[:1]
        if _WRITTEN.match(lines[first]):
            return ["", *[""] * first, *lines[first + 1 :]]
        runs = magic and magic[0] in _RUN_HERE
        return ["", *[""] * first, *_statements(lines[first + 1 :])] if runs else [""] * len(lines)
    return list(_statements(lines))


def laid_aside(sources: Sequence[str]) -> set[int]:
    r"""Which cells are written to a module that no other cell speaks of, and define what another cell defines.

    >>> laid_aside(["def f(): pass", "%%writefile old.py\ndef f(): pass", "%%writefile g.py\ndef g(): pass"])
    {1}
    >>> laid_aside(["def f(): pass", "%%writefile own.py\ndef f(): pass", "from own import *"])
    set()
    """
    modules = [next(iter(modules_written([source])), None) for source in sources]
    in_cells = {
        name for source, module in zip(sources, modules, strict=True) if not module for name in _defined(source)
    }
    aside = set()
    for number, module in enumerate(modules):
        others = (one for one, written in zip(sources, modules, strict=True) if module and written != module)
        if in_cells & _defined(sources[number]) and not any(re.search(rf"\b{module}\b", one) for one in others):
            aside |= {number} if module else set()
    return aside


def _defined(source: str) -> set[str]:
    return set(_DEF.findall(source))


def modules_written(sources: Iterable[str]) -> frozenset[str]:
    r"""The modules that cells are written to.

    >>> modules_written(["%%writefile -a 'cs231n/layers.py'\nx = 1", "x = 2"])
    frozenset({'layers'})
    """
    matches = (_WRITTEN.match(source.lstrip().partition("\n")[0]) for source in sources)
    return frozenset(name for match in matches if match for name in _MODULE.findall(match[0])[-1:])


def without_imports(text: str, modules: Container[str]) -> str:
    r"""Code without what it imports from modules that are a part of it; its lines stay where they stood.

    >>> without_imports("from cs231n.layers import (f,\n  g)\nf()\n", {"layers"})
    'pass\n\nf()\n'
    """

    def left(match: re.Match[str]) -> str:
        is_own = match["module"].rpartition(".")[2] in modules
        return f"{match['indentation']}pass" + "\n" * match[0].count("\n") if is_own else match[0]

    return _IMPORT.sub(left, text) if modules else text


def _as_typed(lines: list[str]) -> list[str]:
    """Without the indentation of the whole cell, and without the prompts of a console."""
    text = [i for i, line in enumerate(lines) if line.strip()]
    if not text:
        return lines
    first = lines[text[0]]
    indentation = first[: len(first) - len(first.lstrip(" \t"))]
    lines = [line.removeprefix(indentation) for line in lines]
    for begins, prompt in _PROMPTS:
        if begins.match(lines[text[0]]):
            return [prompt.sub("", line, count=1) if prompt.match(line) else line for line in lines]
    return lines


def _statements(lines: Sequence[str]) -> Iterator[str]:
    text, place, start, opens = "\n".join(lines), 0, 0, False
    while start < len(lines):
        code = lines[start].lstrip()
        indentation = lines[start][: len(lines[start]) - len(code)]
        nothing = f"{indentation}pass" if opens else ""
        assigned = _ASSIGNED.match(code)
        if assigned or (code and code[0] in _ESCAPES):
            end = _end_of_command(lines, start)
            stop = place + sum(len(line) + 1 for line in lines[start:end]) - 1
            timed = _TIMED.match(text[place:stop].lstrip())
            kept = timed[1] if timed else f"{assigned[1]} = None" if assigned else ""
            made = f"{indentation}{kept}".split("\n") if kept else [nothing]
        else:
            stop, asks = _end_of_statement(text, place)
            end = start + text.count("\n", place, stop) + 1
            made = [nothing] if asks else list(lines[start:end])
        yield from [*made, *[""] * (end - start - len(made))]
        last = next((line for line in reversed(made) if line.strip() and not line.lstrip().startswith("#")), None)
        opens = opens if last is None else bool(_OPENS_A_BLOCK.search(last))
        start, place = end, stop + 1


def _end_of_command(lines: Sequence[str], start: int) -> int:
    """The line after a command: it goes on where a line ends with a backslash."""
    end = start
    while end < len(lines) - 1 and lines[end].endswith("\\"):
        end += 1
    return end + 1


def _end_of_statement(text: str, place: int) -> tuple[int, bool]:
    """Where a statement ends, and whether it asks for help (`np.pad?`): its last sign is a question mark."""
    depth, asked = 0, None
    while found := _TOLD_APART.search(text, place):
        sign, place = found[0], found.end()
        if sign == "#":
            place = text.find("\n", place)
            if place < 0:
                break
        elif sign in "'\"":
            quote = sign * 3 if text.startswith(sign * 3, found.start()) else sign
            rest = _STRING_ENDS[quote].match(text, found.start() + len(quote))
            place = rest.end() if rest is not None else place
        elif sign == "\\":
            place += 1
        elif sign == "\n" and depth == 0:
            place -= 1
            break
        elif sign == "?":
            asked = place
        else:
            depth = max(0, depth + (sign in "([{") - (sign in ")]}"))
    else:
        place = -1
    end = len(text) if place < 0 else place
    return end, asked is not None and not text[asked:end].strip()
