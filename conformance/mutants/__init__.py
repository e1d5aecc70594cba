"""Mutation testing of the vectors: the plain decoder is changed in one place at a time, and some vector must show it.

    python -m misc_conformance.mutants

Needs the extra "dev", for the library coverage.
"""
