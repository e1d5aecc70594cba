"""Map makers: where in the picture is each item?

A map maker takes a picture's samples and finds, for each item of the description, the part of the picture that it is
about, as a boolean mask of any size.  `grids.to_grid` then turns a mask into the few cells that a MISC file carries.
The embedded map maker (`embedded`) needs no neural model: it finds salient regions by colour contrast.  A map maker
only proposes; which masks are used is the caller's choice.
"""
