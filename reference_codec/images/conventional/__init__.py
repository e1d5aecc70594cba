"""Reference pictures under conventional codecs: JPEG, WebP, JPEG 2000, AV1, JPEG XL, AVC, HEVC and VVC (clause 11).

They are coded at full, half or a third of the size.

`coding` encodes and decodes, `still` and `video` are the codecs, and `names` is what the command line offers. JPEG, WebP and
JPEG 2000 need nothing more; the others need the extra "conventional".
"""
