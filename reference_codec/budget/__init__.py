"""The bit tables of the papers, rebuilt: each paper's way of counting beside a bitstream that exists (`misc budget`).

`papers` holds the published figures as data. `rebuild` makes a bitstream for each row of a table, from texts of the stated lengths and maps
of the stated sizes.
"""
