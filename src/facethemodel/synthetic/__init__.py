"""Drawn people and drawn pictures of other things, for the demo, the tests and the benchmarks."""
