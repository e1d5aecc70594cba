"""The programs that make the vectors and the files beside them, and measure what the vectors cover."""
