"""What may be wrong with a photo: each check gives a score in [0, 1] and flags what lies above its line."""
