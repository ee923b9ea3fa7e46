"""What is asked of a submission: sizes, numbers, and what is expected of them."""
