"""How fast a submission is, beside what, and how sure that is."""
