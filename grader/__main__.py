"""`python -m grader` is `grade`."""

import sys

# `-m` puts the current directory first, and that may hold a submission called numpy.py.
if not sys.flags.safe_path and not __file__.startswith(f"{sys.path[0]}/"):
    del sys.path[0]

from grader.command_line.main import entry_point

if __name__ == "__main__":
    entry_point()
