"""The wheel alone, in an empty environment of each Python, with the oldest and the newest NumPy: does it grade alice?

    python -m benchmarks.versions python3.11 /path/of/a/debian:python3.13

Each argument is an interpreter, or one in a Debian that `debootstrap` made, which needs root. Prints a table: the mark
and the layers of isolation that were on. Nothing may be compiled: pip takes wheels.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

ROOT = Path(__file__).parent.parent
OLDEST = {"3.11": "1.26.0", "3.12": "1.26.0", "3.13": "2.1.0", "3.14": "2.3.2"}
"""The first NumPy, from 1.26 on, that has wheels for a Python."""
_NETWORK = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
"""What a Debian in a folder is lent, to fetch what this machine can fetch."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interpreter runs: here, or in a Debian in a folder."""

    root: Path | None
    interpreter: str

    @classmethod
    def of(cls, argument: str) -> "Place":
        """As the command line names it: INTERPRETER or FOLDER:INTERPRETER."""
        folder, colon, interpreter = argument.rpartition(":")
        return cls(Path(folder).resolve() if colon else None, interpreter)

    def run(self, command: Sequence[str]) -> str:
        """Run it there; what it prints."""
        if self.root is not None:
            for name in _NETWORK:
                shutil.copy(Path("/", name), self.root / name)
            inside = ["/bin/sh", "-c", 'mount -t proc proc /proc && cd /tmp && exec "$@"', "sh", *command]
            command = ["unshare", "--mount", "--pid", "--fork", "chroot", str(self.root), *inside]
        return subprocess.run(command, cwd="/tmp", stdout=subprocess.PIPE, text=True, check=True).stdout

    def path(self, inside: str) -> Path:
        """From here, the path of what is called so there."""
        return Path(inside) if self.root is None else self.root / inside.removeprefix("/")


def wheel(folder: Path) -> Path:
    """Build the package from a copy, which nothing of an earlier build gets into."""
    source = folder / "source"
    for name in ("grader", "reference", "rubrics"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True)
    return next(folder.glob("convgrade-*.whl"))


def tried(place: Place, numpy: str, built: Path) -> list[str]:
    """A row of the table."""
    version = place.run([place.interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
    name = f"/tmp/convgrade-versions-{version}-{numpy}"
    inside = place.path(name)
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir(mode=0o755)
    for file in (ROOT / "submissions" / "alice.py", built):
        shutil.copy(file, inside)
    python = f"{name}/env/bin/python"
    place.run([place.interpreter, "-m", "venv", f"{name}/env"])
    wanted = [f"{name}/{built.name}", f"numpy=={OLDEST[version]}" if numpy == "oldest" else "numpy"]
    place.run([python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *wanted])
    report = json.loads(place.run([f"{name}/env/bin/grade", f"{name}/alice.py", "--format", "json"]))
    used = place.run([python, "-c", "import numpy; print(numpy.__version__)"]).strip()
    shutil.rmtree(inside)
    layers = [layer for layer, on in report["isolation"].items() if on and layer != "process"]
    mark = f"{report['score']:g} of {report['max_score']:g}"
    return [version, used, mark, ", ".join(layers)]


def main() -> None:
    """Try all, and print the table."""
    with TemporaryDirectory() as folder:
        built = wheel(Path(folder))
        rows = [tried(Place.of(each), numpy, built) for each in sys.argv[1:] for numpy in ("oldest", "newest")]
    headers = ["Python", "NumPy", "alice's mark", "layers of isolation"]
    print(tabulate(rows, headers, disable_numparse=True))


if __name__ == "__main__":
    main()
