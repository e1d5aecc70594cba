"""What the training of the map model consists of."""
