"""What people and programs read: one file for each form. A report renders a GradeReport and computes nothing."""
