"""A decoder written from the specification's text alone, a module a clause or two: slow, simple, and none of the package's code.

It is what an implementer elsewhere would write first, and shows how to answer the harness: python -m conformance.plain
"""
