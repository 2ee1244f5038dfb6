"""Face embedders that others trained: what they need of a photo, their vectors, and where those are kept.

An embedder turns a face into a vector, so that two faces of one person lie near each other. None is part of
this package; they stand beside a model that was trained from scratch.
"""
