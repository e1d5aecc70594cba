"""Conformance suite: vectors with what a decoder must make of them, and the check of a decoder against them."""
