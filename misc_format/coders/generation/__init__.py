"""Coding methods of generation parameters (clause 13)."""
