"""The learned codec of the reference picture: transforms in floating point around an entropy path in integers."""
