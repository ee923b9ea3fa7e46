"""How many submissions are run at a time, and where: one file for each way."""
