"""What the training of the learned codec consists of."""
