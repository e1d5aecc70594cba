"""The harness: a decoder in a process of its own is given the vectors, and its replies are compared (docs/conformance.md)."""
