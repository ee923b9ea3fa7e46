"""`python -m grader` is `grade`."""

from grader.cli import entry_point

if __name__ == "__main__":
    entry_point()
