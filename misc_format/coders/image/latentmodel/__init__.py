"""The integer entropy model of the learned latents (clauses 9.4 to 9.7). It gives the distribution of each latent."""
