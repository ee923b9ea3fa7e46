"""The steps of `.docker/Dockerfile` without Docker, in a Debian that `debootstrap` makes: alice's mark, and the layers.

As root: `python -m benchmarks.container FOLDER`. The folder keeps the Debian; a copy of it becomes the image. Each
instruction does there what Docker would do. Then the image's user, with no rights of root's, asks for its health and
grades a sample.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / ".docker" / "Dockerfile"
_NETWORK = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
"""What Docker would lend to a container: the way to what this machine can fetch."""


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, in order: the word, and what follows it on one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    lines = re.sub(r" \\\n", "", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def base() -> str:
    """The release of Debian that the image begins with."""
    found = re.fullmatch(r"debian:(\w+)-slim", dict(instructions())["FROM"])
    assert found is not None
    return found[1]


def inside(root: Path, command: Sequence[str], *prefix: str) -> str:
    """Run a command in the image, with namespaces of processes and mounts of its own; what it prints."""
    path = next(rest for word, rest in instructions() if word == "ENV").removeprefix("PATH=")
    script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    start = ["unshare", "--mount", "--pid", "--fork", "/bin/sh", "-c", script, str(root), *prefix]
    environment = {"PATH": f"{path}:/usr/sbin:/sbin", "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run([*start, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def build(debian: Path, root: Path) -> None:
    """Make the image of a fresh Debian, as the instructions say."""
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "--archive", debian, root], check=True)
    for name in _NETWORK:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path("/", name), root / name)
    for word, rest in instructions():
        if word == "RUN":
            inside(root, ["/bin/sh", "-c", rest])
        elif word == "COPY":
            *names, target = rest.split()
            for name in names:
                _copy(ROOT / name, root / target.removeprefix("/"), whole=not target.endswith("/"))


def _copy(source: Path, target: Path, *, whole: bool) -> None:
    if whole:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def main() -> None:
    """Build, and print what the image's user sees."""
    debian, root = (Path(sys.argv[1]).resolve() / name for name in ("debian", "image"))
    if not (debian / "etc" / "debian_version").exists():
        subprocess.run(["debootstrap", "--variant=minbase", base(), debian], check=True)
    build(debian, root)
    shutil.copytree(ROOT / "submissions", root / "hand-ins" / "submissions")
    user = ("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--bounding-set=-all", "--no-new-privs")
    print(inside(root, ["grade", "doctor"], *user))
    print(inside(root, ["grade", "/hand-ins/submissions/alice.py", "-q"], *user))


if __name__ == "__main__":
    main()
