"""The engine behind every command that takes many files: one finder, one pool of processes, one row for each file.

`sources` finds the files, `jobs` says what is done with each, `work` does it, `pool` keeps the processes that do, `rows` says what became
of a file. `misc bpp`, `misc validate`, `misc batch` and `misc eval` are views on them.

Rule 1.  N files give N rows, each with a result or with the reason why there is none.
Rule 2.  What a file does to the process that works on it (a crash, an endless loop, all memory) is that file's row. The others go on.
Rule 3.  Only what concerns every file stops a run: a lost network, an output that cannot be written, a model that cannot be loaded.
"""
