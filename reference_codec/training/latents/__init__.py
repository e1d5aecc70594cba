"""The parts of the training of the learned codec."""
