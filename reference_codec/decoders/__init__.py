"""Decoders: each module paints a picture from a decoded stream."""
