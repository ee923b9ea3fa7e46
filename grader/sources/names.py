"""Which names are a person's, and which are any hand-in's: `a2_code_submission` tells nothing of who made it."""

import re
from pathlib import Path, PurePosixPath

from grader.sources.archives import is_archive, stem

_WORD = re.compile(
    "assignments?|assign|asgn|hw|homeworks?|pa|ps|problem|set|project|proj|lab|exercise|week|part|task|submissions?|submit"
    "|submitted|hand|in|handin|uploads?|solutions?|sol|code|src|source|python|layers?|convs?|convolution|convolutional"
    "|convolutionalnetworks|networks?|cnn|naive|fast|main|notebooks?|attempts?|try|version|backup|bak|old|new|final|copy"
    "|of|my|the|utils?|helpers?|starter|template|skeleton|csn|nndl|deeplearning|dl|im|col|imcol|untitled|forward|backward"
    "|tests?"
)
_ONLY_WITH_A_NUMBER = frozenset({"a", "v", "cs"})
_DOUBLE_ENDING = re.compile(r"\.(?:ipynb\.json|py\.txt)$", re.IGNORECASE)
_INSTRUCTORS = re.compile(
    r"(?:readme|licen[cs]e|makefile|collectsubmission|requirements|roster|gradebook|grades|rubric|index)\b.*"
    r"|.*\.(?:sh|ya?ml|toml|cfg|ini|csv|xlsx?|log|db|sqlite)",
    re.IGNORECASE,
)


def name_of(top: str) -> str:
    """What the thing of this name at the top of a class is called: without the ending of a file.

    >>> name_of("ann.py"), name_of("ben.tar.gz"), name_of("cem.ipynb.json"), name_of("d.ee.zip")
    ('ann', 'ben', 'cem', 'd.ee')
    """
    if is_archive(top):
        return stem(top)
    short = _DOUBLE_ENDING.sub("", top)
    return short if short != top else PurePosixPath(top).stem


def is_general(name: str) -> bool:
    """Whether a name could be that of anybody's hand-in.

    >>> [is_general(name) for name in ("a2_code_submission", "layers-2", "attempt1", "ConvolutionalNetworks")]
    [True, True, True, True]
    >>> [is_general(name) for name in ("ann", "hw2-ann", "submission_48213", "a")]
    [False, False, False, False]
    """
    words = re.findall(r"[a-z]+|[0-9]+|[^\W\d_a-z]+", name.lower())
    numbers = [word for word in words if word.isdecimal()]
    if not words or len(numbers) == len(words) or any(len(number) > 3 for number in numbers):
        return False
    return all(
        _WORD.fullmatch(word) or word.isdecimal() or (word in _ONLY_WITH_A_NUMBER and bool(numbers)) for word in words
    )


def is_instructors(name: str) -> bool:
    """Whether a file beside hand-ins is likely to be the course's own."""
    return bool(_INSTRUCTORS.fullmatch(name))


def personal_name(path: Path) -> str:
    """The name of whoever handed in a file: its own or, where anybody's could be called so, that of a folder near it.

    >>> personal_name(Path("hw/ann/layers.py")), personal_name(Path("hw/ann.zip")), personal_name(Path("layers.py"))
    ('ann', 'ann', 'layers')
    """
    names = [name_of(path.name), *reversed(path.parts[-3:-1])]
    return next((name for name in names if not is_general(name) and name not in ("..", ".", "/")), names[0])
