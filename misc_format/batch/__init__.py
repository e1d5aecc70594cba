"""One job over many files: from folders, tar shards or object stores, on all cores or a cluster. It can be resumed after a kill.

Rule 1.  A unit of work, which is some files or one shard, has a journal. A file is done when its line is in the journal, and is never
         done again.
Rule 2.  No output is half-written. A file is written in the folder `_batch`, and moved to its name when it is complete.
Rule 3.  A file that fails is a row with its reason. A run ends early only for a reason that concerns every file: an output that cannot
         be written, a source or a model server that cannot be reached, or a model of the options that cannot be loaded. The same
         command resumes the run.
Rule 4.  The report lists the files in the order of the plan. It has the same bytes for any engine and any number of workers.
"""

REPORT = "report.parquet"
