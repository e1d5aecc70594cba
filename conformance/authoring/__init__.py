"""How the vectors and the files beside them are made: what they hold, what is expected of them, and what they cover."""
