"""What came back against what was expected, and what that earns."""
