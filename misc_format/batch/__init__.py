"""One job over many files: from folders, tar shards or object stores, on all cores or a cluster, resumable after a kill.

Rule 1.  A unit of work (some files, or one shard) has a journal; a file is done when its line is in it, and is never done again.
Rule 2.  Nothing is half-written: what is being written lies in the folder `_batch`, and is moved to its name when it is complete.
Rule 3.  A file that cannot be done is a row with its reason. What ends a run early is only what concerns every file: an output that
         cannot be written, a source or a model's server that cannot be reached, a model that the options name and that cannot be loaded;
         the same command then goes on.
Rule 4.  The report has the files in the order of the plan, whoever did them: engines and numbers of workers give the same bytes.
"""

REPORT = "report.parquet"
