"""The model of binary maps (clause 7.5): contexts, integer networks over them, and the walk over a map's pixels. In machine code."""
