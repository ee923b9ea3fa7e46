"""What confinement costs: until a child is ready, and in the ratio that is marked.

    python -m benchmarks.isolation [--forks 40] [--pairs 10] [--json]

Prints how long it takes until a child could load a submission, layer by layer, beside a new interpreter that imports
NumPy; and the speed ratio of a submission with every layer on and with none, measured in alternation: its median over
the runs, and how far the two are apart.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tabulate import tabulate

from benchmarks.generated import entry_of, sample
from grader.pipeline import Grader, Options
from grader.records import FUNCTIONS, Function
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote


def ready_s(layers: tuple[str, ...], forks: int) -> float:
    """Median seconds from asking for a child until it has confined itself and says so."""
    limits = SessionLimits(call_s=10, cpu_s=60, memory_bytes=2**30, output_bytes=2**16)
    names: dict[Function, str] = {"forward": "f", "backward": "b"}
    times = []
    with Zygote(layers) as zygote:
        for _ in range(forks + 1):
            with Session(zygote, Program("", names, (), {}), limits, 2**20) as session:
                start = time.perf_counter()
                session.start()
                times.append(time.perf_counter() - start)
    return median(times[1:])  # before the first the zygote itself had to start


def interpreter_s(times: int) -> float:
    """Median seconds of `python -c "import numpy"`."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import numpy"], check=True)
        found.append(time.perf_counter() - start)
    return median(found)


def ratios(pairs: int) -> dict[str, dict[str, float]]:
    """For each function the median ratio with every layer and with none, from so many alternating runs."""
    rubric = load_rubric(DEFAULT_RUBRIC)
    found: dict[str, dict[str, list[float]]] = {f: {"all": [], "none": []} for f in FUNCTIONS}
    with (
        TemporaryDirectory() as folder,
        Grader(rubric, Options(layers=LAYERS)) as confined,
        Grader(rubric, Options(layers=())) as free,
    ):
        entry = entry_of(Path(folder), "oscar", sample("oscar"))
        for number in range(pairs):
            for name, grader in (("all", confined), ("none", free))[:: 1 if number % 2 else -1]:
                report = grader.grade(entry)
                assert report.speed is not None
                assert report.items[0].points == report.items[0].max_points
                for function in FUNCTIONS:
                    found[function][name].append(report.speed[function].ratio.median)
    return {f: {name: median(values) for name, values in both.items()} for f, both in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forks", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    stages = {"process alone": (), **{f"with {layer}": (layer,) for layer in LAYERS}, "every layer": LAYERS}
    ready = {name: ready_s(tuple(layers), options.forks) for name, layers in stages.items()}
    ready['python -c "import numpy"'] = interpreter_s(max(3, options.forks // 4))
    measured = ratios(options.pairs) if options.pairs else {}
    if options.json:
        print(json.dumps({"ready_s": ready, "ratios": measured}))
        return
    print(tabulate([[name, f"{1000 * s:.1f}"] for name, s in ready.items()], headers=["ready after", "ms"]))
    rows = [[f, m["all"], m["none"], f"{m['all'] / m['none'] - 1:+.1%}"] for f, m in measured.items()]
    print()
    print(tabulate(rows, headers=["ratio", "every layer", "none", "difference"], floatfmt=".3f"))


if __name__ == "__main__":
    main()
