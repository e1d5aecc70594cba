"""Reports over many files: find them, count them, keep the counts on disk, and print, export and draw what they say."""
