"""Entropy coders in integers, which know nothing of the content: range coder, MQ, rANS (clause 5 and what other clauses cite)."""
