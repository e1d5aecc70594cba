"""Coding methods of maps (clause 7)."""
