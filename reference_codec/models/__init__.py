"""Where models come from, and the libraries that run them."""
