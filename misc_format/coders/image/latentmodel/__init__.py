"""The integer entropy model of the learned latents (clauses 17.3 to 17.6). It gives the distribution of each latent."""
