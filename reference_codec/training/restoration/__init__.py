"""The training of the network that restores enlarged pictures."""
