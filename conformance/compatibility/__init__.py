"""Two checkouts of the project are compared: every difference that a user could notice is named, and classed as breaking or not.

`python -m misc_conformance.compatibility OLD NEW`. `description` is run in each checkout and prints what it promises, as JSON.
`comparison` compares two descriptions. `interfaces`, `commands`, `codecs`, `schemas` and `protocol` compare the parts that have a form of
their own. `withdrawal` finds the vectors that a registration withdraws, and `decoding` runs the newer decoder.
"""
