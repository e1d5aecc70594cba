"""Evaluation: exact bits beside the quality of the decoded pictures, against other codecs at the same rates.

Rule 1.  A rate is the bits of an existing file divided by the pixels of the original. Without a file there is no rate.
Rule 2.  Each metric is computed by a well-kept library. A metric that cannot be had is left out, with a sentence that says what it needs.
         Nothing is downloaded unless the user asks for it.
Rule 3.  All codecs are measured on the same arrays: 8-bit RGB of the original's size.
"""
