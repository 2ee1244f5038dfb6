"""Photos that show the same picture, and which of them is the best."""
