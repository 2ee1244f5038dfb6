"""How good a model is: the line and its promise, the table of verdicts, the figures."""
