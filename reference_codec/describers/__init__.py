"""Describers: what is in the picture, in words?

A describer takes a picture's samples (and the regions that a map maker found) and gives the text of a MISC file: one
overall description of at most about 50 words, and for each item a name of at most 3 words and a detail of at most 10.
The embedded describer (`embedded`) needs no neural model and says only what it measures.
"""
