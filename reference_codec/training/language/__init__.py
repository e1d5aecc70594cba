"""The parts of training the language model."""
