"""The grid model (clauses 8.2 to 8.4, 8.5): the context of a sample, the integer network, and the distribution of the sample."""
