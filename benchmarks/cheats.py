"""What submissions gain that try to look faster than they are.

    python -m benchmarks.cheats [--runs 4] [--rubric FILE] [--only s65] [--json]

Each file `tests/attacks/s*.py` is timed in turn with the honest program whose work it does: the baseline, handed
in as a submission, or a program beside the attack whose name begins with `h`. Printed are the medians of both ratios
over the runs, and the one over the other. The baseline itself comes first: it should have a ratio of 1.
"""

import argparse
import inspect
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import geometric_mean, median
from tempfile import TemporaryDirectory
from typing import Literal, get_args

from tabulate import tabulate

from grader.pipeline import Grader, Options
from grader.records import Entry, Place
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from reference.conv2d import baseline

ATTACKS = Path(__file__).parents[1] / "tests" / "attacks"
Aim = Literal["forward", "backward", "both"]
"""What looks faster: a function, or both in the mean, where one pays for the other."""
Ratios = dict[Aim, float | None]


@dataclass(frozen=True, slots=True)
class Gain:
    """One attack."""

    attack: str
    aim: Aim
    honest: float | None
    ratio: float | None
    """None where a wrong result, or a program that could not do it, has no ratio."""

    @property
    def gained(self) -> float | None:
        """The ratio beside the honest one."""
        return self.ratio / self.honest if self.ratio and self.honest else None


def program(name: str) -> str:
    """The text of a submission: the baseline, or an attack or another honest program behind what it builds upon.

    An attack builds upon the honest program that it is compared with, that one upon the baseline.
    """
    if name == "fast":
        return inspect.getsource(baseline).replace("_fast(", "_naive(")
    file = ATTACKS / f"{name}.py"
    before = "fast" if name.startswith("h") else aim_of(file)[1]
    return f"{program(before)}\n\n{file.read_text()}"


def aim_of(attack: Path) -> tuple[Aim, str]:
    """What an attack makes look faster, and the honest program beside it: the end of its first line."""
    wanted, honest = attack.read_text().split("\n")[0].rpartition(" | ")[2].split()
    aim = next(aim for aim in get_args(Aim) if aim == wanted)
    names = [path.stem for path in ATTACKS.glob(f"{honest}_*.py")]
    return aim, names[0] if names else honest


def ratios(grader: Grader, name: str) -> Ratios:
    """Each ratio, None where there is none."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.py")
        path.write_text(program(name))
        found = grader.examine(Entry(name, name, path.name, Place(str(path))))
    forward, backward = (timing.speed.ratio.median if timing.speed else None for timing in found.timings)
    both = geometric_mean([forward, backward]) if forward and backward else None
    return {"forward": forward, "backward": backward, "both": both}


def compared(grader: Grader, attack: Path, runs: int) -> Gain:
    """An attack and its honest program, in turn."""
    aim, honest = aim_of(attack)
    both = [(ratios(grader, honest)[aim], ratios(grader, attack.stem)[aim]) for _ in range(runs)]
    return Gain(attack.stem, aim, *(_median(side) for side in zip(*both, strict=True)))


def _median(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--rubric", type=Path, default=DEFAULT_RUBRIC)
    parser.add_argument("--only", default="s", help="attacks whose names begin like this")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with Grader(load_rubric(options.rubric), Options(verification=False)) as grader:
        honest = [ratios(grader, "fast") for _ in range(options.runs)]
        gains = [
            *(Gain("(the baseline)", aim, 1.0, _median(tuple(each[aim] for each in honest))) for aim in honest[0]),
            *(compared(grader, path, options.runs) for path in sorted(ATTACKS.glob(f"{options.only}*.py"))),
        ]
    if options.json:
        print(json.dumps([{**asdict(gain), "gained": gain.gained} for gain in gains]))
        return
    rows = [[g.attack, g.aim, *(_shown(value) for value in (g.honest, g.ratio, g.gained))] for g in gains]
    print(tabulate(rows, headers=["attack", "aim", "honest", "ratio", "gained"], disable_numparse=True))


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    main()
