"""What each command does: a file for each, imported when it is called, whose `run` gives the exit status."""
