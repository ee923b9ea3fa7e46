"""What counts, read strictly from YAML."""
