"""The shipped model: one folder with the network, thresholds, what they promise, hashes and a model card.

`write` makes the folder, `read` checks it and gives it back, `runtime` runs it without torch, `decision`
turns scores into verdicts. `export`, which makes the model files, is the only part that imports torch.
"""
