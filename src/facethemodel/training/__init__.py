"""Turning labelled crops into weights. Importing this package alone leaves torch out: see `allocator`."""
