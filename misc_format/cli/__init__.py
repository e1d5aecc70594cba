"""The `misc` command: results to stdout, as tables or, with --json, one JSON document; everything else to stderr."""
