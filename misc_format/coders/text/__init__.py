"""Coding methods of text (clause 6)."""
