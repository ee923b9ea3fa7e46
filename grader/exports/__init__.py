"""Where marks go: `kinds` of gradebooks and tables, and what they share."""
