"""The engine of every command that takes many files: one finder, one pool of processes, one row per file.

`sources` finds the files. `jobs` defines what to do with each file. `work` does it, in the processes of `pool`. `rows` holds the results.
`misc bpp`, `misc validate`, `misc batch` and `misc eval` all use it.

Rule 1.  N files give N rows. A row has a result, or the reason why there is none.
Rule 2.  A file may crash its process, loop forever or exhaust the memory. That becomes the row of this file; the other files go on.
Rule 3.  A run stops only for a reason that concerns every file: a lost network, an output that cannot be written, a model that cannot
         be loaded.
"""
