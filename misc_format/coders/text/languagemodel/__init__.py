"""The integer language model (clauses 6.5 to 6.9): pieces of text, and a recurrent network in integers that predicts the next one."""
