"""Ways to paint the picture of a decoded stream.

`embedded` needs no model. `misc`, `sedic` and `cmc` are the decoders of the three papers, on Stable Diffusion. They see nothing but a
`scene`: the stream, its parameters (`parameters`, `plan`) and a model (`origin`, `pipelines`, `samplers`, `diffusion`). `latentcontrol`,
`attention`, `frames` and `colourfix` are what they share. `reference_codec.decoder` chooses among them.
"""
