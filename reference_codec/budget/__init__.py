"""The bit tables of the papers, rebuilt: their way of counting beside a file that exists (`misc budget`).

`papers` holds the published figures as data, with their places; `rebuild` makes a file for each row of a table, from texts of the stated
lengths and maps of the stated sizes.
"""
