"""`import grader` from Python, notebooks and pytest: what `grader` exports. It calls what the commands call."""
