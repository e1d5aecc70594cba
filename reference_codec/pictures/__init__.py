"""Pictures: read and written as files, converted to 8-bit samples, and put side by side."""
