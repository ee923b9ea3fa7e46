"""Many submissions: run what is not stored, keep every attempt, publish, rank."""
