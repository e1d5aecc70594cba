"""Coding methods of the image (clauses 8, 9, 10 and 11)."""
