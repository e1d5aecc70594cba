"""Coding methods of the image (clauses 8, 17, 18 and 19)."""
