"""The structure of a file: bits, the language in which syntax tables are declared, and the container (clauses 3 and 4)."""
