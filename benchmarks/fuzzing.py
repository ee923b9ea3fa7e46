"""Goes on with the tests of what may be anything, each time with other examples, for as long as it is told.

    python -m benchmarks.fuzzing [archives|notebooks|programs|answers|values...] [--minutes 10] [--seed 0]

Prints for each how many examples were tried and how long each took; a failure as pytest and Hypothesis tell it, with
the smallest example found, and then the exit status is 1.
"""

import argparse
import re
import subprocess
import sys
import time

from tests.cli import ROOT

TESTS = {
    "archives": ["tests/test_fuzzed.py::test_archive_of_any_bytes"],
    "notebooks": ["tests/test_fuzzed.py::test_notebook_of_any_values"],
    "programs": ["tests/test_fuzzed.py::test_program_of_any_shape"],
    "answers": [
        "tests/test_reading_answers.py::test_answer_of_any_form_is_taken_or_refused",
        "tests/test_wire.py",
    ],
    "values": ["tests/test_any_numbers.py"],
}
"""By what is made up, the tests that take whatever Hypothesis gives them."""
_EXAMPLES = re.compile(r"^ +- (\d+) passing", re.MULTILINE)


def fuzz(kind: str, minutes: float, seed: int) -> tuple[int, float, str]:
    """Try a kind for some minutes: how many examples, in how many seconds, and what failed ("" for nothing)."""
    command = [
        *(sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-profile", "fuzzing"),
        *("--hypothesis-show-statistics", "--hypothesis-verbosity", "normal", *TESTS[kind]),
    ]
    start, tried = time.monotonic(), 0
    while time.monotonic() - start < 60 * minutes:
        done = subprocess.run(
            [*command, "--hypothesis-seed", str(seed)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        tried, seed = tried + sum(map(int, _EXAMPLES.findall(done.stdout))), seed + 1
        if done.returncode or not tried:  # what cannot be counted may not have been tried
            return tried, time.monotonic() - start, done.stdout + done.stderr
    return tried, time.monotonic() - start, ""


def main() -> None:
    """Try and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(TESTS)} (default: all)")
    parser.add_argument("--minutes", type=float, default=10, help="for each kind (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="of the first examples; the next are others")
    options = parser.parse_args()
    if not {*options.kinds} <= TESTS.keys():
        parser.error(f"choose from {', '.join(TESTS)}")
    failed = False
    for kind in options.kinds or TESTS:
        tried, took_s, failure = fuzz(kind, options.minutes, options.seed)
        failed = failed or bool(failure)
        print(f"{kind}: {tried:,} examples in {took_s / 60:.1f} min, {'FAILED' if failure else 'nothing found'}")
        print(failure, end="", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
