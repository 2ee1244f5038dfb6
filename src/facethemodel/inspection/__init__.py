"""One decode per photo, and everything that is ever asked of it: faces, crops, quality, fingerprint.

`examine` is what both training and prediction see of a photo, so their pixels are the same by construction.
`run` does it for a project with all cores, and goes on where it was stopped.
"""
