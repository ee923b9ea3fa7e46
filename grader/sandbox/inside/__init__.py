"""What runs beside the student's code: the standard library and NumPy only."""
