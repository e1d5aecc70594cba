"""The entropy path of the learned latents in integers (clauses 17.3 to 17.6): which distribution each latent has."""
