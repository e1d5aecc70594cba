"""The operating system: whole files, threads, compiled functions, and the file of a user's model."""
