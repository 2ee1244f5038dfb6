"""Bytes and pixels: the store of photos under their sha256, safe decoding, fingerprints and quality.

Nothing here knows of faces, labels or projects. `store` keeps bytes; `decode` turns bytes into upright RGB
pixels of a bounded size, or says in a few words why it cannot; `fingerprint` and `quality` measure them.
"""
