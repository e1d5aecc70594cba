"""The folder form of content: a folder of plain files to a stream and back (clause 18.2)."""
