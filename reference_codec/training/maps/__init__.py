"""Parts of the training of the map model."""
