"""Holds the packaged rubrics (YAML), so that `grade` finds them from any directory."""
