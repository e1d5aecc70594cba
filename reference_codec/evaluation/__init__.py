"""Evaluation: exact bits beside the quality of what comes back, against other codecs at the same rates.

Rule 1.  A bpp is that of a file that exists, over the original's width and height; without a file there is none.
Rule 2.  A metric is a well-kept library's, or it is left out with a sentence that says what it needs. Nothing is fetched unasked.
Rule 3.  Metrics see 8-bit RGB of the original's size, the same arrays for every codec.
"""
