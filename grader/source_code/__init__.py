"""What a submission's text says. Nothing of it runs."""
