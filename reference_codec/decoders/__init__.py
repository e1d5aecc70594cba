"""Decoders: each module paints a picture from a decoded stream.

`embedded` needs no model. `misc`, `sedic` and `cmc` are the three papers' decoders, on Stable Diffusion: `generative` chooses
and loads, `plan` says with which parameters, `diffusion` samples, `latentcontrol`, `attention`, `frames` and `colourfix` are
what they share. What reaches a generative decoder is the stream, its profile's row in `reference_codec.presets`, and the models.
"""
