"""What the grader costs, measured: each module prints a table, `python -m benchmarks.NAME`."""
