"""Conformance suite: vectors with what a decoder must make of them, and the check of a decoder against them.

`suite` is the committed data. `harness` gives it to any decoder, and `plain` is a decoder written from the specification alone. `authoring`
makes the data, `fuzzing` checks decoders on many other files, and `compatibility` compares two checkouts.
"""
