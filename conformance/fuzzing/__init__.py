"""Files by the hundred thousand, each checked for what must hold of every file (docs/fuzzing.md)."""
