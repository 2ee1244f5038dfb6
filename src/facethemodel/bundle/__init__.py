"""The shipped model: one folder with the network, thresholds, what they promise, hashes and a model card.

`layout` writes and checks the folder, `runtime` runs it without torch, `decision` turns scores into verdicts.
`export`, which makes the model files from a trained network, is the only part that imports torch.
"""
