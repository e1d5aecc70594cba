"""Training of what ships: each module is a command that reads data of the user's and writes a normative table."""
