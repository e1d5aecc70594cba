"""Every broken rule of a file, reports of many files, and workers with limits of time and memory."""
