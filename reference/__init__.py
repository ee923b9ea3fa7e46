"""What right is: operators, their einsum oracles and their fast baselines. Imports nothing of `grader`."""
