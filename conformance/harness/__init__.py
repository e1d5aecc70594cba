"""The harness: somebody's decoder behind a pipe, the vectors before it, and what came of it (docs/conformance.md)."""
