"""What a new assignment is made of: the rubric, and what its students are given. A file for each, as text."""
