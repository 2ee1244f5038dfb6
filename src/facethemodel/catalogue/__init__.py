"""The catalogue: one SQLite file that knows every photo, where it came from, what was seen and what was decided."""
