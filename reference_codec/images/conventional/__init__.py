"""Reference pictures under conventional codecs: JPEG, WebP, AV1, JPEG XL, HEVC and VVC, at full, half or a third of the size (clause 11).

`coding` encodes and decodes, `still` and `video` are the codecs, and `names` is what the command line offers. JPEG and WebP need nothing
more; the others need the extra "conventional".
"""
