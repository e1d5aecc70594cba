"""Training of the tables and models that ship. Each module is a command that reads the user's data and writes one of them."""
