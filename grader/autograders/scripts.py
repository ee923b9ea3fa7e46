"""The shell scripts of an autograder. They find the grader from the folder that they lie in."""

from grader.autograders.base import Files, Parts

PYTHON = "3.11"
"""The Python beside the system's own: what is packed is for it. Ubuntu 22.04 and Debian 12 have it as a package."""

SETUP = f"""\
#!/bin/sh
# Runs once, while the image is made. Installs Python {PYTHON} beside the system's python3, which the platform's own
# programs need as it is, and the packed libraries into an environment of their own: nothing else is fetched.
set -eu
cd "$(dirname "$0")"
if ! python{PYTHON} -c 'import ensurepip, venv' 2>/dev/null; then
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python{PYTHON} python{PYTHON}-venv
fi
python{PYTHON} -m venv python
python/bin/python -m pip install --no-index --no-deps --disable-pip-version-check wheels/*.whl
chmod -R go+rX .
chmod 600 rubric.json
"""
"""`setup.sh`."""


def run_script(name: str, root: str) -> str:
    """The script that grades one submission; it lies beside the folder `source`, the platform's files in `root`."""
    return f"""\
#!/bin/sh
# Grades the submission that the platform has put into {root}, or into the folder that is named.
source=$(cd "$(dirname "$0")" && pwd)/source
PYTHONPATH="$source/convgrade" exec "$source/python/bin/python" -P -m grader.autograders.inside {name} \\
  "$source" "${{1:-{root}}}"
"""


def with_setup(name: str, root: str, parts: Parts) -> Files:
    """All that lies in a folder in which `setup.sh` runs once, while an image is made."""
    scripts = {"setup.sh": SETUP.encode(), "run_autograder": run_script(name, root).encode()}
    return {**scripts, **parts.grader, **{f"wheels/{wheel}": data for wheel, data in parts.wheels.items()}}


def in_image(dockerfile: str, files: Files) -> Files:
    """A context for `docker build` whose folder `source` holds these files."""
    return {"Dockerfile": dockerfile.encode(), **{f"source/{name}": data for name, data in files.items()}}
