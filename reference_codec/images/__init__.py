"""References: each module makes the extremely compressed picture of one image method from the original."""
