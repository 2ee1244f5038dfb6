"""The catalogue: one SQLite file of all photos, where they came from, what was seen and what was decided."""
