"""Pictures: files in and out, samples, comparison pictures."""
