"""Parts of the training of the language model."""
