"""What meets the operating system: whole files in and out, threads, compiled functions."""
