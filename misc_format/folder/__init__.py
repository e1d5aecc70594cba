"""The folder form: plain files to a stream and back (clause 14.2)."""
