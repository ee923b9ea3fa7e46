"""The steps of `.docker/Dockerfile` without Docker, in a Debian that `debootstrap` makes: alice's mark, and the layers.

As root: `python -m benchmarks.container FOLDER`. The folder keeps the Debian; a copy of it becomes the image. Each
instruction does there what Docker would do. Then the image's user, with no rights of root's, does what its health check
does, and grades a sample as docs/ci.md says.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / ".docker" / "Dockerfile"
_LENT = {"etc/resolv.conf": "etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt": "lent-certificates.crt"}
"""The way to what this machine can fetch, by where it is here: the file's name in the image while it is built. The
certificates have a name of their own, since a package that is installed makes Debian's file anew."""


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
    certificates = _LENT["etc/ssl/certs/ca-certificates.crt"]
    environment = {
        "PATH": f"{path}:/usr/sbin:/sbin",
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_CERT": f"/{certificates}",
    }
    return subprocess.run([*start, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def build(debian: Path, root: Path) -> None:
    """Make the image of a fresh Debian, as the instructions say."""
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "--archive", debian, root], check=True)
    for name, there in _LENT.items():
        shutil.copy(Path("/", name), root / there)
    for word, rest in instructions():
        if word == "RUN":
            inside(root, ["/bin/sh", "-c", rest])
        elif word == "COPY":
            *names, target = rest.split()
            for name in names:
                _copy(ROOT / name, root / target.removeprefix("/"), whole=not target.endswith("/"))
    for there in _LENT.values():
        (root / there).unlink()


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
    told = dict(instructions())
    rights = ("--clear-groups", "--bounding-set=-all", "--no-new-privs")
    as_user = ("setpriv", f"--reuid={told['USER']}", f"--regid={told['USER']}", *rights)
    there = (*as_user, "env", f"--chdir={told['WORKDIR']}")
    print(inside(root, json.loads(told["HEALTHCHECK"].partition(" CMD ")[2]), *there))
    print(inside(root, [*json.loads(told["ENTRYPOINT"]), "submissions/alice.py"], *there))


if __name__ == "__main__":
    main()
