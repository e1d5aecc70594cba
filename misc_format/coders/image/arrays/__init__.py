"""The adaptive coding of arrays of codes and integers, without a trained model, in machine code.

Each module has a function `walk`, which codes an array as one part of a range codeword. An encoder reads the array; a decoder fills it,
and returns False if the codeword fits no symbol. Importing these modules imports numba.
"""
