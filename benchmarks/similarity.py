"""How well copies are found among independent solutions: made-up classes with known copies.

    python -m benchmarks.similarity [--classes 10] [--size 100] [--copydetect] [--dolos FOLDER]

In each class there are two copies of each kind of `benchmarks.copiers` and four files of which one function is copied
and the other is the copier's own; every copy has other names for all its variables. A copy counts as found if its pair
stands above the first pair of the list in which nobody copied from anybody (two copies of one file are no such pair).
`--copydetect` ranks the same classes by copydetect (`pip install copydetect`), as it is without options; `--dolos` by
Dolos, in a folder where `npm install @dodona/dolos-lib` was done: by its similarity, and by its longest fragment.
"""

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tabulate import tabulate

from benchmarks.copiers import WAYS, half, renamed
from benchmarks.writers import solution
from grader.records import Origin, Shape, Who
from grader.records.similarity import LIKELY
from grader.similarity import Text, likeness
from grader.source_code.shape import fingerprints

_DOLOS = """
import { Dolos } from "@dodona/dolos-lib";
const report = await new Dolos({ language: "python" }).analyzePaths(process.argv.slice(1));
for (const pair of report.allPairs()) {
  console.log(JSON.stringify([pair.leftFile.path, pair.rightFile.path, pair.similarity, pair.longest]));
}
"""
FUNCTIONS = ("conv_forward_naive", "conv_backward_naive")
COPIES, HALVES = 2, 4
Ranking = list[tuple[str, str, float]]
"""Names of two and how alike they are, the likest first."""


@dataclass(frozen=True)
class MadeUp:
    """A class, and who copied from whom."""

    texts: Mapping[str, str]
    sources: Mapping[str, str]
    """By copier, the writer that he copied from."""

    def are_related(self, one: str, other: str) -> bool:
        """Whether one copied from the other, or both from a third."""
        return self.sources.get(one, one) == self.sources.get(other, other)


def made_up(seed: int, size: int) -> MadeUp:
    """A class of so many, all of whose programs are right."""
    random = np.random.default_rng(seed)
    honest = [f"writer{k}" for k in range(size - COPIES * len(WAYS) - HALVES)]
    texts = {name: solution(random) for name in honest}
    sources = {}
    for way, copied in WAYS.items():
        for k in range(COPIES):
            sources[f"{way}{k}"] = source = honest[int(random.integers(len(honest)))]
            texts[f"{way}{k}"] = copied(renamed(texts[source], random), random)
    for k in range(HALVES):
        sources[f"half{k}"] = source = honest[int(random.integers(len(honest)))]
        texts[f"half{k}"] = renamed(half(texts[source], solution(random), random), random)
    return MadeUp(texts, sources)


def by_fingerprints(texts: Mapping[str, str]) -> Ranking:
    """As `grade similar` ranks them."""
    shapes = []
    for name, code in texts.items():
        prints = {function: tuple(found) for function, found in fingerprints(code, FUNCTIONS).items()}
        shapes.append(Text(Who(name, name, name), Shape(Origin(name), code, prints)))
    pairs = likeness("made up", shapes, None, (), len(shapes) ** 2).pairs
    return [(pair.left.id, pair.right.id, pair.evidence) for pair in pairs]


def by_copydetect(texts: Mapping[str, str]) -> Ranking:
    """As copydetect ranks them."""
    from copydetect import CopyDetector  # noqa: PLC0415  # is no dependency

    with tempfile.TemporaryDirectory() as folder:
        for name, code in texts.items():
            Path(folder, f"{name}.py").write_text(code)
        detector = CopyDetector(test_dirs=[folder], extensions=["py"], display_t=0.0, silent=True)
        detector.run()
        found = {}
        for one in detector.get_copied_code_list():
            names = sorted(Path(path).stem for path in one[2:4])
            found[names[0], names[1]] = max(one[0], one[1])
    return sorted(((*names, share) for names, share in found.items()), key=lambda one: -one[2])


def by_dolos(folder: Path, measure: int, texts: Mapping[str, str]) -> Ranking:
    """As Dolos ranks them, by its similarity (0) or by the longest fragment that two share (1)."""
    with tempfile.TemporaryDirectory() as scratch:
        paths = [Path(scratch, f"{name}.py") for name in texts]
        for path, code in zip(paths, texts.values(), strict=True):
            path.write_text(code)
        command = ["node", "--input-type=module", "-e", _DOLOS, *map(str, paths)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    pairs = map(json.loads, done.stdout.splitlines())
    found = ((Path(one).stem, Path(other).stem, measures[measure]) for one, other, *measures in pairs)
    return sorted(found, key=lambda pair: -pair[2])


def found_in(ranking: Ranking, made: MadeUp) -> tuple[set[str], float]:
    """The copiers whose pair stands above the first pair of strangers, and how alike those strangers are."""
    found: set[str] = set()
    for one, other, alike in ranking:
        if not made.are_related(one, other):
            return found, alike
        found |= {name for name, another in ((one, other), (other, one)) if made.sources.get(name) == another}
    return found, 0.0


def table(rank: Callable[[Mapping[str, str]], Ranking], classes: Iterable[MadeUp]) -> str:
    """Found copies by kind, the first pair of strangers of each class, and how many of the first pairs are copies."""
    found: Counter[str] = Counter()
    every: Counter[str] = Counter()
    strangers, pairs, related = [], 0, 0
    for made in classes:
        ranking = rank(made.texts)
        names, first = found_in(ranking, made)
        pairs += len(made.sources)
        related += sum(made.are_related(one, other) for one, other, _ in ranking[: len(made.sources)])
        strangers.append(first)
        every.update(name.rstrip("0123456789") for name in made.sources)
        found.update(name.rstrip("0123456789") for name in names)
    rows = [[kind, found[kind], count] for kind, count in every.items()]
    rows.append(["all", sum(found.values()), sum(every.values())])
    share = sum(found.values()) / sum(every.values())
    ends = f"first strangers: {min(strangers):.3g} to {max(strangers):.3g}"
    top = f"of as many first pairs as there are copies, {related / pairs:.1%} are copies"
    return f"{tabulate(rows, headers=['copied how', 'found', 'of'])}\n{share:.1%} found; {ends}; {top}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--copydetect", action="store_true")
    parser.add_argument("--dolos", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    classes = [made_up(seed, options.size) for seed in range(options.classes)]
    print(f"fingerprints (likely from {LIKELY})\n{table(by_fingerprints, classes)}")
    if options.copydetect:
        print(f"\ncopydetect\n{table(by_copydetect, classes)}")
    for measure, name in enumerate(("similarity", "longest fragment") if options.dolos else ()):
        print(f"\nDolos, by {name}\n{table(partial(by_dolos, options.dolos, measure), classes)}")


if __name__ == "__main__":
    main()
