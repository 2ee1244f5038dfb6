"""From the catalogue to batches: what belongs together, what is in which part, what a network is fed."""
